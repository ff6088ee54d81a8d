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
from reconciler.simulate.packages import PackageVendor, packages, sampled_kinds
from reconciler.simulate.play import play
from reconciler.simulate.script import Script
from reconciler.simulate.things import Vendor
from reconciler.simulate.violation import SANE, Violated
from reconciler.simulate.world import World
from reconciler.testing.kinds import MEMORY_KINDS

MEMORY = "memory"
SHARE = 3  # worlds in memory for each one of a provider package


def flavours() -> dict[str, int]:
    """Return the vendors that worlds are made of, with how often each is drawn."""
    found = packages()
    return {MEMORY: SHARE * max(1, len(found)), **dict.fromkeys(found, 1)}


def kinds_of() -> list[str]:
    """Return every kind that a world may hold."""
    return [*(kind.collection for kind in MEMORY_KINDS), *sampled_kinds()]


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
        rng = random.Random(f"{script.seed}:{script.index}:vendor")  # nosec B311  # repeatable on purpose
        world = World.of(script, counters, _vendor(script, clock, rng, root), clock, loop, root)
        try:
            loop.run_until_complete(play(world))
        except Violated as violated:
            invariant, facts = violated.invariant, violated.facts
        except Exception as error:  # noqa: BLE001 - the simulation's own fault is a failed world too, with its traceback
            invariant, facts = SANE, "".join(traceback.format_exception(error))
    return Result(script, invariant, facts, tuple(world.trace), world.digest.hexdigest(), counters.plain())


def _vendor(script: Script, clock: LoopClock, rng: random.Random, root: Path) -> Vendor:
    if script.flavour == MEMORY:
        return MemoryVendor(clock, rng, script.instances)
    return PackageVendor(script.flavour, clock, rng, root)


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own inside, in memory where there is that  # nosec B108  # a folder of its own inside
    with tempfile.TemporaryDirectory(prefix="reconcile-world-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
