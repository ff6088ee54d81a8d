"""Many worlds, spread over the processors of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.secrets.fingerprint import Fingerprints
from reconciler.simulate.counters import Counters
from reconciler.simulate.once import Result, flavours, kinds_of, live
from reconciler.simulate.script import STEPS, Script, draw
from reconciler.simulate.shrink import shrink

JUDGED = 1000  # worlds from which on a zero in the counters is a failure; fewer may miss what is rare
CHUNK = 4


@dataclass(slots=True)
class Batch:
    """What a number of worlds came to. `first` is the failed world with the lowest number, as short as it gets."""

    seed: int
    worlds: int
    counters: Counters
    failed: list[Result] = field(default_factory=list)
    shortest: Result | None = None

    @property
    def zeros(self) -> list[str]:
        """What was never reached, where there were enough worlds to expect it."""
        return self.counters.zeros() if self.worlds >= JUDGED else []

    @property
    def ok(self) -> bool:
        return not self.failed and not self.zeros


def script_of(seed: int, index: int) -> Script:
    """Return the script of a world, over the vendors that are installed."""
    return draw(seed, index, flavours())


def one_world(seed: int, index: int) -> Result:
    """Return what becomes of one world."""
    with cheap_fingerprints():
        return live(script_of(seed, index))


def _in_worker(task: tuple[int, int]) -> Result:
    return live(script_of(*task))


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    Fingerprints.cost = _CHEAP


_CHEAP = 2


@contextmanager
def cheap_fingerprints() -> Iterator[None]:
    """Make fingerprints fast for the time being. They are as different as before, and only easier to guess."""
    before, Fingerprints.cost = Fingerprints.cost, _CHEAP
    try:
        yield
    finally:
        Fingerprints.cost = before


def run(
    seed: int,
    worlds: int,
    *,
    first: int = 0,
    jobs: int | None = None,
    told: Callable[[int], None] = lambda _: None,
    stop_after: int = 20,
) -> Batch:
    """Return what becomes of the worlds `first` … of a seed. `told` hears how many are done.

    Stops early once `stop_after` have failed. The first that failed is shrunk.
    """
    batch = Batch(seed, 0, Counters.expecting(kinds_of(), STEPS))
    tasks = [(seed, index) for index in range(first, first + worlds)]
    for result in _results(tasks, jobs or os.cpu_count() or 1):
        batch.worlds += 1
        batch.counters.add(result.counts)
        if result.invariant:
            batch.failed.append(result)
        told(batch.worlds)
        if len(batch.failed) >= stop_after:
            break
    if batch.failed:
        batch.failed.sort(key=lambda result: result.script.index)
        with cheap_fingerprints():
            batch.shortest = shrink(batch.failed[0], live)
    return batch


def _results(tasks: list[tuple[int, int]], jobs: int) -> Iterator[Result]:
    if jobs == 1 or len(tasks) <= CHUNK:
        with cheap_fingerprints():
            for task in tasks:
                yield _in_worker(task)
        return
    context = multiprocessing.get_context("spawn")
    pool = context.Pool(min(jobs, len(tasks)), _start_worker)
    try:
        yield from pool.imap_unordered(_in_worker, tasks, chunksize=CHUNK)
    finally:
        pool.terminate()
        pool.join()
