"""The accounts of the LMS, in its PostgreSQL database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, ClassVar, Self, cast

from reconciler import (
    Change,
    Connection,
    CredentialRejected,
    ExternalObject,
    Live,
    Preview,
    ProtocolError,
    ProviderError,
    Refused,
    Resource,
    SandboxRequest,
    Scope,
    SecretValue,
    Update,
)
from reconciler_accounts import previews, statements
from reconciler_accounts.conninfo import target
from reconciler_accounts.handover.base import Delivery, NewPassword
from reconciler_accounts.means import Means
from reconciler_accounts.passwords import COST, make_password
from reconciler_accounts.previews import Course, Seen, needs_password
from reconciler_accounts.rows import Row, from_record
from reconciler_accounts.schema_check import check
from reconciler_accounts.session import Session
from reconciler_accounts.settings import AccountsSettings
from reconciler_accounts.writes import Writes

if TYPE_CHECKING:
    from reconciler_accounts.sandbox.service import AccountsSandbox

OWED = "apply again: it makes a new password, hands it over and unlocks the account; until then nobody can sign in"


class Accounts:
    """One LMS database, connected.

    A password works only after it was handed over: an account is written locked, the password goes out, and a second
    transaction unlocks it. Wherever that stops, the account is locked (or, where it was, out of service), and the next
    apply starts over.
    """

    bcrypt_cost: ClassVar[int] = COST  # only tests and stand-ins lower it
    means: ClassVar[Means] = Means()

    def __init__(self, connection: Connection, session: Session, delivery: Delivery) -> None:
        settings = cast(AccountsSettings, connection.settings)
        self._runtime = connection.runtime
        self._session = session
        self._delivery = delivery
        self._writes = Writes(session, connection.runtime, settings.operator)
        self._seen = Seen()

    @classmethod
    async def connect(cls, connection: Connection) -> Self:
        """Return a provider whose database was found to be the application's, in the shape it needs.

        Raises:
            CredentialRejected: the URL is missing, unusable or not accepted, or the role lacks a privilege.
            ProtocolError: the schema is not the one this provider knows.
            Unavailable: the database is down.
        """
        settings = cast(AccountsSettings, connection.settings)
        name = connection.name_of("database_url")
        url = connection.secrets.get("database_url")
        if url is None:
            raise CredentialRejected(f"env {name} is not set", fix=f"set {name} to the database's direct URL")
        redactor = connection.runtime.redactor
        redactor.add(url.reveal(), f"env {name}")
        place = target(url.reveal(), name=name, read_only=connection.read_only)
        redactor.add(place.password, f"password in env {name}")
        runtime, read_only = connection.runtime, connection.read_only
        session = cls.means.session(place, runtime, read_only=read_only, deadline=connection.deadline)
        provider = cls(connection, session, cls.means.delivery(connection, settings))
        try:
            await check(session, writing=connection.writing, name=name)
        except BaseException:
            await session.close()
            raise
        return provider

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> AccountsSandbox:
        """Return a PostgreSQL server with the application's schema and the courses the roster names, to be entered."""
        from reconciler_accounts.sandbox.service import AccountsSandbox

        return AccountsSandbox(request)

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    @property
    def requests(self) -> int:
        """How many SQL statements were sent so far."""
        return self._session.requests

    async def whoami(self) -> Scope:
        """Return the database. Host and role may change (a moved endpoint, a rotated role); the data does not."""
        [row] = await self._session.rows(statements.DATABASE, "read the database's name")
        return Scope({"database": str(row["database"])})

    async def list(self, kind: str) -> AsyncIterator[Live]:
        """Yield every account, soft-deleted ones too, in one statement and so of one moment."""
        if kind != "accounts":
            raise ProtocolError(f"the accounts provider has no collection {kind!r}")
        rows = tuple(from_record(r) for r in await self._session.rows(statements.ALL, "list accounts"))
        self._seen.rows = rows
        for row in rows:
            yield row.live()

    async def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield every course by its code. Soft-deleted ones keep code and enrolments, so they are named too."""
        if kind != "courses":
            raise ProtocolError(f"the accounts provider knows no {kind!r}")
        found = [Course(**r) for r in await self._session.rows(statements.COURSES, "list courses")]
        self._seen.courses = {course.code: course for course in found}
        for course in found:
            yield ExternalObject("courses", course.code, course.id)

    def preview(self, change: Change) -> Preview:
        """Return where a password will go, what takes effect later, and what stands in the way."""
        return previews.preview(change, self._seen, self._delivery)

    async def create(self, desired: Resource) -> Live:
        """Insert the account locked, hand its password over, unlock it, and return it.

        When the hand-over fails the account exists all the same, locked, and the error says so.
        """
        self._session.require_writable(f"create account {desired.identity[0]}")
        password, hashed = await self._new_password()
        row = await self._writes.insert(desired, hashed)
        if desired.spec.get("state") == "disabled":
            return row.live()
        return (await self._hand_over(row, password, hashed, again=False)).live()

    async def update(self, change: Update) -> Live:
        """Make the differing fields so; an account that leaves its lock gets a new password, handed over once."""
        self._session.require_writable(f"update account {change.live.title}")
        names = {str(f.path[0]) for f in change.fields if f.cause != "released"}
        before = str(change.live.values.get("state"))
        if "state" not in names or not needs_password(before, change.desired.spec.get("state")):
            return (await self._writes.change(change.live, change.desired, names, None)).live()
        password, hashed = await self._new_password()
        row = await self._writes.change(change.live, change.desired, names, hashed)
        if row.state == "active":  # sent before, and its answer was lost
            return row.live()
        return (await self._hand_over(row, password, hashed, again=before == "disabled")).live()

    async def disable(self, live: Live) -> None:
        """Soft-delete the account and lock its password. Its enrolments and work stay."""
        await self._writes.disable(live)

    async def delete(self, live: Live) -> None:
        """Refuse, always: a hard delete fails for anybody who did anything, and takes rows along for the others."""
        self._session.require_writable(f"delete account {live.title}")
        raise Refused(
            f"{live.title} is not deleted: the row carries the person's courses, submissions and grades",
            fix="use on_remove: disable (the default) or retain",
            operation="delete",
        )

    async def _new_password(self) -> tuple[str, str]:
        """Return a password and its hash, both known to the redaction funnel from here on."""
        password = make_password(self._runtime.entropy)
        self._runtime.redactor.add(password, "new password")
        hashed = await self.means.hash(password, self._runtime.entropy, self.bcrypt_cost)
        self._runtime.redactor.add(hashed, "password hash")
        return password, hashed

    async def _hand_over(self, row: Row, password: str, hashed: str, *, again: bool) -> Row:
        """Hand the password over, then make it work. A failure says that the account is there, and locked."""
        secret = SecretValue(password, "new password")
        try:
            await self._delivery.hand_over(NewPassword(row.email, row.name, row.surname, secret, again))
            return await self._writes.unlock(row, hashed)
        except ProviderError as error:
            raise type(error)(
                f"{row.email} is locked, its hand-over is not complete: {error.message}",
                fix=OWED,
                operation=error.operation or "hand over",
                status=error.status,
            ) from None
