"""What is told apart by what it belongs to: by the name of that, as live objects say it, whatever its handle is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.kind.base import Kind
from reconciler.kind.markers import RefTo
from reconciler.kind.settings import TokenSettings
from reconciler.kind.types import Handle
from reconciler.testing import project_of


class Room(Kind, collection="rooms", identity="name", provider="house"):
    settings = TokenSettings
    name: str = ""


class Chair(Kind, collection="chairs", identity=("name", "room"), provider="house"):
    settings = TokenSettings
    name: str = ""
    room: Annotated[Handle, RefTo("rooms")] | None = None


def identities(tmp_path: Path, objects: Any) -> dict[str, tuple[str, ...]]:
    catalog = Catalog.of((Room, Chair), {})
    house = {"house": {"token": {"secret": "T"}}}
    project = project_of(tmp_path, objects, catalog=catalog, providers=house)
    return {str(r.address): r.identity for r in project.resources}


def test_an_object_is_identified_by_the_name_of_what_it_belongs_to(tmp_path: Path) -> None:
    rooms: dict[str, Any] = {"kitchen": {}, "hall": {"name": "Great Hall"}}
    chairs = {"a": {"room": "kitchen"}, "b": {"room": "hall"}, "c": {}, "d": {"room": "rooms/hall"}}
    found = identities(tmp_path, {"rooms": rooms, "chairs": chairs})
    assert {k: v for k, v in found.items() if k.startswith("chairs")} == {
        "chairs/a": ("a", "kitchen"),
        "chairs/b": ("b", "Great Hall"),
        "chairs/c": ("c", ""),
        "chairs/d": ("d", "Great Hall"),
    }


def test_two_of_one_name_in_one_place_are_one_object(tmp_path: Path) -> None:
    chairs = {"a": {"name": "x", "room": "hall"}, "b": {"name": "x", "room": "rooms/hall"}}
    with pytest.raises(InputError, match="have the same identity, x Great Hall"):
        identities(tmp_path, {"rooms": {"hall": {"name": "Great Hall"}}, "chairs": chairs})
