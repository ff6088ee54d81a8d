"""The transactions: one per account and step, serialised among runs, each checking again what the plan saw."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql

from reconciler import Live, NotFound, Refused, Resource, Runtime
from reconciler_accounts import statements
from reconciler_accounts.guards import LAST_ADMIN, OPERATOR
from reconciler_accounts.rows import PROFILE, Row, already, from_record, moved, others_like
from reconciler_accounts.session import Session, Transaction

_AGAIN = "plan again: what is in the database now decides"


@dataclass(frozen=True)
class Writes:
    """What can be done to an account in one transaction."""

    session: Session
    runtime: Runtime
    operator: str | None

    async def insert(self, desired: Resource, hashed: str) -> Row:
        """Insert a new account, locked, with its enrolments, and return it.

        Raises:
            Refused: the address is taken, in these or other capitals.
        """
        email = desired.identity[0]
        async with self.session.transaction(f"create account {email}") as tx:
            await tx.rows(statements.SERIALISE)
            taken = [from_record(r) for r in await tx.rows(statements.LOCK_LIKE, {"email": email})]
            if taken:
                raise Refused(f"{taken[0].email} (row {taken[0].id}) appeared since the plan was made", fix=_AGAIN)
            user, now = self._uuid(), self._now()
            columns = {name: desired.spec.get(name, "") for name in PROFILE}
            suspended = desired.spec.get("state") == "disabled"
            await tx.run(
                statements.INSERT,
                {**columns, "email": email, "role": desired.spec.get("role", "STUDENT"), "id": user, "hash": hashed}
                | {"now": now, "deleted_at": now if suspended else None},
            )
            await self._enrol(tx, user, (), _ids(desired.spec.get("courses")))
            return await self._one(tx, user)

    async def change(self, seen: Live, desired: Resource, names: Collection[str], hashed: str | None) -> Row:
        """Make the named fields as desired and return the row. `hashed` is for an account that leaves its lock.

        With `hashed` the account stays as much out of service as it was, with a new lock: it is unlocked, and comes
        back, once the password has been handed over.

        Raises:
            NotFound: the row is gone.
            Refused: it changed since the plan, its new address is taken, or it must not lose what it would lose.
        """
        async with self.session.transaction(f"update account {seen.title}") as tx:
            await tx.rows(statements.SERIALISE)
            row = await self._locked(tx, seen)
            wanted = {**desired.spec, "email": desired.identity[0]}
            if already(row, wanted):
                return row  # sent before, and its answer was lost
            stale = moved(row, seen, {*wanted, "role", "state"})
            if stale:
                raise Refused(f"{seen.title} changed since the plan was made: {', '.join(stale)}", fix=_AGAIN)
            await self._guard(tx, row, {name: wanted[name] for name in names if name in wanted})
            columns = {n: wanted[n] for n in PROFILE if n in names and n in wanted and wanted[n] != getattr(row, n)}
            if "email" in columns:
                await self._check_free(tx, row, str(wanted["email"]))
            if columns:
                await tx.run(_update(columns), {**columns, "id": row.id, "now": self._now()})
            if "courses" in names:
                await self._enrol(tx, row.id, row.courses, _ids(wanted.get("courses")))
            if "state" in names:
                await self._state(tx, row, str(wanted["state"]), hashed)
            return await self._one(tx, row.id)

    async def unlock(self, row: Row, hashed: str) -> Row:
        """Make the password that was handed over work, bring the account back, and return the row.

        Raises:
            Refused: the account was removed, or got another password, while the hand-over was under way.
        """
        async with self.session.transaction(f"unlock account {row.email}") as tx:
            await tx.rows(statements.SERIALISE)
            values = {"id": row.id, "hash": hashed, "deleted_at": row.deleted_at}
            if await tx.run(statements.UNLOCK, values) != 1:
                raise Refused(
                    f"{row.email} was removed or got another password during the hand-over; the one handed over does"
                    " not work",
                    fix=_AGAIN,
                )
            return await self._one(tx, row.id)

    async def disable(self, seen: Live) -> None:
        """Soft-delete the account and lock its password. Nothing to do when it is gone or already so."""
        async with self.session.transaction(f"disable account {seen.title}") as tx:
            await tx.rows(statements.SERIALISE)
            found = await tx.rows(statements.LOCK_ONE, {"id": seen.id})
            if not found:
                return
            row = from_record(found[0])
            if row.state == "disabled":
                return
            if row.email != seen.identity[0]:
                raise Refused(f"row {row.id} was {seen.identity[0]} and is {row.email} now", fix=_AGAIN)
            await self._guard(tx, row, {"state": "disabled"})
            await tx.run(statements.DISABLE, {"id": row.id, "now": self._now()})

    async def _locked(self, tx: Transaction, seen: Live) -> Row:
        found = await tx.rows(statements.LOCK_ONE, {"id": seen.id})
        if not found:
            raise NotFound(f"the row of {seen.title} ({seen.id}) is gone", fix=_AGAIN)
        return from_record(found[0])

    async def _one(self, tx: Transaction, user: str) -> Row:
        return from_record((await tx.rows(statements.ONE, {"id": user}))[0])

    async def _guard(self, tx: Transaction, row: Row, after: dict[str, Any]) -> None:
        """Refuse what `guards.forbidden` forbids, with the other admins' rows locked until this transaction ends."""
        demoted = after.get("role", "ADMIN") != "ADMIN" or after.get("state") == "disabled"
        if row.email == self.operator and (demoted or after.get("email", row.email) != row.email):
            raise Refused(f"{row.email} keeps its account: {OPERATOR}", fix="change `operator:` first")
        if demoted and row.role == "ADMIN" and row.state == "active":
            others = await tx.rows(statements.OTHER_ADMINS, {"id": row.id})
            if not others:
                raise Refused(f"{row.email} stays as it is: {LAST_ADMIN}", fix="make another ADMIN first, and apply")

    async def _check_free(self, tx: Transaction, row: Row, email: str) -> None:
        like = [from_record(r) for r in await tx.rows(statements.LOCK_LIKE, {"email": email})]
        holders = [one for one in like if one.id != row.id and one.email == email]
        taken = holders or others_like(email, like, but=row.id)
        if taken:
            raise Refused(f"{email} is taken: row {taken[0].id} has {taken[0].email}", fix="choose another address")

    async def _enrol(self, tx: Transaction, user: str, now: tuple[str, ...], wanted: tuple[str, ...]) -> None:
        """Add and remove enrolments until they are the wanted courses. Work handed in stays either way."""
        new = [course for course in wanted if course not in now]
        if new:
            known = {r["id"]: r for r in await tx.rows(statements.COURSES_LOCKED, {"ids": new})}
            gone = [known[c]["code"] if c in known else c for c in new if c not in known or known[c]["deleted"]]
            if gone:
                raise Refused(f"the course {gone[0]} was deleted", fix="restore it, or take it off the roster")
        for course in new:
            values = {"id": self._uuid(), "user": user, "course": course, "now": self._now()}
            await tx.run(statements.ENROL, values)
        old = [course for course in now if course not in wanted]
        if old:
            await tx.run(statements.LEAVE, {"user": user, "courses": old})

    async def _state(self, tx: Transaction, row: Row, wanted: str, hashed: str | None) -> None:
        if wanted == "disabled":
            await tx.run(statements.DISABLE, {"id": row.id, "now": self._now()})
        elif hashed is not None:
            await tx.run(statements.RELOCK, {"id": row.id, "hash": hashed})
        else:
            await tx.run(statements.RESTORE, {"id": row.id})

    def _uuid(self) -> str:
        return str(uuid.UUID(bytes=self.runtime.entropy(16), version=4))

    def _now(self) -> datetime:
        """Return the time as the table holds it: UTC, without zone, in whole milliseconds, rounded up.

        The table would round; a row must not seem older than the run that made it.
        """
        now = self.runtime.now().astimezone(UTC).replace(tzinfo=None)
        return now + timedelta(microseconds=-now.microsecond % 1000)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(sorted(str(v) for v in value)) if value else ()


def _update(columns: Collection[str]) -> sql.Composed:
    """Return the UPDATE that sets these columns and `updatedAt`."""
    sets = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        + sql.SQL('::public."UserRole"' if name == "role" else "")
        for name in columns
    ]
    return sql.SQL('UPDATE public.users SET {}, "updatedAt" = %(now)s WHERE id = %(id)s').format(
        sql.SQL(", ").join(sets)
    )
