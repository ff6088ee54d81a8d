"""Handles for live objects: what a person would call them, each once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.kind.base import Kind
from reconciler.model import Live
from reconciler.report.units import duration


def handles(lives: Iterable[Live], kind: type[Kind], taken: Iterable[str]) -> Mapping[str, str]:
    """Return a handle for each live id, unique among themselves and `taken`. Independent of ids and listing order."""
    used = set(taken)
    found: dict[str, str] = {}
    for live in sorted(lives, key=lambda one: one.identity):
        base = kind.handle_for(live)
        handle, number = base, 2
        while handle in used:
            handle, number = f"{base}-{number}", number + 1
        used.add(handle)
        found[live.id] = handle
    return found


def secret_name(collection: str, handle: str, field: str, taken: set[str]) -> str:
    """Return a placeholder name for an imported secret, such as `MONITORS_HOMEPAGE_AUTH_USERNAME`, and take it.

    Two secrets never get one name, however alike their handles are once they are in capitals.
    """
    words = re.sub(r"[^A-Z0-9]+", "_", f"{collection}_{handle}_{field}".upper()).strip("_")
    base = words if re.match("[A-Z_]", words) else f"SECRET_{words}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def spoken(value: Any, unit: str) -> Any:
    """Return a duration as people write it, where it is a whole number of something: 180 seconds is `3m`."""
    text = duration(value, unit)
    return text if text and " " not in text else value
