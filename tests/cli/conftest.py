"""The command line on fakes: an engine that returns what a test gives it, a ledger in memory, a clock that stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, TypeAlias

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel, Field

from reconciler.cli.context import World
from reconciler.cli.main import main
from reconciler.discover import Catalog
from reconciler.errors import Location
from reconciler.kind.base import Kind
from reconciler.kind.settings import ProviderSettings, TokenSettings
from reconciler.kind.types import ListOf, Secret
from reconciler.ledger.memory import MemoryLedger
from reconciler.model import Address, Create, Delete, FieldDiff, Live, Plan, ProviderStatus, Recorded, Resource, Update
from reconciler.outcome import Outcome
from reconciler.outcome import Result as Done
from reconciler.runtime import Runtime
from reconciler.testing import FakeClock, MemoryWorld, virtual_runtime
from reconciler.testing.kinds import MEMORY_KINDS
from reconciler.testing.memory import memory_provider
from reconciler.values import SecretRef

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CANARY = "canary-Zx81-secret"


class FakeEngine:
    """Plans and applies what it was told to. `hang` makes both wait until they are stopped."""

    def __init__(self) -> None:
        self.given = Plan("production", "1a2b3c4d5e6f", NOW, (), digest="d" * 64)
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.options: Any = None
        self.coverage = False
        self.saved: Any = None
        self.confirmed: bool | None = None
        self.stopped = asyncio.Event()
        self.hang = False

    def interrupt(self) -> bool:
        self.stopped.set()
        return True

    async def plan(self, options: Any, *, coverage: bool = False) -> Plan:
        self.options, self.coverage = options, coverage
        if self.error:
            raise self.error
        return self.given

    async def apply(self, options: Any, *, saved: Any = None, confirm: Any) -> Outcome:
        self.options, self.saved = options, saved
        if self.error:
            raise self.error
        self.confirmed = confirm(self.given)
        if not self.confirmed:
            return Outcome(self.given)
        done = tuple(Done(c.address, c.action, "held" if c.held else "done") for c in self.given.changes)
        return self.outcome or Outcome(self.given, done, run="20261123T030000Z-1")


@dataclass
class Bench:
    """A world for one test, and `run` to use the command line in it."""

    root: Path
    engine: FakeEngine = field(default_factory=FakeEngine)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    runtime: Runtime = field(default_factory=lambda: Runtime(now=lambda: NOW, environ={}, host="here", pid=1))
    catalog: Catalog = field(default_factory=lambda: Catalog.of([], {}))
    project: Any = None
    load_error: BaseException | None = None
    interactive: bool = False

    def __post_init__(self) -> None:
        self.project = SimpleNamespace(
            root=self.root,
            desired=self.root / "desired",
            environment="production",
            instances={"betterstack": SimpleNamespace(type="betterstack")},
            kinds={},
            resources=(),
            policies=(),
            secret_sources=(),
            files=("environment.yaml",),
        )

    def _engine(self, *args: Any, progress: Any, **given: Any) -> FakeEngine:
        self.engine.progress = progress
        return self.engine

    def _load(self, *args: Any, **given: Any) -> Any:
        if self.load_error:
            raise self.load_error
        return self.project

    def world(self) -> World:
        return World(
            runtime=lambda: self.runtime,
            discover=lambda: self.catalog,
            load=self._load,
            validate=self._load,
            engine=self._engine,
            ledger=lambda root, environment, runtime: self.ledger,
            interactive=lambda: self.interactive,
        )

    def run(self, *arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(
            main, [str(a) for a in arguments], obj=self.world(), input=answer, catch_exceptions=False
        )

    def write(self, name: str, text: str) -> None:
        path = self.root / "desired" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    bench = Bench(tmp_path)
    bench.write("environment.yaml", "environment: production\nproviders: {betterstack: {}}\n")
    yield bench
    root.handlers[:], root.level = before


@pytest.fixture
def make() -> SimpleNamespace:
    """Builders of changes and plans."""

    def resource(address: str, **spec: Any) -> Resource:
        where = Address.parse(address)
        place = Location(f"desired/{where.collection}.yaml", 3)
        return Resource(where, "betterstack", (where.handle,), spec or {"url": "https://x/"}, place)

    def record(address: str, **given: Any) -> Recorded:
        where = Address.parse(address)
        spec = given.pop("spec", {"url": "https://x/"})
        return Recorded(where, "betterstack", "812", (where.handle,), spec, "r1", "1a2b3c", NOW, **given)

    def create(address: str, **given: Any) -> Create:
        desired = resource(address)
        return Create(
            address=desired.address, provider="betterstack", why=(f"{desired.where} added",), desired=desired,
            where=desired.where, digest="c" * 64, **given,
        )  # fmt: skip

    def update(address: str, *fields: FieldDiff, **given: Any) -> Update:
        desired = resource(address)
        return Update(
            address=desired.address, provider="betterstack", why=("live drifted",), desired=desired,
            where=desired.where, live=Live(desired.address.collection, "812", (desired.address.handle,), {}),
            fields=fields or (FieldDiff(("url",), "a", "b", "drift", recorded="b"),), digest="e" * 64, **given,
        )  # fmt: skip

    def delete(address: str, **given: Any) -> Delete:
        where = Address.parse(address)
        return Delete(
            address=where, provider="betterstack", why=("removed from desired/",), recorded=record(address),
            live=Live(where.collection, "812", (where.handle,), {}), digest="f" * 64, **given,
        )  # fmt: skip

    def plan(*changes: Any, **given: Any) -> Plan:
        common: dict[str, Any] = {"providers": {"betterstack": ProviderStatus("ok")}, "digest": "d" * 64}
        return Plan("production", "1a2b3c4d5e6f", NOW, changes, **common | given)

    return SimpleNamespace(
        resource=resource, record=record, create=create, update=update, delete=delete, plan=plan, now=NOW,
        canary=CANARY, replace=replace,
    )  # fmt: skip


class Place(BaseModel):
    """Where."""

    zone: str


class AcmeSettings(TokenSettings):
    """A vendor that must be told what it is about."""

    token: Secret = SecretRef("ACME_TOKEN")
    project: Annotated[str, Field(description="The project, as its address names it.")]
    place: Annotated[Place, Field(description="Where it stands.")]
    days: Annotated[int, Field(ge=1)] = 7
    tags: ListOf[str] = ()
    vault: str = ""

    def private_folders(self) -> tuple[str, ...]:
        return (self.vault,) if self.vault else ()


class Door(Kind, collection="doors", identity="name", provider="acme"):
    """A door."""

    settings: ClassVar[type[ProviderSettings]] = AcmeSettings
    name: str | None = None


class PartlySettings(ProviderSettings):
    """Settings of a provider that reads one of several sites."""

    site: Annotated[str | None, Field(description="which of them")] = None
    needed_to_read: ClassVar[tuple[str, ...]] = ("site",)


class Stone(Kind, collection="stones", identity="name", provider="partly"):
    """A stone, of a site."""

    settings: ClassVar[type[ProviderSettings]] = PartlySettings
    name: str = ""


class NeverOpened:
    """A client that no test connects."""


Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def memory() -> MemoryWorld:
    memory = MemoryWorld()
    memory.add("groups", name="main", title="Main")
    return memory


@pytest.fixture
def environ() -> dict[str, str]:
    return {"UNRELATED": CANARY}


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: MemoryWorld, environ: dict[str, str]
) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    clock = FakeClock()
    providers = {
        "memory": memory_provider(memory),
        "acme": NeverOpened,
        "partly": memory_provider(MemoryWorld(kinds=[Stone])),
    }
    catalog = Catalog.of([*MEMORY_KINDS, Door, Stone], providers)
    root = logging.getLogger()
    before = (root.handlers[:], root.level)

    def run(*arguments: str, answer: str | None = None) -> Result:
        world = World(
            runtime=lambda: virtual_runtime(clock, environ=environ, git=Runtime().git),
            discover=lambda: catalog,
            interactive=lambda: answer is not None,
        )
        done = CliRunner().invoke(main, arguments, obj=world, input=answer, catch_exceptions=False)
        assert CANARY not in done.output
        return done

    yield run
    root.handlers[:], root.level = before
