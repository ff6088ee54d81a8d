"""The oracle bites: the engine broken in one place, and some world of a small fixed batch fails by what that breaks."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulate.batch import cheap_fingerprints
from reconciler.simulate.once import MEMORY, Result, live
from reconciler.simulate.script import Step, draw

_spec = importlib.util.spec_from_file_location("broken", Path(__file__).with_name("broken.py"))
assert _spec is not None
assert _spec.loader is not None
broken: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(broken)

SEED = 0


def lived(world: int, steps: tuple[Step, ...] = ()) -> Result:
    script = draw(SEED, world, {MEMORY: 1})
    with cheap_fingerprints():
        return live(replace(script, steps=steps) if steps else script)


@pytest.mark.parametrize("name", broken.CASES)
def test_a_broken_engine_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = broken.CASES[name]
    case.apply(monkeypatch)

    found = [lived(world, case.steps) for world in case.worlds]

    assert any(result.invariant in case.violates for result in found), [(r.invariant, r.facts) for r in found]


LIVED = sorted({(world, case.steps) for case in broken.CASES.values() for world in case.worlds}, key=str)


@pytest.mark.parametrize(("world", "steps"), LIVED)
def test_the_engine_as_it_is_keeps_every_promise_there(world: int, steps: tuple[Step, ...]) -> None:
    result = lived(world, steps)

    assert (result.invariant, result.facts) == ("", "")
