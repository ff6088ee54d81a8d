"""Every row of the application's state mapping, against a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import pytest

THEN = datetime(2025, 12, 20, 9, 0, tzinfo=UTC).replace(tzinfo=None)
LOCKED = "!$2b$12$" + "a" * 53
pytestmark = pytest.mark.parametrize("back_end", ["postgresql", "memory"], indirect=True)


@pytest.mark.trap("accounts", "1: columns without default have to be set: id, updatedAt, empty texts")
async def test_a_listed_person_without_a_row_gets_one_that_opens_with_the_password_handed_over(
    world: Any, engine: Any
) -> None:
    provider = world.open()
    ana = engine.desired("ana@x.com", surname="Silva", company="ACME", position="CTO", courses=("AI-101",))

    assert await engine.apply(provider, ana) == ["create ana@x.com"]

    row = await world.row("ana@x.com")
    assert bcrypt.checkpw(world.inbox.password_of("ana@x.com").encode(), row["password"].encode())
    assert (row["name"], row["surname"], row["company"], row["position"]) == ("Ana", "Silva", "ACME", "CTO")
    assert (row["cellNumber"], row["workAddress"], row["deletedAt"], row["role"]) == ("", "", None, "STUDENT")
    assert await world.courses_of("ana@x.com") == {"AI-101"}


@pytest.mark.trap("accounts", "6: a needless updatedAt shows up as a login")
async def test_an_equal_row_needs_nothing_and_keeps_its_time(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    before = await world.row("ana@x.com")

    assert await engine.apply(world.open(), engine.desired("ana@x.com", surname="Silva")) == []

    assert await world.row("ana@x.com") == before


PROFILE = [
    pytest.param({"name": "Anna"}, "name", id="name"),
    pytest.param({"surname": "Sousa"}, "surname", id="surname"),
    pytest.param(
        {"role": "INSTRUCTOR"},
        "role",
        id="role",
        marks=pytest.mark.trap("accounts", "6: a role is an enum, and has to be cast"),
    ),
    pytest.param({"company": "ACME"}, "company", id="company"),
    pytest.param({"position": "CTO"}, "position", id="position"),
]


@pytest.mark.trap("accounts", "1: updatedAt has neither default nor trigger")
@pytest.mark.parametrize(("spec", "column"), PROFILE)
async def test_a_differing_column_and_its_time_are_all_that_changes(
    world: Any, engine: Any, spec: dict[str, str], column: str
) -> None:
    await world.add("ana@x.com")
    before = await world.row("ana@x.com")

    assert await engine.apply(world.open(), engine.desired("ana@x.com", **spec)) == [f"update ana@x.com: {column}"]

    assert await world.row("ana@x.com") == {**before, **spec, "updatedAt": engine.now.replace(tzinfo=None)}


@pytest.mark.trap("accounts", "2: a soft-deleted row keeps its address: restore, never insert")
async def test_a_soft_deleted_row_is_restored_and_keeps_a_password_that_works(world: Any, engine: Any) -> None:
    await world.add("ana@x.com", deletedAt=THEN)
    before = await world.row("ana@x.com")

    assert await engine.apply(world.open(), engine.desired("ana@x.com")) == ["update ana@x.com: state"]

    assert await world.row("ana@x.com") == {**before, "deletedAt": None}
    assert world.inbox.received == []


@pytest.mark.trap("accounts", "6: an active account with a locked password is drift")
@pytest.mark.parametrize(
    ("deleted_at", "again"),
    [pytest.param(THEN, True, id="disabled"), pytest.param(None, False, id="active-but-locked")],
)
async def test_a_lock_is_left_with_a_new_password_only(
    world: Any, engine: Any, deleted_at: datetime | None, again: bool
) -> None:
    await world.add("ana@x.com", password=LOCKED, deletedAt=deleted_at)

    assert await engine.apply(world.open(), engine.desired("ana@x.com")) == ["update ana@x.com: state"]

    row = await world.row("ana@x.com")
    assert row["deletedAt"] is None
    assert bcrypt.checkpw(world.inbox.password_of("ana@x.com").encode(), row["password"].encode())
    assert [new.again for new in world.inbox.received] == [again]


UNUSABLE = [
    pytest.param("", id="empty"),
    pytest.param("!", id="only-a-mark"),
    pytest.param("plain", id="no-hash"),
    pytest.param("!" * 60, id="sixty-characters-that-are-no-hash"),
    pytest.param("!" + LOCKED, id="locked-twice"),
]


@pytest.mark.trap("accounts", "1: a hash that is not 60 characters long never matches: a reversible lock")
@pytest.mark.parametrize("stored", UNUSABLE)
async def test_whatever_cannot_sign_in_counts_as_locked(world: Any, engine: Any, stored: str) -> None:
    await world.add("ana@x.com", password=stored)
    provider = world.open()

    assert {one.identity[0]: one.values["state"] async for one in provider.list("accounts")}["ana@x.com"] == "locked"
    await engine.apply(provider, engine.desired("ana@x.com"))

    assert (await world.row("ana@x.com"))["password"].startswith("$2b$")


@pytest.mark.trap("accounts", "6: the same address in other capitals is another row")
async def test_the_same_address_in_other_case_is_held_with_both_ways_out(world: Any, engine: Any) -> None:
    await world.add("Ana@x.com", role="INSTRUCTOR", id="row-7")
    provider = world.open()
    _ = [one async for one in provider.list("accounts")]
    held = provider.preview(engine.create(engine.desired("ana@x.com")))

    assert "row-7" in held.hold
    assert "Ana@x.com" in held.hold
    assert "lifecycle: {id: row-7, adopt: true}" in held.next
    assert "another address" in held.next


@pytest.mark.trap("accounts", "6: the same address in other capitals is another row")
async def test_a_pinned_row_in_other_case_is_normalised(world: Any, engine: Any) -> None:
    user = await world.add("Ana@x.com", id="row-7")
    provider = world.open()
    live = {one.id: one async for one in provider.list("accounts")}[user]
    update = engine.change(live, engine.desired("ana@x.com"))

    assert provider.preview(update).hold == ""
    after = await provider.update(update)

    assert after.identity == ("ana@x.com",)
    assert (await world.row("ana@x.com"))["id"] == "row-7"


@pytest.mark.trap("accounts", "1: a hash that is not 60 characters long never matches: a reversible lock")
async def test_a_person_taken_off_the_roster_is_soft_deleted_and_locked_reversibly(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    before = await world.row("ana@x.com")

    assert await engine.apply(world.open(), owned=["ana@x.com"]) == ["disable ana@x.com"]

    row = await world.row("ana@x.com")
    assert row == {**before, "deletedAt": engine.now.replace(tzinfo=None), "password": "!" + engine.old_hash}


@pytest.mark.trap("accounts", "2: soft delete does not stop sign-in")
async def test_taken_off_but_soft_deleted_by_hand_is_locked_and_keeps_its_date(world: Any, engine: Any) -> None:
    await world.add("ana@x.com", deletedAt=THEN)

    assert await engine.apply(world.open(), owned=["ana@x.com"]) == ["disable ana@x.com"]

    row = await world.row("ana@x.com")
    assert (row["deletedAt"], row["password"]) == (THEN, "!" + engine.old_hash)


@pytest.mark.trap("accounts", "1: a hash that is not 60 characters long never matches: a reversible lock")
async def test_disabling_twice_does_not_lock_twice(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open()
    [live] = [one async for one in provider.list("accounts") if one.identity == ("ana@x.com",)]

    await provider.disable(live)
    await provider.disable(live)

    assert (await world.row("ana@x.com"))["password"] == "!" + engine.old_hash


async def test_disabling_somebody_who_is_gone_is_done(world: Any, engine: Any) -> None:
    user = await world.add("ana@x.com")
    provider = world.open()
    [live] = [one async for one in provider.list("accounts") if one.id == user]
    await world.remove("ana@x.com")

    await provider.disable(live)

    assert not await world.has("ana@x.com")


LISTED = [
    pytest.param("STUDENT", None, False, "active", False, "", id="student"),
    pytest.param("ADMIN", None, False, "active", False, "an active ADMIN", id="admin"),
    pytest.param("INSTRUCTOR", None, False, "active", False, "an active INSTRUCTOR", id="instructor"),
    pytest.param("ADMIN", None, True, "locked", False, "", id="locked-admin"),
    pytest.param("STUDENT", THEN, False, "deleted", False, "can still sign in", id="deleted-can-sign-in"),
    pytest.param("ADMIN", THEN, True, "disabled", True, "", id="disabled-admin-is-gone"),
]


@pytest.mark.trap("accounts", "3: anybody can register, as ADMIN too")
@pytest.mark.parametrize(("role", "deleted_at", "locked", "state", "inactive", "alarm"), LISTED)
async def test_rows_outside_the_roster_are_told_apart(
    world: Any, engine: Any, role: str, deleted_at: Any, locked: bool, state: str, inactive: bool, alarm: str
) -> None:
    user = await world.add("Eve@x.com", role, password=LOCKED if locked else engine.old_hash, deletedAt=deleted_at)
    [live] = [one async for one in world.open().list("accounts") if one.id == user]

    assert (live.values["state"], live.inactive) == (state, inactive)
    assert alarm in engine.kind.alarming(live)
    assert bool(alarm) == bool(engine.kind.alarming(live))


async def test_a_suspension_written_in_the_roster_is_a_disabled_account_without_password(
    world: Any, engine: Any
) -> None:
    provider = world.open()
    suspended = engine.desired("ana@x.com", state="disabled")

    await engine.apply(provider, suspended)

    row = await world.row("ana@x.com")
    assert (row["deletedAt"], row["password"][0]) == (engine.now.replace(tzinfo=None), "!")
    assert world.inbox.received == []
    assert await engine.apply(provider, suspended) == []


SUSPEND = [
    pytest.param(None, False, id="from-active"),
    pytest.param(None, True, id="from-locked"),
    pytest.param(THEN, False, id="from-deleted"),
]


@pytest.mark.parametrize(("deleted_at", "locked"), SUSPEND)
async def test_suspending_reaches_disabled_from_every_state(
    world: Any, engine: Any, deleted_at: Any, locked: bool
) -> None:
    await world.add("ana@x.com", password=LOCKED if locked else engine.old_hash, deletedAt=deleted_at)
    provider = world.open()
    suspended = engine.desired("ana@x.com", state="disabled")

    assert await engine.apply(provider, suspended) == ["update ana@x.com: state"]

    assert (await world.row("ana@x.com"))["password"] == LOCKED
    assert await engine.apply(provider, suspended) == []


@pytest.mark.trap("accounts", "6: an address has no stable key; a rename must be explicit")
async def test_a_renamed_address_keeps_the_row_its_work_and_its_password(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))
    before = await world.row("ana@x.com")
    [live] = [one async for one in provider.list("accounts") if one.id == before["id"]]

    renamed = await engine.resolve(provider, engine.desired("ana@y.com", courses=("AI-101",)))
    update = engine.change(live, renamed)
    assert [f.path for f in update.fields] == [("email",)]
    await provider.update(update)

    assert await world.row("ana@y.com") == {**before, "email": "ana@y.com"}
    assert await world.courses_of("ana@y.com") == {"AI-101"}


@pytest.mark.trap("accounts", "6: times are UTC without a zone; now() follows the session")
async def test_times_are_utc_whatever_the_server_thinks(world: Any, engine: Any) -> None:
    await engine.apply(world.open(), engine.desired("ana@x.com", courses=("AI-101",)))

    row = await world.row("ana@x.com")
    [enrolled] = await world.all("enrollments")
    expected = engine.now.replace(tzinfo=None)
    assert (row["createdAt"], row["updatedAt"], enrolled["enrolledAt"]) == (expected,) * 3
    [live] = [one async for one in world.open().list("accounts") if one.identity == ("ana@x.com",)]
    assert live.created_at - engine.now == timedelta(0)
