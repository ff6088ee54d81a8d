"""Compact objects: what one stands for is read as if it were written out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest

from reconciler import Handle, Kind, RefTo, Unfolded
from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.load.project import Project, load_project, validate_project
from reconciler.testing import MemoryProvider
from reconciler.testing.kinds import MEMORY_KINDS, MemorySettings


class Pair(Kind, collection="pairs", provider="memory"):
    """Two widgets of one site."""

    settings = MemorySettings
    unfolds_into: ClassVar[str] = "widgets"

    site: str
    interval: int = 60
    group: Annotated[Handle, RefTo("groups")] | None = None

    def unfold(self, handle: str) -> tuple[Unfolded, ...]:
        if self.site == "none":
            raise ValueError("there is no site none")
        common = {"interval": self.interval}
        return tuple(
            Unfolded(f"{handle}-{path}", {"url": f"{self.site}/{path}", **common}, ("one of two",))
            for path in ("login", "home")
        )


CATALOG = Catalog.of((*MEMORY_KINDS, Pair), {"memory": MemoryProvider})


def project(folder: Path, text: str, read: Any = load_project) -> Project:
    desired = folder / "desired"
    desired.mkdir()
    (desired / "environment.yaml").write_text("environment: production\nproviders: {memory: {}}\n")
    (desired / "pairs.yaml").write_text(text)
    found: Project = read(desired, CATALOG)
    return found


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        project(folder, text, validate_project)
    return [str(p) for p in raised.value.problems]


TWO = "pairs:\n  shop:\n    site: https://shop.test\n    lifecycle: {protect: true}\n"


@pytest.mark.parametrize("read", [load_project, validate_project])
def test_it_becomes_what_it_stands_for(tmp_path: Path, read: Any) -> None:
    found = project(tmp_path, TWO, read)
    assert [str(r.address) for r in found.resources] == ["widgets/shop-home", "widgets/shop-login"]
    home = found.resources[0]
    assert home.spec == {"name": "shop-home", "url": "https://shop.test/home", "interval": 60}
    assert home.lifecycle.protect
    assert str(home.where) == "desired/pairs.yaml:2:3"
    assert home.notes == ("written as pairs/shop", "one of two")


def test_it_is_no_kind_that_is_read_or_listed(tmp_path: Path) -> None:
    assert set(project(tmp_path, TWO).kinds) == {kind.collection for kind in MEMORY_KINDS}


def test_one_that_is_also_written_out_is_written_twice(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TWO + "widgets:\n  shop-home: {url: https://other.test/}\n")
    assert "widgets/shop-home is written twice, first at desired/pairs.yaml:6:3" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("pairs:\n  a: {sites: x}\n", "desired/pairs.yaml:2:7: unknown field sites", id="unknown-field"),
        pytest.param("pairs:\n  a: {site: none}\n", "pairs/a: there is no site none", id="cannot-be-unfolded"),
        pytest.param(
            "pairs:\n  a: {site: 'no url'}\n",
            "desired/pairs.yaml:2:6: url: no url/home is not an http",
            id="what-it-stands-for-is-wrong",
        ),
        pytest.param(
            "pairs:\n  a: {site: 'https://x.test', group: g}\n",
            "group: g is not among groups in desired/",
            id="reference",
        ),
        pytest.param("pairs:\n  a: [1]\n", "pairs/a must be a mapping of fields", id="no-mapping"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_written(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert any(expected in problem for problem in found), found
