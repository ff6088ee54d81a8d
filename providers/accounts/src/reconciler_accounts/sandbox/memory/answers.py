"""What the server makes of each statement of the provider: which rows it selects, what it changes.

A statement is known by its text, so that one that changes has to be looked at here again: an unknown one is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from reconciler_accounts import statements
from reconciler_accounts.sandbox.memory import complaints
from reconciler_accounts.sandbox.memory.database import Database, Record, Transaction, usable
from reconciler_accounts.sandbox.memory.schema import ROLES, TABLES, UNIQUE

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What one statement sees and may do: a database, and the transaction it stands in (None: its own)."""

    database: Database
    transaction: Transaction | None

    def rows(self, table: str) -> Mapping[str, Record]:
        """Return the rows of a table by id."""
        return self.database.rows(table, self.transaction)

    def users(self, *, but: str = "") -> list[Record]:
        """Return all users but one."""
        return [user for row, user in self.rows("users").items() if row != but]

    def hold(self, users: Iterable[Record]) -> None:
        """Hold rows until the transaction ends (FOR UPDATE)."""
        for user in users:
            if self.transaction is not None:
                self.database.hold("users", user["id"], self.transaction)

    def change(self, row: str, **columns: Any) -> int:
        """Change columns of a user, and return how many rows that were."""
        if row not in self.rows("users"):
            return 0
        self.database.change("users", row, columns, self.transaction)
        return 1


Result: TypeAlias = list[dict[str, Any]] | int
Answer: TypeAlias = Callable[[View, Values], Result]


def _locked(password: str) -> str:
    return "!" + password if usable(password) else password


def _facts(view: View, users: Iterable[Record], *, by: str = "id", hold: bool = False) -> list[dict[str, Any]]:
    found = sorted(users, key=lambda user: (user[by], user["id"]))
    if hold:
        view.hold(found)
    enrolled = view.rows("enrollments").values()
    same = ("id", "email", "name", "surname", "role", "company", "position")
    times = {"created_at": "createdAt", "updated_at": "updatedAt", "deleted_at": "deletedAt"}
    return [
        {name: user[name] for name in same}
        | {name: user[column] for name, column in times.items()}
        | {"usable": usable(user["password"])}
        | {"courses": sorted(one["courseId"] for one in enrolled if one["userId"] == user["id"])}
        for user in found
    ]


def _with_id(view: View, values: Values) -> list[Record]:
    found = view.rows("users").get(values["id"])
    return [] if found is None else [found]


def _like(view: View, values: Values) -> list[dict[str, Any]]:
    wanted = values["email"].lower()
    return _facts(view, (user for user in view.users() if user["email"].lower() == wanted), hold=True)


def _courses(found: Iterable[Record], by: str) -> list[dict[str, Any]]:
    return [
        {"id": one["id"], "code": one["code"], "deleted": one["deletedAt"] is not None}
        for one in sorted(found, key=lambda one: str(one[by]))
    ]


def _other_admins(view: View, values: Values) -> list[dict[str, Any]]:
    others = [u for u in view.users(but=values["id"]) if u["role"] == "ADMIN" and u["deletedAt"] is None]
    found = sorted((u for u in others if usable(u["password"])), key=lambda user: str(user["id"]))
    view.hold(found)
    return [{"id": user["id"]} for user in found]


def _insert(view: View, values: Values) -> int:
    same = ("id", "email", "name", "surname", "company", "position", "role")
    times = {"createdAt": values["now"], "updatedAt": values["now"], "deletedAt": values["deleted_at"]}
    empty = {"cellNumber": "", "workAddress": ""}
    record = {name: values[name] for name in same} | {"password": "!" + values["hash"]} | empty | times
    view.database.insert("users", record, view.transaction)
    return 1


def _enrol(view: View, values: Values) -> int:
    names = {"id": "id", "userId": "user", "courseId": "course", "enrolledAt": "now"}
    record = {column: values[name] for column, name in names.items()}
    view.database.insert("enrollments", record, view.transaction)
    return 1


def _leave(view: View, values: Values) -> int:
    enrolled = [one for one in view.rows("enrollments").values() if one["userId"] == values["user"]]
    gone = [one["id"] for one in enrolled if one["courseId"] in values["courses"]]
    for row in gone:
        view.database.drop("enrollments", row, view.transaction)
    return len(gone)


