"""What provider packages hand to simulations: a whole vendor in this process, and the same one for the same seed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from reconciler.discover import discover
from reconciler.kind.shape import shape_of
from reconciler.model import Live
from reconciler.plan.references import targets
from reconciler.testing import FakeClock, Simulated
from reconciler.testing.lab import Lab
from reconciler.testing.simulated import SIMULATIONS

OPENERS = sorted(entry_points(group=SIMULATIONS), key=lambda one: one.name)
IDS = [one.name for one in OPENERS]
FOUND = {"database"}  # there from the beginning: a key for one project cannot make another, so it is taken over


@dataclass(frozen=True)
class Made:
    """What a run made, and what the vendor held before, after each object and once a week had passed."""

    simulated: Simulated
    live: Mapping[str, Live]
    states: tuple[Any, ...]


def run(opener: EntryPoint, seed: int) -> Made:
    """Create every sample on a new vendor."""
    clock = FakeClock()
    simulated = opener.load()(clock, seed)

    async def create_all() -> Made:
        live: dict[str, Live] = {}
        states = [seen(simulated)]
        async with Lab.open(simulated.harness, simulated.samples) as lab:
            for sample in simulated.samples:
                if sample.where not in lab.made:
                    await lab.create(sample)
                    live |= {str(address): one for address, one in lab.made.items() if str(address) not in live}
                    states.append(seen(simulated))
                    clock.advance(1.0)
        clock.advance(7 * 86400.0)
        return Made(simulated, live, (*states, seen(simulated)))

    return asyncio.run(create_all())


def seen(simulated: Simulated) -> Any:
    """Return the state as JSON keeps it."""
    return json.loads(json.dumps(simulated.state()))


def texts(value: Any) -> Iterator[str]:
    """Yield every value in JSON as text, in lower case: vendors fold some names."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield str(value).lower()


def holds(state: Mapping[str, Any], live: Live) -> list[Any]:
    """Return the entries of a state that show an object: by its id, or by all of its identity."""
    names = {str(part).lower() for part in live.identity if part is not None}
    entries = [entry for found in state.values() for entry in found]
    shown = [set(texts(entry)) for entry in entries]
    return [e for e, inside in zip(entries, shown, strict=True) if live.id.lower() in inside or names <= inside]


@pytest.fixture(scope="module", params=OPENERS, ids=IDS)
def made(request: pytest.FixtureRequest) -> Made:
    return run(request.param, seed=7)


@pytest.mark.parametrize("opener", OPENERS, ids=IDS)
def test_the_same_seed_gives_the_same_ids_tokens_and_times(opener: EntryPoint, made: Made) -> None:
    if made.simulated.harness.provider is not opener.load()(FakeClock(), 7).harness.provider:
        pytest.skip("another provider's")
