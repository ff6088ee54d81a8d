"""`Site`: a project over a harness, planned and applied by the real engine, run after run, as on a real machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.importing.run import Imported, import_instance
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import Project, load_project
from reconciler.model import Live, Plan
from reconciler.outcome import Outcome
from reconciler.provider import Provider
from reconciler.runtime import Runtime
from reconciler.testing.harness import Harness, Sample, secret_names
from reconciler.testing.project import write_project

_OPTIONS = Options(sandbox=True)  # no git here: the commit gate is off


@dataclass(slots=True)
class Site:
    """One `desired/` tree, one ledger, one vendor. Each `plan` and `apply` is a new run that shares only these."""

    harness: Harness
    root: Path
    provider: type[Provider] | None = None  # in place of the harness's
    store: Store = field(default_factory=Store)
    names: set[str] = field(default_factory=set)  # of secrets that a desired tree named so far

    def desire(self, samples: Iterable[Sample], *, changed: frozenset[str] = frozenset(), **more: Any) -> None:
        """Write `desired/` with these samples, those whose address is in `changed` in their second version."""
        objects: dict[str, dict[str, Any]] = {kind.collection: {} for kind in self.harness.kinds}
        for sample in samples:
            fields = sample.changed if sample.address in changed and sample.changed is not None else sample.fields
            self.names.update(secret_names(fields))
            objects[sample.where.collection][sample.where.handle] = dict(fields)
        self.names.update(secret_names(self.harness.settings))
        settings = {self.harness.instance: {**self.harness.settings, "type": self.harness.provider_type}}
        collections = {name: {"allow_empty": True} for name in objects}
        write_project(self.root, objects, providers=settings, collections=collections, **more)

    @property
    def catalog(self) -> Catalog:
        """The kinds, and the provider that this site uses."""
        client = self.provider or self.harness.provider
        return Catalog.of(self.harness.kinds, {self.harness.provider_type: client})

    @property
    def runtime(self) -> Runtime:
        """The harness's runtime, with a value for each secret that anything names."""
        made_up = {name: self.harness.secret(name).reveal() for name in sorted(self.names)}
        return replace(self.harness.runtime, environ={**made_up, **self.harness.environ})

    def load(self) -> Project:
        """Return the project as written."""
        return load_project(self.root / "desired", self.catalog)

    def engine(self) -> Engine:
        """Return an engine for one run."""
        return Engine(self.load(), self.catalog, self.runtime, ledger=MemoryLedger(self.store))

    async def plan(self, *, coverage: bool = False) -> Plan:
        """Return what would be done."""
        return await self.engine().plan(_OPTIONS, coverage=coverage)

    async def apply(self) -> Outcome:
        """Do what is not held."""
        return await self.engine().apply(_OPTIONS)

    async def imported(self) -> Imported:
        """Write what is live and not managed into `desired/`, and return what was written."""
        return await import_instance(
            self.load(),
            self.catalog,
            self.runtime,
            self.harness.instance,
            load=lambda tree: load_project(tree, self.catalog),
            ledger=MemoryLedger(self.store),
            options=_OPTIONS,
        )

    async def live(self, collection: str) -> dict[str, Live]:
        """Return what the vendor has, by id, out of service or not."""
        provider = await self.harness.connect(read_only=True)
        try:
            return {live.id: live async for live in _listing(provider, collection)}
        finally:
            await self.harness.close()


async def _listing(provider: Provider, collection: str) -> AsyncIterator[Live]:
    async for live in provider.list(collection):
        yield live
