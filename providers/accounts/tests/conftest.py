"""One PostgreSQL for all tests, a database cloned for each, and an engine small enough to see through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bcrypt
import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row

from reconciler import (
    Address,
    Connection,
    Create,
    FieldDiff,
    Lifecycle,
    Live,
    Location,
    Preview,
    Resource,
    Runtime,
    SandboxRequest,
    SecretValue,
    Update,
)
from reconciler.testing import Fault
from reconciler_accounts.conninfo import target
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.models import Account
from reconciler_accounts.provider import Accounts
from reconciler_accounts.sandbox.service import AccountsSandbox
from reconciler_accounts.session import Session
from reconciler_accounts.settings import AccountsSettings

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
OLD_HASH = "$2b$12$" + "a" * 53
COURSES = ("AI-101", "AI-201", "GONE-1")


@dataclass
class Inbox:
    """A delivery that keeps what was handed over. `failing` is raised instead, once per element."""

    received: list[NewPassword] = field(default_factory=list)
    failing: list[BaseException] = field(default_factory=list)

    def preview(self, email: str) -> Preview:
        return Preview(notes=(f"to {email}",))

    async def hand_over(self, new: NewPassword) -> str:
        if self.failing:
            raise self.failing.pop(0)
        self.received.append(new)
        return "inbox"

    def password_of(self, email: str) -> str:
        """The newest password handed over for an address."""
        return next(n.password.reveal() for n in reversed(self.received) if n.email == email)


@dataclass
class World:
    """A cloned database, and what stands around it."""

    sandbox: AccountsSandbox
    database: str
    root: Path
    runtime: Runtime
    inbox: Inbox = field(default_factory=Inbox)
    settings: AccountsSettings = field(default_factory=AccountsSettings)
    opened: list[Any] = field(default_factory=list)
    log_start: int = 0

    @property
    def url(self) -> str:
        return self.sandbox.url(self.database)

    def connection(self, *, read_only: bool = False, url: str = "", **values: Any) -> Connection:
        secrets = {"database_url": SecretValue(url or self.url, "env DIRECT_URL")}
        secrets |= values.pop("secrets", {})
        settings = values.pop("settings", self.settings)
        runtime = values.pop("runtime", self.runtime)
        return Connection("accounts", settings, secrets, runtime, self.root, read_only=read_only, **values)

    async def connect(self, **values: Any) -> Accounts:
        """The provider, as the engine opens it."""
        provider = await Accounts.connect(self.connection(**values))
        self.opened.append(provider)
        return provider

    def open(self, session: type[Session] = Session, inbox: Any = None, **values: Any) -> Accounts:
        """The provider with the inbox as its delivery, on a session class of choice."""
        connection = self.connection(**values)
        place = target(connection.secrets["database_url"].reveal(), name="DIRECT_URL", read_only=connection.read_only)
        made = session(place, connection.runtime, read_only=connection.read_only, deadline=connection.deadline)
        provider = Accounts(connection, made, inbox or self.inbox)
        self.opened.append(provider)
        return provider

    async def sql(self, query: Any, *values: Any, user: str = "lms_owner") -> list[dict[str, Any]]:
        """Run a statement as the application or a person would."""
        url = self.sandbox.url(self.database, user)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row) as connection:
            cursor = await connection.execute(query, values or None)
            return await cursor.fetchall() if cursor.description else []

    async def add(self, email: str, role: str = "STUDENT", *, password: str = OLD_HASH, **columns: Any) -> str:
        """Put a row there as somebody else made it, and return its id."""
        values = {"name": "Ana", "surname": "Silva", "company": "", "position": "", "deletedAt": None, **columns}
        old = datetime(2025, 12, 1, 8, 0, tzinfo=UTC).replace(tzinfo=None)  # the table's times have no zone
        await self.sql(
            'INSERT INTO users VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)',
            values.get("id", f"id-{email}"), email, values["name"], values["surname"], password, "", values["company"],
            values["position"], "", role, old, old, values["deletedAt"],
        )  # fmt: skip
        return str(values.get("id", f"id-{email}"))

    async def row(self, email: str) -> dict[str, Any]:
        """The whole row, hash included: only tests look at it."""
        rows = await self.sql("SELECT * FROM users WHERE email = %s", email)
        assert len(rows) == 1, rows
        return rows[0]

    async def sandbox_rows(self) -> list[dict[str, Any]]:
        """Everything that an account consists of."""
        users = await self.sql("SELECT * FROM users ORDER BY id")
        return users + await self.sql("SELECT * FROM enrollments ORDER BY id")

    async def opens(self, email: str) -> int:
        """How many of the passwords handed over for an address sign in."""
        stored = (await self.row(email))["password"].encode()
        given = [n.password.reveal().encode() for n in self.inbox.received if n.email == email]
        return sum(bcrypt.checkpw(one, stored) for one in given if len(stored) == 60)

    def session(self, *, read_only: bool, url: str = "") -> Session:
        """A bare session."""
        made = Session(
            target(url or self.url, name="DIRECT_URL", read_only=read_only), self.runtime, read_only=read_only
        )
        self.opened.append(made)
        return made

    @asynccontextmanager
    async def holding(self, query: Any) -> AsyncIterator[None]:
        """Have somebody else hold the locks that a query takes."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            await connection.execute(query)
            yield
            await connection.rollback()

    async def courses_of(self, email: str) -> set[str]:
        rows = await self.sql(
            'SELECT c.code FROM enrollments e JOIN users u ON u.id = e."userId" JOIN courses c ON c.id = e."courseId"'
            " WHERE u.email = %s",
            email,
        )
        return {r["code"] for r in rows}

    def log(self) -> list[str]:
        """What this test's provider sent, as PostgreSQL logged it."""
        mark = f"[reconciler|{self.database}] "
        with self.sandbox.server.log.open() as file:
            file.seek(self.log_start)
            entries = f"\n{file.read()}".split("\n[")
        return [f"[{e}".removeprefix(mark) for e in entries if f"[{e}".startswith(mark)]


