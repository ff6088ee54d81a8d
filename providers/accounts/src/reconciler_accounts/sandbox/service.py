"""The sandbox of the accounts provider: a real PostgreSQL with the application's tables and the roster's courses."""

from __future__ import annotations

import signal
import threading
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final, NoReturn, cast
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from reconciler import Resource, Runtime, SandboxRequest, SandboxService, SecretRef
from reconciler.sandbox import HandEdit
from reconciler_accounts.passwords import hash_password
from reconciler_accounts.sandbox.seed import DATABASE, courses, teacher
from reconciler_accounts.sandbox.server import SUPERUSER, PostgresServer
from reconciler_accounts.settings import AccountsSettings

OWNER: Final = "lms_owner"
READER: Final = "lms_reader"  # SELECT on what the provider reads, and nothing else
ROGUE: Final = "mallory@example.com"
_COLUMNS: Final = ("email", "name", "surname", "company", "position", "role", "deletedAt", "cellNumber", "workAddress")
# Children first. On tables this small it takes a tenth of the time of TRUNCATE, which makes new files.
_EMPTY: Final = """
DELETE FROM module_progress; DELETE FROM feedback_templates; DELETE FROM announcements; DELETE FROM discussion_posts;
DELETE FROM discussions; DELETE FROM grades; DELETE FROM submissions; DELETE FROM assignments; DELETE FROM modules;
DELETE FROM enrollments; DELETE FROM courses; DELETE FROM users"""


