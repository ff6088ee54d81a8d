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
import pytest_asyncio
from psycopg.rows import dict_row

from reconciler import (
    Connection,
    Runtime,
    SandboxRequest,
    SecretValue,
)
from reconciler_accounts.conninfo import target
from reconciler_accounts.provider import Accounts
from reconciler_accounts.sandbox.service import AccountsSandbox
from reconciler_accounts.session import Session
from reconciler_accounts.settings import AccountsSettings

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
OLD_HASH = "$2b$12$" + "a" * 53
COURSES = ("AI-101", "AI-201", "GONE-1")


@dataclass
class World:
    """A cloned database, and what stands around it."""

    sandbox: AccountsSandbox
    database: str
    root: Path
    runtime: Runtime
    inbox: Any  # what the provider hands passwords to
    provider: type[Accounts]
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
        provider = self.provider(connection, made, inbox or self.inbox)
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


@pytest_asyncio.fixture
async def world(postgres: AccountsSandbox, engine: Any, tmp_path: Path, runtime: Runtime) -> AsyncIterator[World]:
    """The shared database with nothing in it but the courses."""
    await postgres.reset()
    made = World(
        postgres,
        postgres.database,
        tmp_path,
        runtime,
        engine.inbox(),
        engine.quick,
        log_start=postgres.server.log.stat().st_size,
    )
    yield made
    for provider in made.opened:
        await provider.close()


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
    made = World(
        postgres, name, tmp_path, runtime, engine.inbox(), engine.quick, log_start=postgres.server.log.stat().st_size
    )
    yield made
    for provider in made.opened:
        await provider.close()
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
