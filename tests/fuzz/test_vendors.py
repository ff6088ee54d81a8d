"""Whatever a vendor answers, a provider gives objects or an error of this tool; objects can be planned and shown."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.engine.observe import register
from reconciler.errors import ReconcilerError
from reconciler.kind.shape import shape_of
from reconciler.model import Live
from reconciler.plan.compare import compare
from reconciler.plan.facts import Facts, NoSecrets
from reconciler.report.values import data, shown, transition
from reconciler.testing import Harness, ProviderContract, Sample
from reconciler.testing.garble import ODD, REMOVED, Replay, Reply, Tape, garbled, places
from reconciler.testing.lab import Lab
from reconciler.values import KnownAfterApply

ROOT = Path(__file__).parents[2]
LIMIT = 5.0  # seconds of processor time for one answer
MODULES = sorted(ROOT.glob("providers/*/tests/test_contract.py"))


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"contract_of_{path.parts[-3]}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Contract:
    """The samples and the simulator of one contract suite."""

    name: str
    suite: type[ProviderContract]

    def harness(self) -> Harness:
        """Return a harness on a simulator that holds nothing yet."""
        fixture: Any = vars(self.suite)["harness"]
        made: Harness = getattr(fixture, "__wrapped__", fixture)(self.suite())
        return made

    @property
    def collections(self) -> list[str]:
        return sorted({sample.where.collection for sample in self.suite.samples})


def contracts() -> Iterator[Contract]:
    for path in MODULES:
        for name, suite in vars(loaded(path)).items():
            if isinstance(suite, type) and issubclass(suite, ProviderContract) and suite is not ProviderContract:
                yield Contract(f"{path.parts[-3]}-{name}", suite)


CONTRACTS = list(contracts())
READS = [pytest.param(c, kind, id=f"{c.name}-{kind}") for c in CONTRACTS for kind in c.collections]
Work = Callable[[Any], Coroutine[Any, Any, list[Live]]]


async def reading(provider: Any, kind: str) -> list[Live]:
    await provider.whoami()
    return [live async for live in provider.list(kind)]


@cache
def recordings(contract: Contract) -> tuple[dict[str, Tape], Harness]:
    """Return what a listing of each collection met, once every sample was made."""
    harness, tapes = contract.harness(), {}

    async def record() -> None:
        async with Lab.open(harness, contract.suite.samples) as lab:
            for sample in contract.suite.samples:
                if sample.where not in lab.made:
                    await lab.create(sample)
            for kind in contract.collections:
                tape = tapes[kind] = Tape()
                assert harness.transport
                other = replace(harness, transport=tape.recording(harness.transport), rim=harness.rim)
                provider = await other.connect(read_only=True)
                assert await reading(provider, kind)
                await provider.close()

    asyncio.run(record())
    return tapes, harness


def recorded(contract: Contract, kind: str) -> tuple[Tape, Harness]:
    """Return what a listing met."""
    tapes, harness = recordings(contract)
    return tapes[kind], harness


class Nothing:
    def resolve(self, ref: Any) -> KnownAfterApply:
        return KnownAfterApply(str(ref))


def used(lives: list[Live], harness: Harness, samples: tuple[Sample, ...]) -> None:
    """Do with live objects what a plan does: compare them with every sample, and show what there is to show."""
    for live in lives:
        for tree in (live.values, live.outputs):
            register(tree, harness.runtime.redactor)
            data(tree)
        str(live.title).encode("utf-8", "backslashreplace")
        for sample in samples:
            if sample.where.collection != live.kind:
                continue
            spec = harness.resource(sample).spec
            found = compare(
                spec,
                live.values,
                shape_of(harness.kind(live.kind)),
                recorded=None,
                facts=Facts(NoSecrets(), Nothing()),
            )
            for diff in found.diffs:
                shown(diff.before)
                transition(diff.before, diff.after)


def met(tape: Tape, harness: Harness, work: Work, spoiled: dict[tuple[str, int], Reply]) -> list[Live]:
    """Return what comes of a piece of work on spoiled answers: objects, or none after an error of this tool."""
    replay = Replay(tape, spoiled)

    async def run() -> list[Live]:
        provider = None
        try:
            provider = await replace(harness, transport=replay, rim=harness.rim).connect()
            return await work(provider)
        except ReconcilerError as error:
            assert error.message
            return []
        finally:
            if provider is not None:
                await provider.close()

    started = time.process_time()
    lives = asyncio.run(run())
    assert time.process_time() - started < LIMIT
    assert len(replay.hosts) <= 1, "the credential went to another host"
    return lives


def every_place(tape: Tape) -> list[tuple[str, int, Reply, Any]]:
    """Return each place of each answer; of the elements of a list, those of the first two."""
    return [
        (request, number, reply, at)
        for request, number, reply in tape.numbered()
        for at in places(reply.body)
        if not any(isinstance(step, int) and step > 1 for step in at)
    ]


NAMES = sorted(ODD)
PROFILE = os.environ.get("FUZZ_EXAMPLES", "")
SOME = settings(
    max_examples=int(PROFILE or 6),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not PROFILE,
)


def spoil(tape: Tape, chosen: Any, odd: str) -> dict[tuple[str, int], Reply]:
    request, number, reply, at = chosen
    if not at and ODD[odd] is REMOVED:
        return {(request, number): replace(reply, body=None)}
    return {(request, number): replace(reply, body=garbled(reply.body, at, ODD[odd]))}


@pytest.mark.parametrize(("contract", "kind"), READS)
@SOME
@given(choice=st.data())
def test_any_answer_to_a_read_gives_objects_or_an_error(contract: Contract, kind: str, choice: st.DataObject) -> None:
    tape, harness = recorded(contract, kind)
    chosen = choice.draw(st.sampled_from(every_place(tape)))
    spoiled = spoil(tape, chosen, choice.draw(st.sampled_from(NAMES)))
    used(met(tape, harness, lambda p: reading(p, kind), spoiled), harness, contract.suite.samples)


MANY = settings(SOME, max_examples=15 * int(PROFILE or 4))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("contract", "kind"), READS)
@MANY
@given(choice=st.data())
def test_any_two_wrong_answers_to_a_read_give_objects_or_an_error(
    contract: Contract, kind: str, choice: st.DataObject
) -> None:
    tape, harness = recorded(contract, kind)
    spoiled = {}
    for _ in range(2):
        chosen = choice.draw(st.sampled_from(every_place(tape)))
        spoiled |= spoil(tape, chosen, choice.draw(st.sampled_from(NAMES)))
    used(met(tape, harness, lambda p: reading(p, kind), spoiled), harness, contract.suite.samples)


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
    contract = next(c for c in CONTRACTS if c.name == name)
    tape, harness = recorded(contract, kind)
    meant = [chosen for chosen in every_place(tape) if chosen[3][-1:] == (member,)]
    assert meant
    for chosen in meant:
        used(met(tape, harness, lambda p: reading(p, kind), spoil(tape, chosen, odd)), harness, contract.suite.samples)