@dataclass
class AccountsSandbox:
    """Entered, it serves; left, it is gone. `settings` configure the server (`log_statement`: `all`)."""

    request: SandboxRequest
    settings: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    _server: PostgresServer | None = None
    _password: str = field(default="", repr=False)

    @property
    def database(self) -> str:
        """The name of the database: the one that `expect:` wants."""
        return (self.request.settings.expect or {}).get("database", DATABASE)

    @property
    def server(self) -> PostgresServer:
        """The running server."""
        if self._server is None:
            raise RuntimeError("the sandbox has not been entered")
        return self._server

    def url(self, database: str = "", user: str = OWNER) -> str:
        """Return a connection URL, with its password."""
        name = quote(database or self.database, safe="")
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.server.port}/{name}"

    async def __aenter__(self) -> SandboxService:
        _end_cleanly_on_sigterm()
        self._password = self.runtime.entropy(18).hex()
        server = PostgresServer(self._password, self.settings, self.runtime)
        await server.start()
        self._server = server
        try:
            await self._make()
            await self._seed()
        except BaseException:
            await server.stop()
            raise
        return SandboxService("PostgreSQL with the LMS schema", self._exports())

    def _exports(self) -> Mapping[str, str]:
        """Return the URL of the owner's role; where the settings name two, that of a role that only reads beside it."""
        settings = cast(AccountsSettings, self.request.settings)
        reading, writing = settings.database_url, settings.write_database_url
        variable = reading.name if isinstance(reading, SecretRef) else "DIRECT_URL"
        if not isinstance(writing, SecretRef) or writing.name == variable:
            return {variable: self.url()}
        return {variable: self.url(user=READER), writing.name: self.url()}

    async def __aexit__(self, *exc: Any) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return every account, course and enrolment. No hash: `locked` says whether the password can sign in."""
        async with await self._connect() as connection:
            users = await connection.execute(
                'SELECT id, email, name, surname, "cellNumber", company, position, "workAddress", role::text,'
                ' "createdAt", "updatedAt", "deletedAt", NOT (length(password) = 60 AND left(password, 1) = \'$\')'
                ' AS locked FROM users ORDER BY email COLLATE "C"'
            )
            courses = await connection.execute(
                'SELECT id, code, title, "instructorId", "deletedAt" FROM courses ORDER BY code COLLATE "C"'
            )
            enrollments = await connection.execute(
                'SELECT id, "userId", "courseId", "enrolledAt" FROM enrollments ORDER BY "userId", "courseId"'
            )
            return {
                "users": await users.fetchall(),
                "courses": await courses.fetchall(),
                "enrollments": await enrollments.fetchall(),
            }

    async def reset(self) -> None:
        """Have nothing but the seeded courses again."""
        async with await self._connect() as connection:
            await connection.execute(_EMPTY)
        await self._seed()

    async def register(
        self, email: str, role: str, password: str, *, name: str = "New", surname: str = "Person"
    ) -> str:
        """Have somebody register in the application, and return the row's id.

        The application's own form takes any role, does not lower-case the address, and hashes at cost 12.
        """
        async with await self._connect() as connection:
            user, now = str(uuid.UUID(bytes=self.runtime.entropy(16), version=4)), self._now()
            await connection.execute(
                "INSERT INTO users VALUES"
                " (%s, %s, %s, %s, %s, '555', 'Company', 'Position', 'Address', %s, %s, %s, NULL)",
                (user, email, name, surname, await hash_password(password, self.runtime.entropy), role, now, now),
            )
            return user

    async def edit(self, email: str, **columns: Any) -> None:
        """Change columns of an account as an admin would by hand. `deletedAt` takes a time, or None to restore."""
        unknown = set(columns) - set(_COLUMNS)
        if unknown or not columns:
            raise ValueError(
                f"cannot edit {', '.join(sorted(unknown)) or 'nothing'}; choose among {', '.join(_COLUMNS)}"
            )
        sets = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
        )
        async with await self._connect() as connection:
            query = sql.SQL("UPDATE users SET {} WHERE email = %(where)s").format(sets)
            done = await connection.execute(query, {**columns, "where": email})
            if done.rowcount != 1:
                raise ValueError(f"there is no account {email}")

    def hand_edits(self, desired: Sequence[Resource]) -> list[HandEdit]:
        """Return a role that an admin changes by hand, and somebody who registers as ADMIN."""
        edits: list[HandEdit] = []
        students = [r for r in desired if r.spec.get("role") == "STUDENT" and r.spec.get("state") == "active"]
        if students:
            chosen = students[0]
            email = chosen.identity[0]
            edits.append(
                HandEdit(
                    f"In the LMS, an admin makes {email} an INSTRUCTOR.",
                    lambda: self.edit(email, role="INSTRUCTOR"),
                    (str(chosen.address),),
                )
            )

        async def intrude() -> None:
            await self.register(ROGUE, "ADMIN", self.runtime.entropy(12).hex(), name="Mallory", surname="Rogue")

        title = f"Somebody registers as {ROGUE} and picks the role ADMIN: the registration form lets them."
        return [*edits, HandEdit(title, intrude, (ROGUE,), stays=True)]

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the SQL statements of a plan of the roster with nothing to do, however many accounts there are."""
        schema = {"schema check (columns, roles, unique indexes, privileges)": 4}
        return {"whoami": 1, **schema, "accounts": 1, "courses": 1} if collections else {}

    async def _make(self) -> None:
        """Create the database, owned by an ordinary role as on Neon, and its tables."""
        async with await self._connect("postgres", SUPERUSER) as connection:
            for name in (OWNER, READER):
                role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(name), sql.Literal(self._password)
                )
                await connection.execute(role)
            make = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(self.database), sql.Identifier(OWNER))
            await connection.execute(make)
        async with await self._connect() as connection:
            await connection.execute((files(__package__) / "lms.sql").read_bytes())
            granted = sql.SQL("GRANT SELECT ON users, courses, enrollments TO {}").format(sql.Identifier(READER))
            await connection.execute(granted)

    async def _seed(self) -> None:
        """Add the courses that the roster names, and the teacher each course must have."""
        now = self._now()
        async with await self._connect() as connection:
            await _insert(connection, "users", teacher(now))
            for course in courses(self.request.needs.get("courses", ()), now):
                await _insert(connection, "courses", course)

    async def _connect(self, database: str = "", user: str = OWNER) -> psycopg.AsyncConnection[dict[str, Any]]:
        return await psycopg.AsyncConnection.connect(self.url(database, user), autocommit=True, row_factory=dict_row)

    def _now(self) -> datetime:
        return self.runtime.now().astimezone(UTC).replace(tzinfo=None)


async def _insert(connection: psycopg.AsyncConnection[Any], table: str, row: Mapping[str, Any]) -> None:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in row)
    values = sql.SQL(", ").join(sql.Placeholder(name) for name in row)
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), columns, values)
    await connection.execute(query, row)


def _end_cleanly_on_sigterm() -> None:
    """Turn SIGTERM into an ordinary exit, so that the sandbox is left on the way. A handler that is set stays."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)