def _disable(view: View, values: Values) -> int:
    for user in _with_id(view, values):
        when = user["deletedAt"] or values["now"]
        return view.change(user["id"], deletedAt=when, password=_locked(user["password"]))
    return 0


def _unlock(view: View, values: Values) -> int:
    for user in _with_id(view, values):
        if user["deletedAt"] == values["deleted_at"] and user["password"] == "!" + values["hash"]:
            return view.change(user["id"], password=values["hash"], deletedAt=None)
    return 0


def _columns() -> list[dict[str, Any]]:
    return [
        {"table": table, "column": name, "type": column.type, "required": column.required, "filled": column.filled}
        for table, columns in TABLES.items()
        for name, column in columns.items()
    ]


ANSWERS: Final[Mapping[str, tuple[str, Answer]]] = {
    text: (name, answer)
    for text, name, answer in (
        (statements.ALL, "ALL", lambda view, _: _facts(view, view.users(), by="email")),
        (statements.LOCK_ONE, "LOCK_ONE", lambda view, values: _facts(view, _with_id(view, values), hold=True)),
        (statements.LOCK_LIKE, "LOCK_LIKE", _like),
        (statements.ONE, "ONE", lambda view, values: _facts(view, _with_id(view, values))),
        (statements.COURSES, "COURSES", lambda view, _: _courses(view.rows("courses").values(), "code")),
        (
            statements.COURSES_LOCKED,
            "COURSES_LOCKED",
            lambda view, values: _courses((c for i, c in view.rows("courses").items() if i in values["ids"]), "id"),
        ),
        (statements.SERIALISE, "SERIALISE", lambda view, _: [{"pg_advisory_xact_lock": ""}]),
        (statements.OTHER_ADMINS, "OTHER_ADMINS", _other_admins),
        (statements.INSERT, "INSERT", _insert),
        (statements.ENROL, "ENROL", _enrol),
        (statements.LEAVE, "LEAVE", _leave),
        (statements.DISABLE, "DISABLE", _disable),
        (statements.RESTORE, "RESTORE", lambda view, values: view.change(values["id"], deletedAt=None)),
        (statements.RELOCK, "RELOCK", lambda view, values: view.change(values["id"], password="!" + values["hash"])),
        (statements.UNLOCK, "UNLOCK", _unlock),
        (statements.DATABASE, "DATABASE", lambda view, _: [{"database": view.database.name}]),
        (statements.COLUMNS, "COLUMNS", lambda view, _: _columns()),
        (statements.ROLES, "ROLES", lambda view, _: [{"label": role} for role in ROLES]),
        (
            statements.UNIQUE,
            "UNIQUE",
            lambda view, _: [{"name": n} for n, (t, c) in UNIQUE.items() if (t, c) == ("users", ("email",))],
        ),
        (statements.MISSING_PRIVILEGES, "MISSING_PRIVILEGES", lambda view, _: []),
    )
}
_UPDATE = re.compile(r'UPDATE public\.users SET (?P<sets>.+), "updatedAt" = %\(now\)s WHERE id = %\(id\)s')
_SET = re.compile(r'"(\w+)" = %\((\w+)\)s(?:::public\."UserRole")?')


def answer_to(text: str) -> tuple[str, Answer]:
    """Return the name of a statement, and what answers it. Raises LookupError for one that is not known."""
    if text in ANSWERS:
        return ANSWERS[text]
    update = _UPDATE.fullmatch(text)
    sets = [_SET.fullmatch(part) for part in update["sets"].split(", ")] if update else []
    if not sets or None in sets:
        raise LookupError(f"the stand-in for PostgreSQL does not know this statement: {text}")
    columns = {one[1]: one[2] for one in sets if one}

    def change(view: View, values: Values) -> int:
        changed = {column: values[name] for column, name in columns.items()}
        return view.change(values["id"], **changed, updatedAt=values["now"])

    return "UPDATE", change


def refused_to_readers(text: str) -> None:
    """Raise what a read-only session meets when it writes, or locks."""
    command = text.split(maxsplit=1)[0]
    if command != "SELECT" or "FOR UPDATE" in text:
        raise complaints.only_reads("SELECT FOR UPDATE" if command == "SELECT" else command)
