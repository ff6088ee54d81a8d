"""The SQL contract and its traps: what is checked again, what is refused, what is never done."""

from __future__ import annotations

import asyncio
import itertools
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import Busy, NotFound, ReadOnlyViolation, Refused

THEN = datetime(2025, 12, 20, 9, 0, tzinfo=UTC).replace(tzinfo=None)


async def find(provider: Any, email: str) -> Any:
    return {one.identity[0]: one async for one in provider.list("accounts")}[email]


async def test_ids_are_uuid_4_and_old_ids_stay(world: Any, engine: Any) -> None:
    await world.add("old@x.com", id="ckold00000000000000000000")
    await engine.apply(
        world.open(), engine.desired("old@x.com", name="Olga", surname="Silva"), engine.desired("new@x.com")
    )

    assert (await world.row("old@x.com"))["id"] == "ckold00000000000000000000"
    assert uuid.UUID((await world.row("new@x.com"))["id"]).version == 4


MEANWHILE = [
    pytest.param("UPDATE users SET name = 'Eva'", "name", id="managed-column-without-a-new-time"),
    pytest.param("UPDATE users SET role = 'ADMIN'", "role", id="role"),
    pytest.param("UPDATE users SET \"updatedAt\" = now() AT TIME ZONE 'UTC'", '"updatedAt"', id="only-the-time"),
    pytest.param("UPDATE users SET \"deletedAt\" = now()", "state", id="soft-deleted"),
    pytest.param("UPDATE users SET password = '!' || password", "state", id="locked"),
    pytest.param("UPDATE users SET email = 'eva@x.com'", "email", id="renamed"),
    pytest.param(
        "INSERT INTO enrollments SELECT 'e1', now(), u.id, c.id FROM users u, courses c"
        " WHERE u.email = 'ana@x.com' AND c.code = 'AI-201'",
        "courses",
        id="enrolled-themselves",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "column"), MEANWHILE)
async def test_a_row_that_changed_since_the_plan_is_left_alone(
    world: Any, engine: Any, statement: str, column: str
) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    wanted = await engine.resolve(provider, engine.desired("ana@x.com", name="Anna", courses=("AI-101",)))
    update = engine.change(await find(provider, "ana@x.com"), wanted)
    await world.sql(statement + ("" if "INSERT" in statement else " WHERE email = 'ana@x.com'"))
    before = await world.sandbox_rows()

    with pytest.raises(Refused, match=f"changed since the plan was made.*{column}"):
        await provider.update(update)

    assert await world.sandbox_rows() == before


