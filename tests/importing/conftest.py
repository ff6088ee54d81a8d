"""A live vendor to import from, and what an import needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.importing.run import Imported, import_instance
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import Project, load_project
from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.testing.clock import FakeClock, virtual_runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import memory_provider
from reconciler.testing.project import write_project
from reconciler.testing.world import MemoryWorld


@dataclass
class Dock:
    """A project with an empty desired state on a live vendor."""

    root: Path
    clock: FakeClock = field(default_factory=FakeClock)
    store: Store = field(default_factory=Store)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = MemoryWorld(now=self.clock.now)
        write_project(self.root, {})

    @property
    def catalog(self) -> Catalog:
        return Catalog.of(MEMORY_KINDS, {"memory": memory_provider(self.world)})

    def load(self, desired: Path) -> Project:
        return load_project(desired, self.catalog)

    async def run(self, **more: Any) -> Imported:
        project = self.load(self.root / "desired")
        runtime = virtual_runtime(self.clock, environ=self.environ)
        ledger = MemoryLedger(self.store)
        return await import_instance(project, self.catalog, runtime, "memory", load=self.load, ledger=ledger, **more)

    def _engine(self) -> Engine:
        runtime = virtual_runtime(self.clock, environ=self.environ)
        return Engine(self.load(self.root / "desired"), self.catalog, runtime, ledger=MemoryLedger(self.store))

    async def plan(self) -> Plan:
        return await self._engine().plan(Options(sandbox=True))

    async def apply(self) -> Outcome:
        return await self._engine().apply(Options(sandbox=True))


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return Dock(tmp_path)


@pytest.fixture
def docks(tmp_path: Path) -> Callable[[], Dock]:
    numbers = iter(range(10_000))
    return lambda: Dock(tmp_path / f"dock{next(numbers)}")