class Proxy:
    """Stands between the provider and PostgreSQL, and breaks connections: a fault rim for the contract suite.

    An operation is a statement outside a transaction, or the COMMIT of one: what decides whether there was an effect.
    """

    faults = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER})

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._fault: Fault | None = None
        self._left: int | None = None
        self._writes_only = False
        self._open: set[asyncio.StreamWriter] = set()
        self.writes = 0

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        self._fault, self._left, self._writes_only = fault, times, writes_only

    def disarm(self) -> None:
        self._fault = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._open |= {writer, up_writer}
        lost = asyncio.Event()
        both = (
            asyncio.create_task(self._requests(reader, up_writer, lost)),
            asyncio.create_task(self._answers(up_reader, writer, lost)),
        )
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for one in (writer, up_writer):
            one.close()
        self._open -= {writer, up_writer}

    async def _requests(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        inside = False
        while chunk := await reader.read(65536):
            commit = b"COMMIT\x00" in chunk
            self.writes += commit
            statement = chunk[:1] in (b"Q", b"P") and b"BEGIN\x00" not in chunk
            if (commit or (statement and not inside and not self._writes_only)) and self._strikes():
                if self._fault is Fault.RESET_BEFORE:
                    return
                lost.set()
            inside = not commit and (inside or b"BEGIN\x00" in chunk) and b"ROLLBACK\x00" not in chunk
            up.write(chunk)
            await up.drain()

    def _strikes(self) -> bool:
        if self._fault is None or self._left == 0:
            return False
        if self._left is not None:
            self._left -= 1
        return True

    async def _answers(self, up: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await up.read(65536):
            if lost.is_set():
                return
            writer.write(chunk)
            await writer.drain()


def desired(handle: str, *, lifecycle: Lifecycle | None = None, **spec: Any) -> Resource:
    """A resource as the loader makes it from the roster."""
    written = {"name": "Ana", "role": "STUDENT", **spec}
    if isinstance(written.get("courses"), tuple):
        written["courses"] = list(written["courses"])
    full = Account.model_validate(written).expand().spec
    return Resource(
        address=Address("accounts", handle),
        provider="accounts",
        identity=Account.identify(handle, full),
        spec=full,
        where=Location("desired/accounts.yaml"),
        lifecycle=lifecycle or Lifecycle(),
    )


def create(wanted: Resource) -> Create:
    """The creation that the planner makes of a resource."""
    return Create(address=wanted.address, provider="accounts", why=("test",), desired=wanted)


def change(live: Live, wanted: Resource, *, but: Iterable[str] = ()) -> Update | None:
    """The update that the planner makes of a live object and a resource with live ids; None when they agree."""
    spec = {**wanted.spec, "email": wanted.identity[0]}
    fields = tuple(
        FieldDiff((name,), live.values.get(name), value)
        for name, value in spec.items()
        if name not in but and not same(live.values.get(name), value)
    )
    if not fields:
        return None
    return Update(address=wanted.address, provider="accounts", why=("test",), fields=fields, desired=wanted, live=live)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return set(one) == set(other)
    return bool(one == other)


async def resolve(provider: Accounts, wanted: Resource) -> Resource:
    """The resource with course ids for course codes, as the engine hands it over."""
    if "courses" not in wanted.spec:
        return wanted
    ids = {e.name: e.id async for e in provider.externals("courses")}
    codes: Any = wanted.spec["courses"]
    return replace(wanted, spec={**wanted.spec, "courses": tuple(sorted(ids[c] for c in codes))})


async def apply(provider: Accounts, *wanted: Resource, owned: Iterable[str] = ()) -> list[str]:
    """Bring the roster about as the engine would, and return what was done. `owned` are recorded addresses."""
    live = {one.identity[0]: one async for one in provider.list("accounts")}
    done: list[str] = []
    listed = {r.identity[0] for r in wanted}
    for resource in [await resolve(provider, r) for r in wanted]:
        email = resource.identity[0]
        if email not in live:
            await provider.create(resource)
            done.append(f"create {email}")
        elif update := change(live[email], resource):
            await provider.update(update)
            done.append(f"update {email}: {', '.join(sorted(str(f.path[0]) for f in update.fields))}")
    for email in owned:
        if email in live and email not in listed and not live[email].inactive:
            await provider.disable(live[email])
            done.append(f"disable {email}")
    return done


@dataclass(frozen=True)
class Engine:
    """The helpers above, for tests: modules here cannot import each other."""

    desired: Callable[..., Resource] = desired
    change: Callable[..., Update | None] = change
    resolve: Callable[..., Any] = resolve
    apply: Callable[..., Any] = apply
    create: Callable[..., Create] = create
    kind: type[Account] = Account
    inbox: type[Inbox] = Inbox
    session: type[Session] = Session
    old_hash: str = OLD_HASH
    now: datetime = NOW


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[AccountsSandbox]:
    request = SandboxRequest("accounts", AccountsSettings(), {"courses": COURSES})
    settings = {
        "log_statement": "all",
        "log_line_prefix": "[%a|%d] ",
        "timezone": "America/New_York",  # CURRENT_TIMESTAMP in the wrong zone must not matter
        "ssl": "off",
    }
    sandbox = AccountsSandbox(request, settings)
    async with sandbox:
        yield sandbox


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(now=lambda: NOW, environ={}, host="test.invalid")


@pytest_asyncio.fixture
async def world(postgres: AccountsSandbox, tmp_path: Path, runtime: Runtime) -> AsyncIterator[World]:
    """The shared database with nothing in it but the courses."""
    await postgres.reset()
    made = World(postgres, postgres.database, tmp_path, runtime, log_start=postgres.server.log.stat().st_size)
    yield made
    for provider in made.opened:
        await provider.close()


counter = iter(range(10_000))


@pytest_asyncio.fixture
async def spare(postgres: AccountsSandbox, tmp_path: Path, runtime: Runtime) -> AsyncIterator[World]:
    """A database of the test's own, whose schema it may ruin."""
    await postgres.reset()
    name = f"spare{next(counter)}"
    admin = postgres.url("postgres", "postgres")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        # Copying files beats writing them to the log; before version 15 it is the only way.
        strategy = "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
        await connection.execute(f'CREATE DATABASE {name} TEMPLATE "{postgres.database}" OWNER lms_owner {strategy}')
    made = World(postgres, name, tmp_path, runtime, log_start=postgres.server.log.stat().st_size)
    yield made
    for provider in made.opened:
        await provider.close()
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def proxy(world: World) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the test's database, and the URL that leads through it."""
    made = Proxy(world.sandbox.server.port)
    port = await made.start()
    yield made, world.url.replace(f":{world.sandbox.server.port}/", f":{port}/")
    await made.stop()
