"""What fuzzing the answers of vendors stands on: the contract suites, their answers on tape, and one place spoiled."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

from reconciler.engine.observe import register
from reconciler.errors import ReconcilerError
from reconciler.http.transport import is_read
from reconciler.kind.shape import shape_of
from reconciler.model import Live
from reconciler.plan.compare import compare
from reconciler.plan.facts import Facts, NoSecrets
from reconciler.report.values import data, shown, transition
from reconciler.testing import Harness, ProviderContract, Sample
from reconciler.testing.garble import ODD, REMOVED, Replay, Reply, Tape, garbled, places
from reconciler.values import KnownAfterApply

ROOT = Path(__file__).parents[2]
LIMIT = 5.0  # seconds of processor time for one answer
MODULES = sorted(ROOT.glob("providers/*/tests/test_contract.py"))
T = TypeVar("T")


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
    def samples(self) -> tuple[Sample, ...]:
        return self.suite.samples

    @property
    def collections(self) -> list[str]:
        return sorted({sample.where.collection for sample in self.samples})


def contracts() -> Iterator[Contract]:
    for path in MODULES:
        for name, suite in vars(loaded(path)).items():
            if isinstance(suite, type) and issubclass(suite, ProviderContract) and suite is not ProviderContract:
                yield Contract(f"{path.parts[-3]}-{name}", suite)


CONTRACTS = list(contracts())


async def taped(harness: Harness, work: Callable[[Any], Coroutine[Any, Any, T]], **how: Any) -> tuple[Tape, T]:
    """Return what a piece of work met, on a connection of its own, and what came of it."""
    tape = Tape()
    assert harness.transport
    other = replace(harness, transport=tape.recording(harness.transport), rim=harness.rim)
    provider = await other.connect(**how)
    try:
        return tape, await work(provider)
    finally:
        await provider.close()


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


@dataclass(frozen=True)
class Met:
    """What came of a piece of work on spoiled answers.

    `wrote`: a write was answered with success. `refused` holds the statuses of those that were not.
    """

    result: Any
    error: ReconcilerError | None
    wrote: bool
    refused: frozenset[int]


def met(
    tape: Tape,
    harness: Harness,
    work: Callable[[Any], Coroutine[Any, Any, Any]],
    spoiled: dict[tuple[str, int], Reply],
    counts: str = "",
) -> Met:
    """Return what comes of a piece of work on spoiled answers: a result, or an error of this tool.

    `counts` is how the path of a write ends that counts as one.
    """
    replay = Replay(tape, spoiled)

    async def run() -> tuple[Any, ReconcilerError | None]:
        provider = None
        try:
            provider = await replace(harness, transport=replay, rim=harness.rim).connect()
            return await work(provider), None
        except ReconcilerError as error:
            assert error.message
            return None, error
        finally:
            if provider is not None:
                await provider.close()

    started = time.process_time()
    result, error = asyncio.run(run())
    assert time.process_time() - started < LIMIT
    assert len(replay.hosts) <= 1, "the credential went to another host"
    reads = getattr(harness.provider, "reads", ())
    writes = [(path, status) for method, path, status in replay.answered if not is_read(method, path, reads)]
    wrote = any(status < 300 and path.endswith(counts) for path, status in writes)
    return Met(result, error, wrote, frozenset(status for _, status in writes if status >= 300))


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


def examples(few: int, *, times: int = 1) -> settings:
    """Return the settings of a property with that many examples; with `times` what FUZZ_EXAMPLES says, drawn anew."""
    return settings(
        max_examples=times * int(PROFILE) if PROFILE else few,
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