async def test_a_column_nobody_manages_may_change_meanwhile(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    update = engine.change(await find(provider, "ana@x.com"), engine.desired("ana@x.com", name="Anna"))
    await world.sql("UPDATE users SET company = 'New', \"cellNumber\" = '1'")

    await provider.update(update)

    assert (await world.row("ana@x.com"))["name"] == "Anna"
    assert (await world.row("ana@x.com"))["company"] == "New"


async def test_a_row_that_vanished_is_not_found(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    update = engine.change(await find(provider, "ana@x.com"), engine.desired("ana@x.com", name="Anna"))
    await world.sql("DELETE FROM users WHERE email = 'ana@x.com'")

    with pytest.raises(NotFound):
        await provider.update(update)


TAKEN = [pytest.param("ana@x.com", id="same"), pytest.param("ANA@x.com", id="other-case")]


@pytest.mark.parametrize("email", TAKEN)
async def test_an_address_taken_since_the_plan_is_refused_and_nobody_gets_a_password(
    world: Any, engine: Any, email: str
) -> None:
    await world.add(email)
    before = await world.sandbox_rows()

    with pytest.raises(Refused, match="appeared since the plan"):
        await world.open().create(engine.desired("ana@x.com"))

    assert (await world.sandbox_rows(), world.inbox.received) == (before, [])


@pytest.mark.parametrize("email", [pytest.param("new@x.com", id="same"), pytest.param("New@x.com", id="other-case")])
async def test_a_rename_onto_a_taken_address_is_refused(world: Any, engine: Any, email: str) -> None:
    await world.add("ana@x.com")
    await world.add(email, deletedAt=THEN)
    provider = world.open()

    with pytest.raises(Refused, match=f"new@x.com is taken: row id-{email}"):
        await provider.update(engine.change(await find(provider, "ana@x.com"), engine.desired("new@x.com")))


async def test_a_duplicate_that_slips_past_every_check_is_refused_by_the_index(world: Any, engine: Any) -> None:
    class Late(engine.session):
        async def send(self, connection: Any, query: Any, values: Any, operation: str, *, patient: bool = False) -> Any:
            if "INSERT INTO public.users" in str(query):
                await world.add("ana@x.com")
            return await super().send(connection, query, values, operation, patient=patient)

    with pytest.raises(Refused, match=r"users_email_key.*SQLSTATE 23505"):
        await world.open(session=Late).create(engine.desired("ana@x.com"))


async def test_two_runs_that_create_the_same_person_make_one(world: Any, engine: Any) -> None:
    results = await asyncio.gather(
        *(world.open().create(engine.desired("ana@x.com")) for _ in range(2)), return_exceptions=True
    )

    assert [type(r).__name__ for r in results if isinstance(r, Exception)] == ["Refused"]
    assert len(world.inbox.received) == 1
    assert (await find(world.open(), "ana@x.com")).values["state"] == "active"


async def test_two_runs_that_owe_the_same_hand_over_end_with_one_password_that_works(world: Any, engine: Any) -> None:
    await world.add("ana@x.com", password="!" + engine.old_hash)
    await asyncio.gather(
        *(engine.apply(world.open(), engine.desired("ana@x.com")) for _ in range(2)), return_exceptions=True
    )

    assert (await find(world.open(), "ana@x.com")).values["state"] == "active"
    assert await world.opens("ana@x.com") == 1


async def test_many_accounts_at_once_go_through_one_connection(world: Any, engine: Any) -> None:
    provider = world.open()
    people = [await engine.resolve(provider, engine.desired(f"p{n}@x.com", courses=("AI-101",))) for n in range(8)]

    await asyncio.gather(*(provider.create(p) for p in people))

    assert await engine.apply(provider, *(engine.desired(f"p{n}@x.com", courses=("AI-101",)) for n in range(8))) == []


async def test_a_locked_row_is_busy_not_an_endless_wait(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open(url=world.url + "?options=-c%20lock_timeout%3D100")
    update = engine.change(await find(provider, "ana@x.com"), engine.desired("ana@x.com", name="Anna"))

    async with world.holding("SELECT 1 FROM users FOR UPDATE"):
        with pytest.raises(Busy, match="update account"):
            await provider.update(update)

    await provider.update(update)
    assert (await world.row("ana@x.com"))["name"] == "Anna"


async def test_runs_wait_for_each_other(world: Any, engine: Any) -> None:
    provider = world.open(url=world.url + "?options=-c%20lock_timeout%3D100")
    async with world.holding("SELECT pg_advisory_xact_lock(3176736006252420181)"):
        with pytest.raises(Busy):
            await provider.create(engine.desired("ana@x.com"))


ADMINS = ("a@x.com", "b@x.com")


async def test_two_runs_cannot_each_remove_one_of_the_last_two_admins(world: Any, engine: Any) -> None:
    for email in ADMINS:
        await world.add(email, "ADMIN")
    providers = [world.open(), world.open()]
    live = [await find(p, email) for p, email in zip(providers, ADMINS, strict=True)]

    results = await asyncio.gather(
        *(p.disable(one) for p, one in zip(providers, live, strict=True)), return_exceptions=True
    )

    assert sorted(type(r).__name__ for r in results) == ["NoneType", "Refused"]
    assert any("no active ADMIN" in str(r) for r in results)


LOSING = [
    pytest.param({"role": "STUDENT"}, id="demoted"),
    pytest.param({"role": "ADMIN", "state": "disabled"}, id="suspended"),
    pytest.param(None, id="disabled"),
]


@pytest.mark.parametrize("spec", LOSING)
@pytest.mark.parametrize("operator", [pytest.param(True, id="operator"), pytest.param(False, id="last-admin")])
async def test_the_transaction_itself_refuses_to_lock_everybody_out(
    world: Any, engine: Any, spec: dict[str, str] | None, operator: bool
) -> None:
    await world.add("me@x.com", "ADMIN")
    if operator:
        await world.add("other@x.com", "ADMIN")
        world.settings = world.settings.model_copy(update={"operator": "me@x.com"})
    before = await world.sandbox_rows()
    provider = world.open()
    live = await find(provider, "me@x.com")

    attempt = (
        provider.update(engine.change(live, engine.desired("me@x.com", **spec))) if spec else provider.disable(live)
    )
    with pytest.raises(Refused, match=r"the operator's own account" if operator else "no active ADMIN"):
        await attempt

    assert await world.sandbox_rows() == before


async def test_the_operators_address_is_not_changed_under_them(world: Any, engine: Any) -> None:
    await world.add("me@x.com", "ADMIN")
    world.settings = world.settings.model_copy(update={"operator": "me@x.com"})
    provider = world.open()
    update = engine.change(await find(provider, "me@x.com"), engine.desired("you@x.com", role="ADMIN"))

    with pytest.raises(Refused, match="operator"):
        await provider.update(update)


async def test_a_row_is_never_deleted(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()

    with pytest.raises(Refused, match="is not deleted"):
        await provider.delete(await find(provider, "ana@x.com"))

    assert (await world.row("ana@x.com"))["deletedAt"] is None


async def test_nobody_joins_a_course_that_was_soft_deleted_and_nobody_in_it_leaves(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("in@x.com", courses=("GONE-1",)))
    await world.sql("UPDATE courses SET \"deletedAt\" = now() WHERE code = 'GONE-1'")
    both = [engine.desired(e, courses=("GONE-1",)) for e in ("in@x.com", "new@x.com")]

    assert await engine.apply(provider, both[0]) == []
    _ = [e async for e in provider.externals("courses")]
    assert "GONE-1 was deleted" in provider.preview(engine.create(both[1])).hold
    with pytest.raises(Refused, match="GONE-1 was deleted"):
        await provider.create(await engine.resolve(provider, both[1]))

    assert await world.courses_of("in@x.com") == {"GONE-1"}
    assert await world.sql("SELECT 1 FROM users WHERE email = 'new@x.com'") == []


async def test_a_course_that_vanished_since_the_plan_stops_the_whole_account(world: Any, engine: Any) -> None:
    provider = world.open()
    wanted = await engine.resolve(provider, engine.desired("ana@x.com", courses=("GONE-1",)))
    await world.sql("DELETE FROM courses WHERE code = 'GONE-1'")

    with pytest.raises(Refused, match="was deleted"):
        await provider.create(wanted)

    assert await world.sql("SELECT 1 FROM users WHERE email = 'ana@x.com'") == []


async def test_names_that_look_like_sql_are_only_names(world: Any, engine: Any) -> None:
    odd = "Robert'); DROP TABLE users;-- %s %(id)s \\ \" 🎓"
    await engine.apply(world.open(), engine.desired("ana@x.com", name=odd, company=odd))

    assert (await world.row("ana@x.com"))["name"] == odd


async def test_every_write_stands_in_a_transaction_that_took_the_run_lock_first(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna"), owned=[])
    await engine.apply(provider, owned=["ana@x.com"])

    sent = [re.sub(r"^LOG: +(statement|execute [^:]*): *", "", line).split("\n")[0] for line in world.log()]
    for before, after in itertools.pairwise(sent):
        assert "BEGIN" not in before or "pg_advisory_xact_lock" in after
    assert sum("BEGIN" in s for s in sent) == sum("COMMIT" in s for s in sent) == 4


HASH_FACTS = re.compile(r"length\((u\.)?password\)|left\((u\.)?password, 1\)")


async def test_the_stored_hash_is_never_selected(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    await world.add("old@x.com", "ADMIN", deletedAt=THEN)
    provider = world.open()
    await engine.apply(provider, engine.desired("new@x.com", courses=("AI-101",)), engine.desired("old@x.com"))
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna"), owned=["new@x.com"])
    await engine.apply(provider, engine.desired("new@x.com"))

    statements = [line for line in world.log() if line.startswith("LOG:")]
    assert len(statements) > 30
    selecting = [s for s in statements if re.search(r"\bSELECT\b|\bRETURNING\b", s)]
    assert [s for s in selecting if "password" in HASH_FACTS.sub("", s)] == []
    assert [s for s in selecting if re.search(r"SELECT\s+(\w+\.)?\*", s)] == []
    live = [one async for one in provider.list("accounts")]
    assert "$2b$" not in repr([(one, one.private) for one in live])


async def test_a_read_only_connection_refuses_every_write_before_it_is_sent(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open(read_only=True)
    live = await find(provider, "ana@x.com")
    mark = len(world.log())
    attempts = (
        lambda: provider.create(engine.desired("new@x.com")),
        lambda: provider.update(engine.change(live, engine.desired("ana@x.com", name="Anna"))),
        lambda: provider.disable(live),
    )

    for attempt in attempts:
        with pytest.raises(ReadOnlyViolation):
            await attempt()

    assert world.log()[mark:] == []


async def test_a_read_only_session_is_read_only_for_postgresql_too(world: Any, engine: Any) -> None:
    session = world.session(read_only=True)

    assert await session.rows("SHOW default_transaction_read_only", "ask") == [{"default_transaction_read_only": "on"}]
    with pytest.raises(ReadOnlyViolation, match="read-only"):
        await session.rows("SELECT id FROM users FOR UPDATE", "try")
    with pytest.raises(ReadOnlyViolation, match="nothing was sent"):
        await session.rows("DELETE FROM users", "try")


async def test_no_url_can_turn_the_read_only_default_off(world: Any, engine: Any) -> None:
    url = world.url + "?options=-c%20default_transaction_read_only%3Doff"
    session = world.session(read_only=True, url=url)

    assert await session.rows("SHOW default_transaction_read_only", "ask") == [{"default_transaction_read_only": "on"}]


async def test_reading_sends_nothing_but_selects(world: Any, engine: Any) -> None:
    provider = await world.connect(read_only=True)
    await provider.whoami()
    _ = [one async for one in provider.list("accounts")]
    _ = [one async for one in provider.externals("courses")]

    sent = [line for line in world.log() if line.startswith("LOG:")]
    assert len(sent) == provider.requests == 7
    assert all(re.match(r"LOG: +(statement|execute [^:]*): *\s*SELECT", s) for s in sent)
