"""One small production on the in-memory vendor, planned and applied by the real engine, run after run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler import Kind
from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.git import SubprocessGit
from reconciler.ledger.codec import to_json
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import load_project
from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.provider import Connection
from reconciler.report.saved import SavedPlan, change_key
from reconciler.runtime import Runtime
from reconciler.testing.clock import FakeClock, virtual_runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import memory_provider
from reconciler.testing.project import write_project
from reconciler.testing.world import MemoryWorld

REF = "refs/reconciler/test"


def routed(world: MemoryWorld, routes: Mapping[str, MemoryWorld]) -> Any:
    """Return a provider class whose instances reach the world that `routes` names for them, else `world`."""
    bound: Any = memory_provider(world)

    def init(self: Any, connection: Connection) -> None:
        bound.__init__(self, connection)
        self.world = routes.get(connection.instance, world)

    return type("Routed", (bound,), {"__init__": init})


class Crash(BaseException):
    """kill -9, as far as the engine can tell."""


def dying(verb: str, phase: str) -> Callable[[str, str], BaseException | None]:
    """Return faults that kill the process at this side of the first such write, and at everything after it."""
    dead: list[bool] = []

    def fault(operation: str, at: str) -> BaseException | None:
        if dead or (operation.split()[0] == verb and at == phase):
            dead.append(True)
            return Crash()
        return None

    return fault


@dataclass
class Lab:
    """A project on a memory world. Each `plan` and `apply` is a new process as far as the engine can tell."""

    root: Path
    clock: FakeClock = field(default_factory=FakeClock)
    store: Store = field(default_factory=Store)
    environ: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    pid: int = 100
    kinds: tuple[type[Kind], ...] = MEMORY_KINDS
    routes: dict[str, MemoryWorld] = field(default_factory=dict)  # instances with a world of their own

    def __post_init__(self) -> None:
        self.worlds = {"memory": MemoryWorld(self.kinds, now=self.clock.now)}
        self.last: Engine | None = None

    @property
    def world(self) -> MemoryWorld:
        return self.worlds["memory"]

    def desire(self, objects: Mapping[str, Any] | str, **more: Any) -> None:
        write_project(self.root, objects, **{"collections": {}, **self.more, **more})

    def runtime(self, **more: Any) -> Runtime:
        self.pid += 1
        given = {"environ": self.environ, "pid": self.pid, "pid_alive": lambda pid: False, **more}
        return virtual_runtime(self.clock, seed=self.pid, **given)

    def engine(self, **more: Any) -> Engine:
        catalog = Catalog.of(self.kinds, {name: routed(world, self.routes) for name, world in self.worlds.items()})
        project = load_project(self.root / "desired", catalog)
        self.last = Engine(project, catalog, self.runtime(**more), ledger=MemoryLedger(self.store))
        return self.last

    async def plan(self, *, coverage: bool = False, **options: Any) -> Plan:
        return await self.engine().plan(Options(sandbox=True, **options), coverage=coverage)

    async def apply(
        self, *, saved: SavedPlan | None = None, runtime: dict[str, Any] | None = None, **options: Any
    ) -> Outcome:
        return await self.engine(**(runtime or {})).apply(Options(sandbox=True, **options), saved=saved)

    async def killed(self, verb: str, phase: str) -> bool:
        """An hour later, apply, and die at this side of the first such write. Return whether it came to that."""
        self.clock.advance(3600)
        fault = dying(verb, phase)
        places: tuple[Any, ...] = (self.world, self.store, *self.routes.values())
        for place in places:
            place.faults = fault
        try:
            await self.apply()
        except Crash:
            return True
        finally:
            for place in places:
                place.faults = lambda *_: None
        return False

    async def lines(self, **options: Any) -> list[str]:
        plan = await self.plan(**options)
        return [f"{c.action} {c.address}{' held' if c.held else ''}" for c in plan.changes]

    def saved(self, plan: Plan) -> SavedPlan:
        changes = {change_key(c.address, c.action): c.digest for c in plan.changes}
        return SavedPlan(1, "0.1.0", plan.created_at, plan.environment, plan.commit, plan.digest, changes)

    def shown(self, kind: str) -> dict[str, dict[str, Any]]:
        """What the vendor has, by its first identity field."""
        models = {k.collection: k for k in self.kinds}
        return {o.values[models[kind].identity[0]]: o.values for o in self.world.objects[kind].values()}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def another(tmp_path: Path) -> Callable[..., Lab]:
    numbers = iter(range(1000))
    return lambda **more: Lab(tmp_path / f"lab{next(numbers)}", **more)


@pytest.fixture
def options() -> Options:
    return replace(Options(), sandbox=True)


class Repository:
    """The lab's project in a git repository of its own, with its ledger in the repository's ref."""

    def __init__(self, lab: Any, run_git: Callable[..., str], environ: dict[str, str]) -> None:
        self.lab, self.run_git, self.environ = lab, run_git, environ
        lab.more["collections"] = {"widgets": {"allow_empty": True}}
        lab.root.mkdir(exist_ok=True)
        run_git(lab.root, "init", "-q")

    def git(self, folder: Path) -> SubprocessGit:
        return SubprocessGit(folder, self.environ)

    def engine(self) -> Engine:
        catalog = Catalog.of(self.lab.kinds, {"memory": memory_provider(self.lab.world)})
        project = load_project(self.lab.root / "desired", catalog)
        return Engine(project, catalog, self.lab.runtime(git=self.git))

    def commit(self, objects: dict[str, Any], **more: Any) -> str:
        self.lab.desire(objects, **more)
        self.run_git(self.lab.root, "add", "desired")
        self.run_git(self.lab.root, "commit", "-qm", "desired", "--allow-empty")
        return self.run_git(self.lab.root, "rev-parse", "HEAD")

    async def plan(self) -> Plan:
        return await self.engine().plan(Options(), coverage=True)

    async def apply(self) -> Outcome:
        return await self.engine().apply(Options())

    async def lines(self) -> list[str]:
        return [f"{c.action} {c.address}{' held' if c.held else ''}" for c in (await self.plan()).changes]

    def forge(self, change: Callable[[dict[str, Any]], None], name: str = "widgets.json") -> None:
        """Write to the ledger's ref what somebody with push access could: plain git, and none of this tool."""
        git = self.git(self.lab.root)
        head = git.local_ref(REF)
        files = dict(git.files(head))
        document = json.loads(files.get(name, b"{}"))
        change(document)
        git.update_ref(REF, git.commit_files({**files, name: to_json(document)}, head, "test: forged"), head)


@pytest.fixture
def repository(lab: Any, run_git: Callable[..., str], git_environ: dict[str, str]) -> Repository:
    return Repository(lab, run_git, git_environ)
