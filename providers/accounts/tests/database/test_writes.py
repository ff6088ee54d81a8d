"""The SQL contract and its traps: what is checked again, what is refused, what is never done."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import Busy, NotFound, Refused

THEN = datetime(2025, 12, 20, 9, 0, tzinfo=UTC).replace(tzinfo=None)
LOCKED = "!$2b$12$" + "a" * 53
BOTH = pytest.mark.parametrize("back_end", ["postgresql", "memory"], indirect=True)


async def find(provider: Any, email: str) -> Any:
    return {one.identity[0]: one async for one in provider.list("accounts")}[email]


@BOTH
@pytest.mark.trap("accounts", "1: ids are opaque: UUIDs and, from before, cuids")
async def test_ids_are_uuid_4_and_old_ids_stay(world: Any, engine: Any) -> None:
    await world.add("old@x.com", id="ckold00000000000000000000")
    await engine.apply(
        world.open(), engine.desired("old@x.com", name="Olga", surname="Silva"), engine.desired("new@x.com")
    )

    assert (await world.row("old@x.com"))["id"] == "ckold00000000000000000000"
    assert uuid.UUID((await world.row("new@x.com"))["id"]).version == 4


UNTIMED = pytest.mark.trap("accounts", "6: updatedAt alone does not prove that a row is unchanged")
MEANWHILE = [
    pytest.param({"name": "Eva"}, "name", id="managed-column-without-a-new-time", marks=UNTIMED),
    pytest.param({"role": "ADMIN"}, "role", id="role"),
    pytest.param({"updatedAt": THEN}, '"updatedAt"', id="only-the-time"),
    pytest.param({"deletedAt": THEN}, "state", id="soft-deleted"),
    pytest.param({"password": LOCKED}, "state", id="locked"),
    pytest.param({"email": "eva@x.com"}, "email", id="renamed"),
    pytest.param(None, "courses", id="enrolled-themselves"),
]


@BOTH
@pytest.mark.parametrize(("columns", "named"), MEANWHILE)
async def test_a_row_that_changed_since_the_plan_is_left_alone(
    world: Any, engine: Any, columns: dict[str, Any] | None, named: str
) -> None:
    user = await world.add("ana@x.com")
    provider = world.open()
    wanted = await engine.resolve(provider, engine.desired("ana@x.com", name="Anna", courses=("AI-101",)))
    update = engine.change(await find(provider, "ana@x.com"), wanted)
    if columns is not None:
        await world.edit("ana@x.com", **columns)
    else:
        enrolled = {"id": "e1", "userId": user, "courseId": await world.course("AI-201"), "enrolledAt": THEN}
        await world.insert("enrollments", enrolled)
    before = await world.sandbox_rows()

    with pytest.raises(Refused, match=f"changed since the plan was made.*{named}"):
        await provider.update(update)

    assert await world.sandbox_rows() == before


@BOTH
async def test_a_column_nobody_manages_may_change_meanwhile(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    update = engine.change(await find(provider, "ana@x.com"), engine.desired("ana@x.com", name="Anna"))
    await world.edit("ana@x.com", company="New", cellNumber="1")

    await provider.update(update)

    assert (await world.row("ana@x.com"))["name"] == "Anna"
    assert (await world.row("ana@x.com"))["company"] == "New"


@BOTH
async def test_a_row_that_vanished_is_not_found(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    update = engine.change(await find(provider, "ana@x.com"), engine.desired("ana@x.com", name="Anna"))
    await world.remove("ana@x.com")

    with pytest.raises(NotFound):
        await provider.update(update)


TAKEN = [pytest.param("ana@x.com", id="same"), pytest.param("ANA@x.com", id="other-case")]


@BOTH
@pytest.mark.parametrize("email", TAKEN)
async def test_an_address_taken_since_the_plan_is_refused_and_nobody_gets_a_password(
    world: Any, engine: Any, email: str
) -> None:
    await world.add(email)
    before = await world.sandbox_rows()

    with pytest.raises(Refused, match="appeared since the plan"):
        await world.open().create(engine.desired("ana@x.com"))

    assert (await world.sandbox_rows(), world.inbox.received) == (before, [])


@BOTH
@pytest.mark.parametrize("email", [pytest.param("new@x.com", id="same"), pytest.param("New@x.com", id="other-case")])
async def test_a_rename_onto_a_taken_address_is_refused(world: Any, engine: Any, email: str) -> None:
    await world.add("ana@x.com")
    await world.add(email, deletedAt=THEN)
    provider = world.open()

    with pytest.raises(Refused, match=f"new@x.com is taken: row id-{email}"):
        await provider.update(engine.change(await find(provider, "ana@x.com"), engine.desired("new@x.com")))


@BOTH
@pytest.mark.trap("accounts", "6: uniqueness is an index, not a constraint")
async def test_a_duplicate_that_slips_past_every_check_is_refused_by_the_index(world: Any, engine: Any) -> None:
    class Late(world.line):
        async def send(self, connection: Any, query: Any, values: Any, operation: str, *, patient: bool = False) -> Any:
            if "INSERT INTO public.users" in str(query):
                await world.add("ana@x.com")
            return await super().send(connection, query, values, operation, patient=patient)

    with pytest.raises(Refused, match=r"users_email_key.*SQLSTATE 23505"):
        await world.open(session=Late).create(engine.desired("ana@x.com"))


@BOTH
async def test_two_runs_that_create_the_same_person_make_one(world: Any, engine: Any) -> None:
    results = await asyncio.gather(
        *(world.open().create(engine.desired("ana@x.com")) for _ in range(2)), return_exceptions=True
    )

    assert [type(r).__name__ for r in results if isinstance(r, Exception)] == ["Refused"]
    assert len(world.inbox.received) == 1
    assert (await find(world.open(), "ana@x.com")).values["state"] == "active"


@BOTH
async def test_two_runs_that_owe_the_same_hand_over_end_with_one_password_that_works(world: Any, engine: Any) -> None:
    await world.add("ana@x.com", password="!" + engine.old_hash)
    await asyncio.gather(
        *(engine.apply(world.open(), engine.desired("ana@x.com")) for _ in range(2)), return_exceptions=True
    )

    assert (await find(world.open(), "ana@x.com")).values["state"] == "active"
    assert await world.opens("ana@x.com") == 1


@BOTH
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


@pytest.mark.trap("accounts", "6: runs are serialised by a transaction lock")
async def test_runs_wait_for_each_other(world: Any, engine: Any) -> None:
    provider = world.open(url=world.url + "?options=-c%20lock_timeout%3D100")
    async with world.holding("SELECT pg_advisory_xact_lock(3176736006252420181)"):
        with pytest.raises(Busy):
            await provider.create(engine.desired("ana@x.com"))


@BOTH
async def test_names_that_look_like_sql_are_only_names(world: Any, engine: Any) -> None:
    odd = "Robert'); DROP TABLE users;-- %s %(id)s \\ \" 🎓"
    await engine.apply(world.open(), engine.desired("ana@x.com", name=odd, company=odd))

    assert (await world.row("ana@x.com"))["name"] == odd
