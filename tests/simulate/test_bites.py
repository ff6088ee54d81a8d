"""The oracle bites: the engine broken in one place, and some world of a small fixed batch fails by what that breaks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulate.batch import cheap_fingerprints
from reconciler.simulate.once import MEMORY, Result, live
from reconciler.simulate.script import draw

_spec = importlib.util.spec_from_file_location("broken", Path(__file__).with_name("broken.py"))
assert _spec is not None
assert _spec.loader is not None
broken: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(broken)

SEED = 0


def lived(world: int) -> Result:
    with cheap_fingerprints():
        return live(draw(SEED, world, {MEMORY: 1}))


@pytest.mark.parametrize("name", broken.CASES)
def test_a_broken_engine_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = broken.CASES[name]
    case.apply(monkeypatch)

    found = [lived(world) for world in case.worlds]

    assert any(result.invariant in case.violates for result in found), [(r.invariant, r.facts) for r in found]


@pytest.mark.parametrize("world", sorted({world for case in broken.CASES.values() for world in case.worlds}))
def test_the_engine_as_it_is_keeps_every_promise_there(world: int) -> None:
    result = lived(world)

    assert (result.invariant, result.facts) == ("", "")
