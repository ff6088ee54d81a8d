"""One PostgreSQL for all tests: emptied for each, or cloned for those that ruin the schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bcrypt
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from psycopg.rows import dict_row

from reconciler import (
    Connection,
    Runtime,
    SandboxRequest,
    SecretValue,
)
from reconciler_accounts.conninfo import target
from reconciler_accounts.provider import Accounts
from reconciler_accounts.sandbox.memory.complaints import connection_lost
from reconciler_accounts.sandbox.memory.connection import session_on
from reconciler_accounts.sandbox.memory.database import Database, Phase, no_faults
from reconciler_accounts.sandbox.service import AccountsSandbox
from reconciler_accounts.sandbox.simulated import URL, provider_on
from reconciler_accounts.session import Session
from reconciler_accounts.settings import AccountsSettings

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
OLD_HASH = "$2b$12$" + "a" * 53
COURSES = ("AI-101", "AI-201", "GONE-1")


@dataclass
class Server:
    """The rows of a database in PostgreSQL, as the application and people handle them."""

    sandbox: AccountsSandbox
    database: str
    log_start: int = 0
    line: type[Session] = Session
    lines: dict[str, psycopg.AsyncConnection[dict[str, Any]]] = field(default_factory=dict)  # by user

    @property
    def url(self) -> str:
        return self.sandbox.url(self.database)

    async def sql(self, query: Any, *values: Any, user: str = "lms_owner") -> list[dict[str, Any]]:
        """Run a statement."""
        if user not in self.lines:
            url = self.sandbox.url(self.database, user)
            self.lines[user] = await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
        cursor = await self.lines[user].execute(query, values or None)
        return await cursor.fetchall() if cursor.description else []

    async def close(self) -> None:
        for line in self.lines.values():
            await line.close()

    async def all(self, table: str) -> list[dict[str, Any]]:
        return await self.sql(sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(table)))

    async def insert(self, table: str, record: dict[str, Any]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in record)
        places = sql.SQL(", ").join(sql.Placeholder() for _ in record)
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places)
        await self.sql(query, *record.values())

    async def change(self, table: str, row: str, columns: dict[str, Any]) -> None:
        sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns)
        query = sql.SQL("UPDATE {} SET {} WHERE id = %s").format(sql.Identifier(table), sets)
        await self.sql(query, *columns.values(), row)

    async def drop(self, table: str, row: str) -> None:
        await self.sql(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), row)

    async def cut(self) -> None:
        """Break every connection of the provider."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reconciler'"
        await self.sql(query, user="postgres")

    @asynccontextmanager
    async def holding(self, query: Any) -> AsyncIterator[None]:
        """Have somebody else hold the locks that a query takes."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            await connection.execute(query)
            yield
            await connection.rollback()

    def log(self) -> list[str]:
        """What this test's provider sent, as PostgreSQL logged it."""
        mark = f"[reconciler|{self.database}] "
        with self.sandbox.server.log.open() as file:
            file.seek(self.log_start)
            entries = f"\n{file.read()}".split("\n[")
        return [f"[{e}".removeprefix(mark) for e in entries if f"[{e}".startswith(mark)]


@dataclass
class Memory:
    """The rows of the stand-in."""

    database: Database
    url: str = URL

    @property
    def line(self) -> type[Session]:
        return session_on(self.database)

    async def all(self, table: str) -> list[dict[str, Any]]:
        return [dict(record) for _, record in sorted(self.database.rows(table).items())]

    async def insert(self, table: str, record: dict[str, Any]) -> None:
        self.database.insert(table, record)

    async def change(self, table: str, row: str, columns: dict[str, Any]) -> None:
        self.database.change(table, row, columns)

    async def drop(self, table: str, row: str) -> None:
        self.database.drop(table, row)

    async def cut(self) -> None:
        def lose(operation: str, phase: Phase) -> BaseException:
            self.database.faults = no_faults
            return connection_lost()

        self.database.faults = lose


