"""Opening a connection: which URLs are taken, what is checked, and how each bad day is told."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from reconciler import Busy, CredentialRejected, ProtocolError, Unavailable
from reconciler_accounts.conninfo import target

REMOTE = "postgresql://u:pa55word@ep-x.us-east-2.aws.neon.tech/db"
TLS = [
    pytest.param(REMOTE, "require", id="nothing-said"),
    pytest.param(REMOTE + "?sslmode=prefer", "require", id="prefer-is-not-enough"),
    pytest.param(REMOTE + "?sslmode=allow", "require", id="allow-neither"),
    pytest.param(REMOTE + "?sslmode=require", "require", id="require"),
    pytest.param(REMOTE + "?sslmode=verify-full", "verify-full", id="stricter-stays"),
    pytest.param("postgresql://u:p@127.0.0.1/db", None, id="loopback"),
    pytest.param("postgresql://u:p@localhost/db", None, id="localhost"),
    pytest.param("postgresql://u:p@[::1]/db", None, id="loopback-6"),
    pytest.param("postgresql://u:p@/db?host=/run/postgresql", None, id="unix-socket"),
    pytest.param("postgresql://u:p@localhost,db.example.com/db", "require", id="one-of-two-hosts-is-remote"),
    pytest.param("postgresql://u:p@localhost/db?hostaddr=192.0.2.1", "require", id="an-address-decides"),
    pytest.param(REMOTE + "?schema=public&connection_limit=1&sslmode=require", "require", id="prisma-parameters"),
]


@pytest.mark.trap("accounts", "6: TLS has to be required")
@pytest.mark.parametrize(("url", "mode"), TLS)
def test_tls_is_required_unless_the_database_is_on_this_machine(url: str, mode: str | None) -> None:
    assert target(url, name="DIRECT_URL", read_only=True).parameters.get("sslmode") == mode


POOLED = pytest.mark.trap("accounts", "6: the pooled host keeps neither session settings nor locks")
REFUSED = [
    pytest.param(REMOTE + "?sslmode=disable", "turns TLS off", id="tls-off"),
    pytest.param(REMOTE.replace("ep-x.", "ep-x-pooler."), "pooled host", id="pooled-host", marks=POOLED),
    pytest.param(REMOTE + "?pgbouncer=true", "pooled host", id="pooled-flag", marks=POOLED),
    pytest.param(REMOTE + "?schema=other", "another schema", id="other-schema"),
    pytest.param("postgresql:///db", "names no host", id="no-host"),
    pytest.param("not a url pa55word", "is not a PostgreSQL URL", id="no-url"),
    pytest.param("postgresql://u:pa55word%zz@h/db", "is not a PostgreSQL URL", id="bad-percent"),
    pytest.param("mysql://u:pa55word@h/db", "is not a PostgreSQL URL", id="another-database"),
    pytest.param("postgresql://u:pa55word@[h/db", "is not a PostgreSQL URL", id="broken-brackets"),
]


@pytest.mark.parametrize(("url", "complaint"), REFUSED)
def test_a_url_that_cannot_be_used_is_refused_without_quoting_it(url: str, complaint: str) -> None:
    with pytest.raises(CredentialRejected, match=complaint) as caught:
        target(url, name="DIRECT_URL", read_only=True)
    assert "DIRECT_URL" in str(caught.value)
    assert caught.value.fix
    assert "pa55word" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


async def test_a_missing_url_is_named(world: Any) -> None:
    connection = world.connection()
    connection = type(connection)(**{**connection.__dict__, "secrets": {}})
    with pytest.raises(CredentialRejected, match="env DIRECT_URL is not set"):
        await type(world.open()).connect(connection)


async def test_the_account_is_the_database_whoever_connects_from_wherever(world: Any) -> None:
    provider = await world.connect()
    assert str(await provider.whoami()) == "database ai-gurus-prod"


DOWN = [
    pytest.param(lambda u: u.replace("127.0.0.1:", "127.0.0.1:1"), Unavailable, "cannot be reached", id="no-server"),
    pytest.param(lambda u: u.replace("ai-gurus-prod", "x"), CredentialRejected, "no such database", id="no-database"),
    pytest.param(
        lambda u: u.replace("lms_owner:", "lms_owner:x"), CredentialRejected, "not accept", id="wrong-password"
    ),
    pytest.param(lambda u: u.replace("lms_owner:", "nobody:"), CredentialRejected, "not accept", id="no-role"),
    pytest.param(lambda u: u + "?sslmode=require", CredentialRejected, "no TLS", id="no-tls-there"),
]


@pytest.mark.parametrize(("change", "kind", "complaint"), DOWN)
async def test_each_reason_for_no_connection_is_told_apart(
    world: Any, change: Any, kind: type[Exception], complaint: str
) -> None:
    url = change(world.url)
    if complaint == "cannot be reached":
        url = f"postgresql://u:pa55word@127.0.0.1:{unused_port()}/db"
    with pytest.raises(kind, match=complaint) as caught:
        await world.connect(url=url)
    assert world.sandbox.url().split(":")[2].partition("@")[0] not in str(caught.value)


def unused_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


SCHEMAS = [
    pytest.param("DROP TABLE enrollments", "no table public.enrollments", id="missing-table"),
    pytest.param('ALTER TABLE users DROP COLUMN "deletedAt"', 'has no column "deletedAt"', id="missing-column"),
    pytest.param(
        'ALTER TABLE users RENAME TO "User"',
        "no table public.users",
        id="renamed-table",
        marks=pytest.mark.trap("accounts", "1: the table is users, not User as some documents show"),
    ),
    pytest.param('ALTER TABLE users ALTER "deletedAt" TYPE text', '"deletedAt" is text', id="other-type"),
    pytest.param('ALTER TABLE users ALTER "updatedAt" TYPE timestamptz', "is timestamptz", id="time-with-zone"),
    pytest.param("ALTER TYPE \"UserRole\" ADD VALUE 'OWNER'", "OWNER, STUDENT", id="a-fourth-role"),
    pytest.param("ALTER TYPE \"UserRole\" RENAME VALUE 'ADMIN' TO 'admin'", "INSTRUCTOR, STUDENT, admin", id="case"),
    pytest.param(
        "ALTER TABLE users ADD tenant text NOT NULL DEFAULT ''; ALTER TABLE users ALTER tenant DROP DEFAULT",
        'does not know: "tenant"',
        id="new-required-column",
    ),
    pytest.param("DROP INDEX users_email_key", "no unique index on email", id="no-unique-email"),
]


@pytest.mark.trap("accounts", "6: columns, roles and the index have to be checked; the migrations table may be missing")
@pytest.mark.parametrize(("statement", "complaint"), SCHEMAS)
async def test_a_schema_it_does_not_know_stops_it_at_the_start(spare: Any, statement: str, complaint: str) -> None:
    await spare.sql(statement)
    with pytest.raises(ProtocolError) as caught:
        await spare.connect(read_only=True)
    assert complaint in str(caught.value)
    assert "does not have the schema of the LMS" in str(caught.value)


HARMLESS = [
    pytest.param("ALTER TABLE users ADD note text", id="new-nullable-column"),
    pytest.param("ALTER TABLE users ADD plan text NOT NULL DEFAULT 'free'", id="new-column-with-default"),
    pytest.param("DROP TABLE module_progress", id="a-table-nobody-asked-for"),
]


@pytest.mark.parametrize("statement", HARMLESS)
async def test_a_change_that_does_not_concern_it_is_fine(spare: Any, engine: Any, statement: str) -> None:
    await spare.sql(statement)
    await spare.connect()
    assert await engine.apply(spare.open(), engine.desired("ana@x.com")) == ["create ana@x.com"]


GRANTS = [
    pytest.param("GRANT SELECT ON users, courses, enrollments", True, "", id="reading-role-plans"),
    pytest.param("GRANT SELECT ON users, courses, enrollments", False, "INSERT on users", id="reading-role-applies"),
    pytest.param("GRANT SELECT ON users, courses", True, "SELECT on enrollments", id="one-table-missing"),
    pytest.param(
        "GRANT SELECT, INSERT, UPDATE ON users, courses, enrollments", False, "DELETE on enrollments", id="no-delete"
    ),
]


@pytest.mark.parametrize(("grant", "read_only", "missing"), GRANTS)
async def test_missing_privileges_are_named_before_anything_is_tried(
    spare: Any, grant: str, read_only: bool, missing: str
) -> None:
    role = f"role_{spare.database}"
    await spare.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x1x1x1'", user="postgres")
    await spare.sql(f"{grant} TO {role}")
    url = spare.url.replace("lms_owner:", f"{role}:").replace(spare.url.split(":")[2].partition("@")[0], "x1x1x1")
    if not missing:
        provider = await spare.connect(url=url, read_only=read_only)
        assert [one async for one in provider.list("accounts")]
        return
    with pytest.raises(CredentialRejected) as caught:
        await spare.connect(url=url, read_only=read_only)
    assert missing in str(caught.value)
    assert caught.value.status == "42501"


async def test_the_documented_privileges_are_enough_to_apply(spare: Any, engine: Any) -> None:
    role = f"role_{spare.database}"
    await spare.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x1x1x1'", user="postgres")
    await spare.sql(f"GRANT SELECT, INSERT, UPDATE ON users TO {role}")
    await spare.sql(f"GRANT SELECT ON courses TO {role}")
    await spare.sql(f"GRANT SELECT, INSERT, DELETE ON enrollments TO {role}")
    url = spare.url.replace("lms_owner:", f"{role}:").replace(spare.url.split(":")[2].partition("@")[0], "x1x1x1")
    await spare.connect(url=url)
    provider = spare.open(url=url)

    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna", courses=()))
    await engine.apply(provider, owned=["ana@x.com"])

    assert await engine.apply(provider, engine.desired("ana@x.com")) == ["update ana@x.com: name, state"]


async def test_a_privilege_taken_away_later_is_a_credential_too_weak(spare: Any, engine: Any) -> None:
    provider = spare.open()
    role = f"role_{spare.database}"
    await spare.sql(f"CREATE ROLE {role}; ALTER TABLE users OWNER TO {role}", user="postgres")
    with pytest.raises(CredentialRejected, match="SQLSTATE 42501"):
        _ = [one async for one in provider.list("accounts")]


async def test_a_deadline_that_has_passed_stops_a_read_at_once(world: Any) -> None:
    provider = world.open(deadline=world.runtime.monotonic() - 1)
    with pytest.raises(Unavailable):
        _ = [one async for one in provider.list("accounts")]


async def test_a_statement_beyond_its_time_is_unavailable(world: Any) -> None:
    session = world.session(read_only=True, url=world.url + "?options=-c%20statement_timeout%3D50")
    with pytest.raises(Unavailable, match="57014"):
        await session.rows("SELECT pg_sleep(5)", "sleep")


async def test_too_long_a_wait_for_a_table_is_busy(world: Any) -> None:
    provider = world.open(url=world.url + "?options=-c%20lock_timeout%3D50")
    async with world.holding("LOCK TABLE users"):
        with pytest.raises(Busy):
            _ = [one async for one in provider.list("accounts")]


async def test_no_message_of_postgresql_carries_a_row_or_a_hash(
    spare: Any, engine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await spare.sql("ALTER TABLE users ADD CONSTRAINT odd CHECK (name <> 'Ana')")
    provider = spare.open()
    with pytest.raises(Exception, match="odd") as caught:
        await provider.create(engine.desired("ana@x.com"))
    seen: BaseException | None = caught.value
    told = caplog.text
    while seen is not None:
        told += f"{seen!r} {seen} "
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    assert "$2b$" not in told
    assert "Failing row" not in told


async def test_closing_twice_and_before_opening_is_fine(world: Any) -> None:
    provider = world.open()
    await provider.close()
    await provider.close()
