"""One PostgreSQL connection: opened when first needed, opened again when lost, one transaction at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import Composed

from reconciler import ReadOnlyViolation, Runtime, Unavailable
from reconciler_accounts.conninfo import STATEMENT_SECONDS, Target
from reconciler_accounts.failures import commit_lost, connect_failure, failure

_READS = ("SELECT", "SHOW")
NONE: Mapping[str, Any] = {}
LONGEST = STATEMENT_SECONDS + 5  # the server gives up first, and says why


class Transaction:
    """An open transaction. Statements after a failed one are not possible; it rolls back."""

    def __init__(self, session: Session, connection: psycopg.AsyncConnection[DictRow], operation: str) -> None:
        self._session = session
        self._connection = connection
        self._operation = operation

    async def rows(self, query: LiteralString | Composed, values: Mapping[str, Any] = NONE) -> list[DictRow]:
        """Return what a query selects."""
        cursor = await self._session.send(self._connection, query, values, self._operation, patient=True)
        return await cursor.fetchall()

    async def run(self, query: LiteralString | Composed, values: Mapping[str, Any] = NONE) -> int:
        """Return how many rows a statement changed."""
        cursor = await self._session.send(self._connection, query, values, self._operation, patient=True)
        return cursor.rowcount


class Session:
    """A connection that counts its statements and keeps to the deadline."""

    def __init__(self, target: Target, runtime: Runtime, *, read_only: bool, deadline: float | None = None) -> None:
        self._target = target
        self._runtime = runtime
        self._read_only = read_only
        self._deadline = deadline
        self._connection: psycopg.AsyncConnection[DictRow] | None = None
        self._turn = asyncio.Lock()
        self.requests = 0

    async def rows(self, query: LiteralString, operation: str, values: Mapping[str, Any] = NONE) -> list[DictRow]:
        """Return what one query selects, as a transaction of its own.

        Raises:
            ReadOnlyViolation: it is not a query; nothing was sent.
        """
        if not query.lstrip().startswith(_READS):
            raise ReadOnlyViolation(f"{operation}: only queries may be sent outside a transaction; nothing was sent")
        async with self._turn:
            cursor = await self.send(await self._open(), query, values, operation)
            return await cursor.fetchall()

    def require_writable(self, operation: str) -> None:
        """Raise ReadOnlyViolation when this session may not write."""
        if self._read_only:
            raise ReadOnlyViolation(f"{operation}: a write was attempted outside apply; nothing was sent")

    @asynccontextmanager
    async def transaction(self, operation: str) -> AsyncIterator[Transaction]:
        """Enter a transaction that commits when the block ends, and rolls back when it raises.

        Raises:
            ReadOnlyViolation: this session may not write; nothing was sent.
            AnswerLost: the connection went away while committing.
        """
        self.require_writable(operation)
        async with self._turn:
            connection = await self._open()
            await self.send(connection, "BEGIN", NONE, operation)
            try:
                yield Transaction(self, connection, operation)
            except Exception:
                await self._roll_back(connection)
                raise
            except BaseException:
                # Cancelled or stopped: hanging up rolls back on the server, and needs no answer.
                await connection.close()
                raise
            await self._commit(connection, operation)

    async def send(
        self,
        connection: psycopg.AsyncConnection[DictRow],
        query: LiteralString | Composed,
        values: Mapping[str, Any],
        operation: str,
        *,
        patient: bool = False,
    ) -> psycopg.AsyncCursor[DictRow]:
        """Send one statement and return its cursor. Raises the contract's errors, never psycopg's.

        `patient` disregards the deadline: a transaction that began in time may end, so that its outcome is known.
        """
        self.requests += 1
        try:
            async with asyncio.timeout(LONGEST if patient else self._seconds()):
                return await connection.execute(query, values or None)
        except psycopg.Error as error:
            raise failure(error, operation, read_only=self._read_only) from None
        except TimeoutError:
            await connection.close()
            raise Unavailable(
                f"{operation}: the database did not answer in time", fix="run again, or raise --deadline"
            ) from None

    async def _commit(self, connection: psycopg.AsyncConnection[DictRow], operation: str) -> None:
        try:
            await self.send(connection, "COMMIT", NONE, operation, patient=True)
        except Unavailable:
            if connection.closed:
                raise commit_lost(operation) from None
            raise

    async def _roll_back(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        if connection.closed:
            return
        try:
            await self.send(connection, "ROLLBACK", NONE, "roll back", patient=True)
        except Unavailable:
            await connection.close()  # the server rolls back by itself

    async def _open(self) -> psycopg.AsyncConnection[DictRow]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        seconds = min(self._seconds(), float(self._target.parameters["connect_timeout"]) + 1)
        try:
            async with asyncio.timeout(seconds):
                self._connection = await self._connect()
        except psycopg.Error as error:
            raise connect_failure(error, self._target.where, self._target.name) from None
        except TimeoutError:
            raise Unavailable(
                f"the database at {self._target.where} took too long to answer",
                fix="check that it is running, and the host and port",
            ) from None
        return self._connection

    async def _connect(self) -> psycopg.AsyncConnection[DictRow]:
        """Return a new connection."""
        return await psycopg.AsyncConnection.connect(
            **self._target.parameters, autocommit=True, row_factory=dict_row, prepare_threshold=None
        )

    def _seconds(self) -> float:
        """Return how long a statement may take: the longest, or what the deadline leaves."""
        if self._deadline is None:
            return LONGEST
        return max(0.001, min(LONGEST, self._deadline - self._runtime.monotonic()))

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._connection is not None:
            await self._connection.close()
