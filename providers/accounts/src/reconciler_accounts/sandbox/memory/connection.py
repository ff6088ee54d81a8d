"""A connection to the database in memory, in the shape of psycopg's: what `Session` sends goes through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import psycopg
from psycopg.rows import DictRow
from psycopg.sql import Composed

from reconciler_accounts import statements
from reconciler_accounts.sandbox.memory import complaints
from reconciler_accounts.sandbox.memory.answers import Result, View, answer_to, refused_to_readers
from reconciler_accounts.sandbox.memory.database import Database, Transaction
from reconciler_accounts.session import Session


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a statement gave."""

    found: list[dict[str, Any]]
    rowcount: int

    async def fetchall(self) -> list[dict[str, Any]]:
        """Return all rows."""
        return self.found


@dataclass(slots=True)
class MemoryConnection:
    """One connection. `pause` lets others run, as waiting for a server would."""

    database: Database
    pause: Callable[[], Awaitable[None]]
    read_only: bool = False
    closed: bool = False
    _open: Transaction | None = field(default=None, repr=False)
    _failed: bool = False

    async def execute(self, query: str | Composed, values: Mapping[str, Any] | None = None) -> Cursor:
        """Carry out one statement. Raises psycopg.Error, and whatever `Database.faults` has in store."""
        text = query if isinstance(query, str) else query.as_string(None)
        await self.pause()
        if self.closed:
            raise complaints.connection_lost()
        match text:
            case "BEGIN":
                self._open, self._failed = Transaction(), False
                return Cursor([], -1)
            case "COMMIT":
                return self._end("commit", keep=not self._failed)
            case "ROLLBACK":
                return self._end("", keep=False)
        return await self._answer(text, values or {})

    async def _answer(self, text: str, values: Mapping[str, Any]) -> Cursor:
        name, answer = answer_to(text)
        operation = f"read {name}" if self._open is None else f"statement {name}"
        self._meet(operation, "before")
        if self._failed:
            raise complaints.aborted()
        try:
            if self.read_only:
                refused_to_readers(text)
            if text == statements.SERIALISE and self._open is not None:
                await self.database.take_turn(self._open)
            result = answer(View(self.database, self._open), values)
        except psycopg.Error:
            self._failed = self._open is not None
            raise
        self._meet(operation, "after")
        return _cursor(result)

    def _end(self, operation: str, *, keep: bool) -> Cursor:
        if operation:
            self._meet(operation, "before")
        if self._open is not None:
            self.database.end(self._open, keep=keep)
        self._open = None
        if operation:
            self._meet(operation, "after")
        return Cursor([], -1)

    def _meet(self, operation: str, phase: Any) -> None:
        """Raise what the database has in store. The connection is gone with it, and what was not committed."""
        fault = self.database.faults(operation, phase)
        if fault is not None:
            self._hang_up()
            raise fault

    def _hang_up(self) -> None:
        if self._open is not None:
            self.database.end(self._open, keep=False)
        self._open, self.closed = None, True

    async def close(self) -> None:
        """Hang up: what was not committed is rolled back."""
        self._hang_up()


def _cursor(result: Result) -> Cursor:
    return Cursor([], result) if isinstance(result, int) else Cursor(result, len(result))


class MemorySession(Session):
    """A session whose connections lead to a database in memory. Everything else is the session's own."""

    database: ClassVar[Database]

    async def _connect(self) -> psycopg.AsyncConnection[DictRow]:
        for phase in ("before", "after"):
            fault = self.database.faults("connect", phase)
            if fault is not None:
                raise fault
        made = MemoryConnection(self.database, lambda: self._runtime.sleep(self.database.delay), self._read_only)
        return cast("psycopg.AsyncConnection[DictRow]", made)


def session_on(database: Database) -> type[MemorySession]:
    """Return the sessions of a database."""
    return type("SessionInMemory", (MemorySession,), {"database": database})
