"""The rows in memory, what keeps them right, and the transactions on them: one writes at a time, readers see the rest.

Every transaction of the provider takes the run lock before anything else, so rows need no locks among runs. Edits by
hand happen at once, and never to a row that an open transaction holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.sandbox import seed
from reconciler_accounts.sandbox.memory import complaints
from reconciler_accounts.sandbox.memory.schema import KEYS, ROLES, TABLES, UNIQUE, Column

Record: TypeAlias = dict[str, Any]
Phase: TypeAlias = Literal["before", "after"]
Faults: TypeAlias = Callable[[str, Phase], "BaseException | None"]


def no_faults(operation: str, phase: Phase) -> BaseException | None:
    """Let everything succeed."""
    return None


@dataclass(eq=False, slots=True)
class Transaction:
    """An open transaction: the rows it holds, and what those it changed were before (None: not there)."""

    before: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    holds: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Database:
    """One database of the application, shared by every connection that is opened to it.

    `faults` is asked around every operation of a connection, and what it returns is raised: "before" nothing has
    happened yet, "after" it has. Operations: `connect`, `read NAME` (a statement of its own), `statement NAME` (in a
    transaction), `commit`, `hand over`. A `psycopg.Error` is met by the provider's own translation of errors; any
    other exception passes through, such as one that stands for the end of the process.
    """

    now: Callable[[], datetime]  # naive UTC, as the tables hold it
    name: str = seed.DATABASE
    courses: tuple[str, ...] = ()  # codes
    faults: Faults = no_faults
    delay: float = 0.0  # seconds that each statement takes, in the time of whoever sends it
    tables: dict[str, dict[str, Record]] = field(default_factory=dict)
    writer: Transaction | None = None
    letters: list[NewPassword] = field(default_factory=list)  # what was handed over, oldest first
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Have nothing but the seeded courses again, and nobody connected."""
        self.tables = {name: {} for name in TABLES}
        self.writer, self.letters, self._waiting = None, [], []
        self.insert("users", seed.teacher(self.now()))
        for course in seed.courses(self.courses, self.now()):
            self.insert("courses", course)

    def rows(self, table: str, reader: Transaction | None = None) -> Mapping[str, Record]:
        """Return the rows by id as a reader sees them: what is committed, and its own changes."""
        if self.writer in (None, reader):
            return self.tables[table]
        seen = dict(self.tables[table])
        for (changed, row), before in self.writer.before.items() if self.writer else ():
            if changed == table:
                seen.pop(row, None)
                if before is not None:
                    seen[row] = before
        return seen

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Return every account, course and enrolment as JSON. No hash: `locked` says that it lets nobody in."""
        users = sorted(self.rows("users").values(), key=lambda user: str(user["email"]))
        courses = sorted(self.rows("courses").values(), key=lambda course: str(course["code"]))
        enrolled = sorted(self.rows("enrollments").values(), key=lambda one: (one["userId"], one["courseId"]))
        shown = ("id", "code", "title", "instructorId", "deletedAt")
        return {
            "users": [_json(user, but="password") | {"locked": not usable(user["password"])} for user in users],
            "courses": [_json({name: course[name] for name in shown}) for course in courses],
            "enrollments": [_json(one) for one in enrolled],
        }

    async def take_turn(self, transaction: Transaction) -> None:
        """Take the run lock: return once no other transaction holds it."""
        while self.writer not in (None, transaction):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._next()  # it was this one's turn, and it is gone
                raise
        self.writer = transaction

    def end(self, transaction: Transaction, *, keep: bool) -> None:
        """Commit, or roll back, and let the next one have its turn."""
        if self.writer is not transaction:
            return
        for (table, row), before in transaction.before.items() if not keep else ():
            self.tables[table].pop(row, None)
            if before is not None:
                self.tables[table][row] = before
        self.writer = None
        self._next()

    def hang_up(self) -> None:
        """Roll back what is open, as a server does once the processes of its clients are gone."""
        self._waiting = []
        if self.writer is not None:
            self.end(self.writer, keep=False)

    def _next(self) -> None:
        self._waiting = [turn for turn in self._waiting if not turn.done()]
        if self._waiting:
            self._waiting.pop(0).set_result(None)

    def hold(self, table: str, row: str, transaction: Transaction) -> None:
        """Keep hands off a row until the transaction ends."""
        self._must_write(transaction)
        transaction.holds.add((table, row))

    def insert(self, table: str, record: Mapping[str, Any], transaction: Transaction | None = None) -> None:
        """Add a row. Columns that are left out get their default, or NULL. Raises psycopg.Error."""
        defaults = {name: self._default(column) for name, column in TABLES[table].items()}
        if record.get("id") in self.tables[table]:
            raise complaints.not_unique(f"{table}_pkey")
        self._put(table, {**defaults, **record}, transaction)

    def change(self, table: str, row: str, columns: Mapping[str, Any], transaction: Transaction | None = None) -> None:
        """Give a row other values in these columns. Raises psycopg.Error."""
        self._put(table, {**self.tables[table][row], **columns}, transaction)

    def drop(self, table: str, row: str, transaction: Transaction | None = None) -> None:
        """Delete a row and what goes with it."""
        for key in KEYS:
            pointing = [one["id"] for one in self.tables[key.holder].values() if one[key.column] == row]
            if key.target == table and pointing and not key.cascade:
                raise complaints.pointed_at(table, key.holder, key.name)
            for one in pointing if key.target == table else ():
                self.drop(key.holder, one, transaction)
        self._touch(table, row, transaction)
        del self.tables[table][row]

    def _default(self, column: Column) -> Any:
        if not column.filled:
            return None
        return {"timestamp": self.now(), "bool": True, "UserRole": "STUDENT"}[column.type]

    def _put(self, table: str, record: Mapping[str, Any], transaction: Transaction | None) -> None:
        made = {name: _stored(value) for name, value in record.items()}
        self._check(table, made)
        self._touch(table, made["id"], transaction)
        self.tables[table][made["id"]] = made

    def _touch(self, table: str, row: str, transaction: Transaction | None) -> None:
        if transaction is not None:
            self._must_write(transaction)
            transaction.before.setdefault((table, row), self.tables[table].get(row))
        elif self.writer is not None and (table, row) in self.writer.holds | set(self.writer.before):
            raise RuntimeError(f"the row {row} of {table} is held by an open transaction: edit it when that has ended")

    def _must_write(self, transaction: Transaction) -> None:
        if self.writer is not transaction:
            raise RuntimeError("a transaction has to take the run lock before it writes")

    def _check(self, table: str, made: Record) -> None:
        for name, column in TABLES[table].items():
            if column.required and made[name] is None:
                raise complaints.is_null(table, name)
        if table == "users" and made["role"] not in ROLES:
            raise complaints.no_role(made["role"])
        others = [one for row, one in self.tables[table].items() if row != made["id"]]
        for constraint, (where, columns) in UNIQUE.items():
            if where == table and any(all(one[c] == made[c] for c in columns) for one in others):
                raise complaints.not_unique(constraint)
        for key in KEYS:
            if key.holder == table and made[key.column] not in self.tables[key.target]:
                raise complaints.dangling(table, key.name)


def _stored(value: Any) -> Any:
    """Return a value as its column keeps it: times in whole milliseconds."""
    if not isinstance(value, datetime):
        return value
    return value.replace(microsecond=0) + timedelta(milliseconds=round(value.microsecond / 1000))


def usable(password: str) -> bool:
    """Return whether a stored hash can sign anybody in."""
    return len(password) == 60 and password[:1] == "$"


def _json(record: Mapping[str, Any], but: str = "") -> dict[str, Any]:
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in record.items() if n != but}