@dataclass
class World:
    """A database, and what stands around it. What only PostgreSQL has is reached through `rows`."""

    rows: Any  # Server, or Memory
    root: Path
    runtime: Runtime
    inbox: Any  # what the provider hands passwords to
    provider: type[Accounts]
    settings: AccountsSettings = field(default_factory=AccountsSettings)
    opened: list[Any] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows, name)

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

    def open(self, session: type[Session] | None = None, inbox: Any = None, **values: Any) -> Accounts:
        """The provider with the inbox as its delivery, on a session class of choice."""
        connection = self.connection(**values)
        place = target(connection.secrets["database_url"].reveal(), name="DIRECT_URL", read_only=connection.read_only)
        kind = session or self.line
        made = kind(place, connection.runtime, read_only=connection.read_only, deadline=connection.deadline)
        provider = self.provider(connection, made, inbox or self.inbox)
        self.opened.append(provider)
        return provider

    def session(self, *, read_only: bool, url: str = "") -> Session:
        """A bare session."""
        place = target(url or self.url, name="DIRECT_URL", read_only=read_only)
        made: Session = self.line(place, self.runtime, read_only=read_only)
        self.opened.append(made)
        return made

    async def add(self, email: str, role: str = "STUDENT", *, password: str = OLD_HASH, **columns: Any) -> str:
        """Put a row there as somebody else made it, and return its id."""
        old = datetime(2025, 12, 1, 8, 0, tzinfo=UTC).replace(tzinfo=None)  # the table's times have no zone
        empty = dict.fromkeys(("cellNumber", "company", "position", "workAddress"), "")
        named = {"id": f"id-{email}", "email": email, "name": "Ana", "surname": "Silva", "role": role}
        kept = {"password": password, "createdAt": old, "updatedAt": old, "deletedAt": None}
        made = {**named, **empty, **kept, **columns}
        await self.rows.insert("users", made)
        return str(made["id"])

    async def row(self, email: str) -> dict[str, Any]:
        """The whole row, hash included: only tests look at it."""
        rows = [user for user in await self.rows.all("users") if user["email"] == email]
        assert len(rows) == 1, rows
        found: dict[str, Any] = rows[0]
        return found

    async def has(self, email: str) -> bool:
        return email in [user["email"] for user in await self.rows.all("users")]

    async def edit(self, email: str, /, **columns: Any) -> None:
        """Change columns as an admin, or the application, does."""
        await self.rows.change("users", (await self.row(email))["id"], columns)

    async def remove(self, email: str) -> None:
        await self.rows.drop("users", (await self.row(email))["id"])

    async def course(self, code: str) -> str:
        """The id of a course."""
        return next(str(c["id"]) for c in await self.rows.all("courses") if c["code"] == code)

    async def end_course(self, code: str) -> None:
        await self.rows.change("courses", await self.course(code), {"deletedAt": NOW.replace(tzinfo=None)})

    async def sandbox_rows(self) -> list[dict[str, Any]]:
        """Everything that an account consists of."""
        return [*await self.rows.all("users"), *await self.rows.all("enrollments")]

    async def opens(self, email: str) -> int:
        """How many of the passwords handed over for an address sign in."""
        stored = (await self.row(email))["password"].encode()
        given = [n.password.reveal().encode() for n in self.inbox.received if n.email == email]
        return sum(bcrypt.checkpw(one, stored) for one in given if len(stored) == 60)

    async def courses_of(self, email: str) -> set[str]:
        codes = {course["id"]: course["code"] for course in await self.rows.all("courses")}
        user = (await self.row(email))["id"]
        return {codes[one["courseId"]] for one in await self.rows.all("enrollments") if one["userId"] == user}


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
def back_end(request: pytest.FixtureRequest) -> str:
    """PostgreSQL, unless a test module asks for `memory` as well."""
    return str(getattr(request, "param", "postgresql"))


@pytest_asyncio.fixture
async def on_back_end(postgres: AccountsSandbox, engine: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """Return what makes a world on a back end, with nothing in it but the courses."""
    opened: list[Any] = []

    async def make(back_end: str, runtime: Runtime) -> World:
        rows: Server | Memory
        if back_end == "memory":
            rows = Memory(Database(lambda: runtime.now().replace(tzinfo=None), courses=COURSES))
            provider: type[Accounts] = provider_on(rows.database)
        else:
            await postgres.reset()
            rows = Server(postgres, postgres.database, postgres.server.log.stat().st_size)
            opened.append(rows)
            provider = engine.quick
        return World(rows, tmp_path, runtime, engine.inbox(), provider, opened=opened)

    yield make
    for one in opened:
        await one.close()


@pytest_asyncio.fixture
async def world(back_end: str, on_back_end: Any, runtime: Runtime) -> World:
    """A database with nothing in it but the courses."""
    made: World = await on_back_end(back_end, runtime)
    return made


counter = iter(range(10_000))


@pytest_asyncio.fixture
async def spare(postgres: AccountsSandbox, engine: Any, tmp_path: Path, runtime: Runtime) -> AsyncIterator[World]:
    """A database of the test's own, whose schema it may ruin."""
    await postgres.reset()
    name = f"spare{next(counter)}"
    admin = postgres.url("postgres", "postgres")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        # Copying files beats writing them to the log; before version 15 it is the only way.
        strategy = "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
        await connection.execute(f'CREATE DATABASE {name} TEMPLATE "{postgres.database}" OWNER lms_owner {strategy}')
    server = Server(postgres, name, postgres.server.log.stat().st_size)
    made = World(server, tmp_path, runtime, engine.inbox(), engine.quick, opened=[server])
    yield made
    for provider in made.opened:
        await provider.close()
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
