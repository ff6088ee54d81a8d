"""Objects over several instances of the in-memory provider: `prepare`, `plan` or `planner`, each in its own process.

`prepare ROOT OBJECTS INSTANCES` writes the project and applies it, so that ledger and vendors agree. `plan ROOT` plans
it with a latency of 50 ms and finds nothing to do; `planner ROOT` times the pure part alone. Each prints one line of
JSON. The vendors live in the same process, so that their memory counts too.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import projects

from reconciler.discover import Catalog
from reconciler.engine.options import EVERYTHING
from reconciler.engine.session import Engine
from reconciler.load.project import load_project
from reconciler.plan.planner import make_plan
from reconciler.provider import Connection
from reconciler.runtime import Runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import MemoryProvider
from reconciler.testing.world import MemoryWorld

LATENCY = 0.05
PAGE = 250
WORLDS: dict[str, MemoryWorld] = {}


class ManyWorlds(MemoryProvider):
    """A connection to the world of its instance."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.world = WORLDS[connection.instance]  # type: ignore[misc]


def engine(root: Path) -> Engine:
    """Return an engine on the project."""
    catalog = Catalog.of(MEMORY_KINDS, {"memory": ManyWorlds})
    runtime = Runtime()
    project = load_project(root / "desired", catalog)
    return Engine(project, catalog, runtime)


async def prepare(root: Path, objects: int, instances: int) -> dict[str, Any]:
    """Make vendors and ledger agree with the project."""
    projects.memory(root, objects, instances=instances)
    WORLDS.update({f"vendor{i}": MemoryWorld(page_size=PAGE) for i in range(instances)})
    started = time.perf_counter()
    outcome = await engine(root).apply(EVERYTHING)
    seconds = time.perf_counter() - started
    left = [r for r in outcome.results if r.status != "done"] or outcome.not_converged or outcome.errors
    assert not left, left[:3]
    (root / "vendors.pickle").write_bytes(pickle.dumps({name: world.objects for name, world in WORLDS.items()}))
    return {"seconds": seconds}


def restore(root: Path) -> None:
    """Bring the vendors back as `prepare` left them."""
    for name, objects in pickle.loads((root / "vendors.pickle").read_bytes()).items():
        WORLDS[name] = MemoryWorld(page_size=PAGE, latency=LATENCY, objects=objects)


async def plan(root: Path) -> dict[str, Any]:
    """Load the project and plan it."""
    restore(root)
    started = time.perf_counter()
    found = await engine(root).plan(EVERYTHING)
    seconds = time.perf_counter() - started
    assert not found.changes, found.changes[:3]
    assert not found.unknown, found.unknown[:3]
    calls = sum(status.requests for status in found.providers.values())
    return {"seconds": seconds, "calls": calls, "unchanged": found.unchanged}


async def planner(root: Path) -> dict[str, Any]:
    """Time the pure planner on what was read."""
    restore(root)
    async with engine(root).look(EVERYTHING) as seen:
        started = time.perf_counter()
        planned = make_plan(seen.given)
        return {"seconds": time.perf_counter() - started, "unchanged": planned.plan.unchanged}


def main() -> None:
    """Do what the command line asks."""
    task, root, *sizes = sys.argv[1:]
    tasks: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {"prepare": prepare, "plan": plan, "planner": planner}
    print(json.dumps(asyncio.run(tasks[task](Path(root), *map(int, sizes)))))


if __name__ == "__main__":
    main()
