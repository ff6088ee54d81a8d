"""Who waits for a rate limit hears which instance that is."""

from __future__ import annotations

from reconciler.discover import Catalog
from reconciler.engine.connect import Connector
from reconciler.engine.options import Silent
from reconciler.load.project import load_project
from reconciler.secrets.resolve import SecretResolver
from reconciler.testing.clock import FakeClock, virtual_runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import memory_provider
from reconciler.testing.project import write_project
from reconciler.testing.world import MemoryWorld


class Heard(Silent):
    """Remembers what was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, text: str) -> None:
        self.lines.append(text)


async def test_a_wait_for_a_rate_limit_names_the_instance(tmp_path) -> None:
    write_project(tmp_path, {})
    catalog = Catalog.of(MEMORY_KINDS, {"memory": memory_provider(MemoryWorld())})
    project, runtime, heard = load_project(tmp_path / "desired", catalog), virtual_runtime(FakeClock()), Heard()
    secrets = SecretResolver(runtime.environ, project.secret_sources, project.root, runtime.redactor)
    provider = await Connector(project, catalog, runtime, secrets, progress=heard).open("memory")
    async with provider.connection.budget.permit() as permit:
        provider.connection.budget.refused(permit, 42.0, 429)
    async with provider.connection.budget.permit():
        assert heard.lines == ["waiting 42 s for memory (429)"]
