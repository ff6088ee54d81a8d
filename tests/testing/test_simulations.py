"""What provider packages hand to simulations: a whole vendor in this process, and the same one for the same seed."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from reconciler.discover import discover
from reconciler.model import Live
from reconciler.testing import FakeClock, Simulated
from reconciler.testing.clock import START
from reconciler.testing.lab import Lab
from reconciler.testing.simulated import SIMULATIONS

OPENERS = sorted(entry_points(group=SIMULATIONS), key=lambda one: one.name)
EACH = pytest.mark.parametrize("opener", OPENERS, ids=[one.name for one in OPENERS])
FROM_THE_BEGINNING = {"database"}  # an instance of Neon has one project: a key for it takes it over, and makes none
LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
WEEK = 7 * 86_400.0  # seconds


@dataclass(frozen=True)
class Made:
    """What a run made, and what the vendor held at first, after each object, and once a week had passed."""

    simulated: Simulated
    live: Mapping[str, Live]
    states: tuple[Any, ...]


@functools.cache
def run(opener: EntryPoint, start: datetime = START, attempt: int = 1) -> Made:
    """Create every sample on a new vendor."""
    clock = FakeClock(start)
    simulated: Simulated = opener.load()(clock, 7)

    def state() -> Any:
        return json.loads(json.dumps(simulated.state()))

    async def create_all() -> Made:
        states = [state()]
        async with Lab.open(simulated.harness, simulated.samples) as lab:
            for sample in simulated.samples:
                if sample.where not in lab.made:
                    await lab.create(sample)
                    states.append(state())
        clock.advance(WEEK)
        live = {str(address): one for address, one in lab.made.items()}
        return Made(simulated, live, (*states, state()))

    return asyncio.run(create_all())


def texts(value: Any) -> Iterator[str]:
    """Yield every value in JSON as text, in lower case: vendors fold some names."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield str(value).lower()
    else:
        for one in inner:
            yield from texts(one)


def showing(state: Mapping[str, Any], live: Live, others: Iterable[Live]) -> int:
    """Return how many entries of a state show an object: by its id, or by its identity.

    What the identity says of an object that it belongs to is left out: the entry may name that by its id.
    """
    names = {str(part).lower() for part in live.identity if part is not None}
    names = names - {str(one.identity[0]).lower() for one in others if one is not live} or names
    inside = [set(texts(entry)) for found in state.values() for entry in found]
    return sum(live.id.lower() in shown or names <= shown for shown in inside)


def moment(text: str) -> datetime | None:
    """Return the time that a value stands for: an ISO date, or milliseconds."""
    if re.match(r"\d{4}-\d\d-\d\dt", text):
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    return datetime.fromtimestamp(int(text) / 1000, UTC) if re.fullmatch(r"\d{12,13}", text) else None


@EACH
def test_the_same_seed_gives_the_same_ids_tokens_and_times(opener: EntryPoint) -> None:
    one, other = run(opener), run(opener, attempt=2)

    assert one.states == other.states
    assert [live.id for live in one.live.values()] == [live.id for live in other.live.values()]


@EACH
def test_every_sample_can_be_created_on_what_is_there_and_shows(opener: EntryPoint) -> None:
    made = run(opener)

    assert set(made.live) == {sample.address for sample in made.simulated.samples}
    before, after = (
        {address: showing(state, live, made.live.values()) for address, live in made.live.items()}
        for state in (made.states[0], made.states[-2])
    )
    assert [address for address in made.live if not after[address]] == []
    new = {address.partition("/")[0] for address in made.live if after[address] <= before[address]}
    assert new <= FROM_THE_BEGINNING


@EACH
def test_no_time_is_the_real_one(opener: EntryPoint) -> None:
    made, today = run(opener, LONG_AGO), datetime.now(UTC)
    written = set(texts(json.loads(json.dumps([[s.fields, s.changed] for s in made.simulated.samples], default=str))))

    found = [text for state in made.states for text in texts(state) if text not in written and moment(text)]

    assert [text for text in found if abs(moment(text) - today) < timedelta(days=2)] == []
    assert any(moment(text).year == LONG_AGO.year for text in found)


def test_every_kind_of_every_provider_has_a_sample() -> None:
    kinds = discover().kinds
    sampled = {s.where.collection for opener in OPENERS for s in run(opener).simulated.samples}
    compact = {name for name, kind in kinds.items() if kind.unfolds_into}  # the vendor has no object of these

    assert sampled | compact == set(kinds)


def test_instances_of_one_provider_have_names_of_their_own() -> None:
    assert [run(opener).simulated.harness.instance for opener in OPENERS] == [opener.name for opener in OPENERS]
