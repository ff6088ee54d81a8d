"""A row of `users` as this provider sees it: never the hash, only facts the server derived from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from reconciler import Live, ProtocolError

State: TypeAlias = Literal["active", "locked", "deleted", "disabled"]
PROFILE = ("email", "name", "surname", "role", "company", "position")


@dataclass(frozen=True, slots=True)
class Row:
    """One account. Times are naive UTC, as the table holds them. `usable`: the password can sign in."""

    id: str
    email: str
    name: str
    surname: str
    role: str
    company: str
    position: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    usable: bool
    courses: tuple[str, ...]  # ids

    @property
    def state(self) -> State:
        if self.deleted_at is None:
            return "active" if self.usable else "locked"
        return "deleted" if self.usable else "disabled"

    def values(self) -> dict[str, Any]:
        """Return the row in the shape of the roster."""
        profile = {name: getattr(self, name) for name in PROFILE}
        return {**profile, "courses": self.courses, "state": self.state}

    def live(self) -> Live:
        """Return the row as a live object. One that is deleted and locked is out of service."""
        return Live(
            kind="accounts",
            id=self.id,
            identity=(self.email,),
            values=self.values(),
            created_at=self.created_at.replace(tzinfo=UTC),
            inactive=self.state == "disabled",
            private={"updated_at": self.updated_at},
        )


def from_record(record: Mapping[str, Any]) -> Row:
    """Return the row that `statements.FACTS` selected. Raises ProtocolError for a row of another form, unquoted."""
    try:
        row = Row(**{**record, "courses": tuple(record["courses"])})
    except (LookupError, TypeError):
        raise _misshapen() from None
    texts = (row.id, *(getattr(row, name) for name in PROFILE), *row.courses)
    times = (row.created_at, row.updated_at, row.deleted_at or row.created_at)
    if not (all(isinstance(t, str) for t in texts) and all(isinstance(t, datetime) for t in times)):
        raise _misshapen()
    return row


def _misshapen() -> ProtocolError:
    return ProtocolError(
        "the database gave a row of users that is not of the form this provider knows; nothing of this listing is used",
        fix="see whether a migration of the application changed the table users",
    )


def already(row: Row, wanted: Mapping[str, Any]) -> bool:
    """Return whether the row is as a spec with course ids wants it."""
    now = row.values()
    return all(_same(now[name], value) for name, value in wanted.items())


def moved(row: Row, seen: Live, managed: Iterable[str]) -> list[str]:
    """Return the managed columns, and `updatedAt`, in which the row is no longer what the plan saw."""
    now = row.values()
    found = [name for name in managed if name in seen.values and not _same(now[name], seen.values[name])]
    before = seen.private.get("updated_at")
    if before is not None and before != row.updated_at:
        found.append('"updatedAt"')
    return found


def _same(now: Any, before: Any) -> bool:
    if isinstance(now, tuple):
        return set(now) == set(before)
    return bool(now == before)


def others_like(email: str, rows: Iterable[Row], but: str = "") -> list[Row]:
    """Return the rows whose address is `email` in other capitals. `but` is the id of a row that may have it."""
    return [row for row in rows if row.id != but and row.email != email and row.email.lower() == email.lower()]
