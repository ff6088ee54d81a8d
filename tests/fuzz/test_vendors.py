"""Whatever a vendor answers to reads, a provider gives objects or an error of this tool; objects can be planned."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Live
from reconciler.testing import Harness
from reconciler.testing.garble import Reply, Tape
from reconciler.testing.lab import Lab

_spec = importlib.util.spec_from_file_location("fuzz_taped", Path(__file__).with_name("taped.py"))
assert _spec is not None
assert _spec.loader is not None
taped: Any = sys.modules.get(_spec.name) or importlib.util.module_from_spec(_spec)
if _spec.name not in sys.modules:
    sys.modules[_spec.name] = taped
    _spec.loader.exec_module(taped)

READS = [pytest.param(c, kind, id=f"{c.name}-{kind}") for c in taped.CONTRACTS for kind in c.collections]


async def reading(provider: Any, kind: str) -> list[Live]:
    await provider.whoami()
    return [live async for live in provider.list(kind)]


@cache
def recordings(contract: Any) -> tuple[dict[str, Tape], Harness]:
    """Return what a listing of each collection met, once every sample was made."""
    harness, tapes = contract.harness(), {}

    async def record() -> None:
        async with Lab.open(harness, contract.samples) as lab:
            for sample in contract.samples:
                if sample.where not in lab.made:
                    await lab.create(sample)
            for kind in contract.collections:
                tapes[kind], found = await taped.taped(harness, lambda p, kind=kind: reading(p, kind), read_only=True)
                assert found

    asyncio.run(record())
    return tapes, harness


def check(contract: Any, kind: str, spoiled: dict[tuple[str, int], Reply]) -> None:
    """Read on spoiled answers: what comes back can be used, and nothing was written."""
    tapes, harness = recordings(contract)
    met = taped.met(tapes[kind], harness, lambda p: reading(p, kind), spoiled)
    assert not met.wrote
    taped.used(met.result or [], harness, contract.samples)


@pytest.mark.parametrize(("contract", "kind"), READS)
@taped.examples(6)
@given(choice=st.data())
def test_any_answer_to_a_read_gives_objects_or_an_error(contract: Any, kind: str, choice: st.DataObject) -> None:
    tape = recordings(contract)[0][kind]
    chosen = choice.draw(st.sampled_from(taped.every_place(tape)))
    check(contract, kind, taped.spoil(tape, chosen, choice.draw(st.sampled_from(taped.NAMES))))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("contract", "kind"), READS)
@taped.examples(60, times=15)
@given(choice=st.data())
def test_any_two_wrong_answers_to_a_read_give_objects_or_an_error(
    contract: Any, kind: str, choice: st.DataObject
) -> None:
    tape, spoiled = recordings(contract)[0][kind], {}
    for _ in range(2):
        chosen = choice.draw(st.sampled_from(taped.every_place(tape)))
        spoiled |= taped.spoil(tape, chosen, choice.draw(st.sampled_from(taped.NAMES)))
    check(contract, kind, spoiled)


FOUND = [
    ("betterstack-TestBetterStack", "escalations", "step_members", "digits"),
    ("betterstack-TestBetterStack", "escalations", "days", "endless-number"),
    ("betterstack-TestBetterStack", "escalations", "metadata_values", "digits"),
    ("betterstack-TestBetterStack", "heartbeats", "name", "deep"),
    ("betterstack-TestBetterStack", "status_pages", "id", "half-a-character"),
    ("betterstack-TestBetterStack", "status_pages", "id", "deep"),
    ("github-TestGitHub", "rulesets", "id", "infinity"),
    ("neon-TestNeon", "backups", "retention_seconds", "endless-number"),
]


@pytest.mark.parametrize(("name", "kind", "member", "odd"), FOUND, ids=lambda value: str(value))
def test_what_once_was_a_traceback_is_an_error(name: str, kind: str, member: str, odd: str) -> None:
    contract = next(c for c in taped.CONTRACTS if c.name == name)
    tape = recordings(contract)[0][kind]
    meant = [chosen for chosen in taped.every_place(tape) if chosen[3][-1:] == (member,)]
    assert meant
    for chosen in meant:
        check(contract, kind, taped.spoil(tape, chosen, odd))
