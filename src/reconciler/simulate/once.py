"""Running one script, in a folder and a loop of its own, to the end or to the first violation."""

from __future__ import annotations

import random
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.simulate.counters import Counters
from reconciler.simulate.loop import LoopClock, simulated_loop
from reconciler.simulate.memory import MemoryVendor
from reconciler.simulate.play import play
from reconciler.simulate.script import Script
from reconciler.simulate.violation import SANE, Violated
from reconciler.simulate.world import World
from reconciler.testing.kinds import MEMORY_KINDS

MEMORY = "memory"


def flavours() -> dict[str, int]:
    """Return the vendors that worlds are made of, with how often each is drawn."""
    return {MEMORY: 1}


def kinds_of() -> list[str]:
    """Return every kind that a world may hold."""
    return [kind.collection for kind in MEMORY_KINDS]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a world. `invariant` is "" when all hold; `digest` is equal for equal histories."""

    script: Script
    invariant: str
    facts: str
    trace: tuple[str, ...]
    digest: str
    counts: dict[str, dict[str, int]]


def live(script: Script) -> Result:
    """Return what becomes of a world."""
    counters = Counters()
    clock = LoopClock()
    invariant = facts = ""
    with _folder() as root, simulated_loop(clock) as loop:
        vendor = MemoryVendor(clock, random.Random(f"{script.seed}:{script.index}:vendor"), script.instances)
        world = World.of(script, counters, vendor, clock, loop, root)
        try:
            loop.run_until_complete(play(world))
        except Violated as violated:
            invariant, facts = violated.invariant, violated.facts
        except Exception as error:  # noqa: BLE001 - the simulation's own fault is a failed world too, with its traceback
            invariant, facts = SANE, "".join(traceback.format_exception(error))
    return Result(script, invariant, facts, tuple(world.trace), world.digest.hexdigest(), counters.plain())


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own inside, in memory where there is that
    with tempfile.TemporaryDirectory(prefix="reconcile-world-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
