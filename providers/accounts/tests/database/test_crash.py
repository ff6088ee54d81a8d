"""Stopped at every point between two effects, then run again: one row, one password that works, no lock in the way."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler import Preview, Refused, Unavailable
from reconciler_accounts.handover.base import Delivery, NewPassword
from reconciler_accounts.session import Session

pytestmark = pytest.mark.parametrize("back_end", ["postgresql", "memory"], indirect=True)


class Killed(BaseException):
    """The process is gone: nothing below may run on."""


@dataclass
class Then:
    """A delivery after which something happens."""

    inner: Delivery
    act: Callable[[], Awaitable[None]]

    def preview(self, email: str) -> Preview:
        return self.inner.preview(email)

    async def hand_over(self, new: NewPassword) -> str:
        where = await self.inner.hand_over(new)
        await self.act()
        return where


def killing(line: type[Session], at: int, *, after: bool) -> tuple[type[Session], Callable[[], bool]]:
    """Return a session class that dies at its n-th write statement, before or after it took effect."""
    count = -1

    class Dying(line):  # type: ignore[misc,valid-type]
        async def send(self, connection: Any, query: Any, values: Any, operation: str, *, patient: bool = False) -> Any:
            nonlocal count
            writing = patient or query == "BEGIN"
            count += writing
            if writing and count == at and not after:
                await connection.close()
                raise Killed
            result = await super().send(connection, query, values, operation, patient=patient)
            if writing and count == at:
                await connection.close()
                raise Killed
            return result

    return Dying, lambda: count >= at


SCENES = [
    pytest.param(None, id="new"),
    pytest.param("disabled", id="comes-back"),
    pytest.param("other", id="renamed-and-moved"),
]


@pytest.mark.parametrize("after", [pytest.param(False, id="before"), pytest.param(True, id="after")])
@pytest.mark.parametrize("scene", SCENES)
async def test_killed_at_any_statement_the_next_apply_converges(
    world: Any, engine: Any, scene: str | None, after: bool
) -> None:
    points = 0
    while True:
        email = f"p{points}@x.com"
        wanted = engine.desired(email, name="Anna", surname="S", courses=("AI-101", "AI-201"))
        if scene == "disabled":
            await world.add(email, password="!" + engine.old_hash, deletedAt=engine.now.replace(tzinfo=None))
        elif scene == "other":
            await engine.apply(world.open(), engine.desired(email, courses=("GONE-1",)))
        session, struck = killing(world.line, points, after=after)
        with contextlib.suppress(Killed):
            await engine.apply(world.open(session=session), wanted)
        if not struck():
            break
        await engine.apply(world.open(), wanted)

        assert await engine.apply(world.open(), wanted) == []
        assert await world.courses_of(email) == {"AI-101", "AI-201"}
        row = await world.row(email)
        assert (row["name"], row["deletedAt"]) == ("Anna", None)
        assert await world.opens(email) == 1
        points += 1
    assert points >= (9 if scene == "other" else 14)


async def test_killed_before_the_hand_over_nobody_can_sign_in_and_the_next_apply_hands_over(
    world: Any, engine: Any
) -> None:
    wanted = engine.desired("ana@x.com")
    with pytest.raises(Killed):
        await engine.apply(world.open(inbox=engine.inbox(failing=[Killed()])), wanted)
    assert (await world.row("ana@x.com"))["password"][0] == "!"

    assert await engine.apply(world.open(), wanted) == ["update ana@x.com: state"]

    assert await world.opens("ana@x.com") == 1


@pytest.mark.parametrize("handed_over", [False, True])
async def test_who_comes_back_stays_out_of_service_until_the_new_password_works(
    world: Any, engine: Any, handed_over: bool
) -> None:
    """So the next apply brings the person back as freely as this one would have: nobody has to consent to it anew."""

    async def die() -> None:
        raise Killed

    await world.add("ana@x.com", password="!" + engine.old_hash, deletedAt=engine.now.replace(tzinfo=None))
    wanted = engine.desired("ana@x.com", name="Anna")
    inbox = Then(engine.inbox(), die) if handed_over else engine.inbox(failing=[Killed()])
    with pytest.raises(Killed):
        await engine.apply(world.open(inbox=inbox), wanted)

    [left] = [live async for live in world.open().list("accounts") if live.identity == ("ana@x.com",)]
    assert (left.inactive, left.values["state"]) == (True, "disabled")
    await engine.apply(world.open(), wanted)
    assert (await world.row("ana@x.com"))["deletedAt"] is None
    assert await world.opens("ana@x.com") == 1


async def test_who_is_removed_again_during_the_hand_over_does_not_come_back(world: Any, engine: Any) -> None:
    then = engine.now.replace(tzinfo=None)

    async def restore_and_remove() -> None:
        await world.edit("ana@x.com", deletedAt=then.replace(year=2027))

    await world.add("ana@x.com", password="!" + engine.old_hash, deletedAt=then)
    with pytest.raises(Refused, match="does not work"):
        await engine.apply(world.open(inbox=Then(engine.inbox(), restore_and_remove)), engine.desired("ana@x.com"))
    assert (await world.row("ana@x.com"))["deletedAt"] is not None


async def test_killed_after_the_hand_over_the_newer_password_is_the_one_that_works(world: Any, engine: Any) -> None:
    async def die() -> None:
        raise Killed

    wanted, first = engine.desired("ana@x.com"), engine.inbox()
    with pytest.raises(Killed):
        await engine.apply(world.open(inbox=Then(first, die)), wanted)
    await engine.apply(world.open(), wanted)

    assert world.inbox.password_of("ana@x.com") != first.password_of("ana@x.com")
    assert await world.opens("ana@x.com") == 1


async def test_a_failed_hand_over_leaves_the_account_locked_and_says_what_comes_next(world: Any, engine: Any) -> None:
    world.inbox.failing.append(Unavailable("the mail server mail:587 did not take the message"))
    wanted = engine.desired("ana@x.com")

    with pytest.raises(Unavailable, match=r"ana@x\.com is locked.*mail server mail:587") as caught:
        await engine.apply(world.open(), wanted)
    assert "apply again" in caught.value.fix
    assert "makes a new password" in caught.value.fix
    assert (await world.row("ana@x.com"))["password"][0] == "!"

    assert await engine.apply(world.open(), wanted) == ["update ana@x.com: state"]
    assert await world.opens("ana@x.com") == 1


@pytest.mark.parametrize("statement", ["soft-deleted", "another-password"])
async def test_what_happens_to_an_account_during_its_hand_over_wins(world: Any, engine: Any, statement: str) -> None:
    async def interfere() -> None:
        now = engine.now.replace(tzinfo=None)
        change = {"deletedAt": now} if statement == "soft-deleted" else {"password": "!" + 60 * "x"}
        await world.edit("ana@x.com", **change)

    with pytest.raises(Refused, match="does not work"):
        await engine.apply(world.open(inbox=Then(world.inbox, interfere)), engine.desired("ana@x.com"))

    assert (await world.row("ana@x.com"))["password"][0] == "!"


async def test_a_connection_lost_in_mid_transaction_keeps_nothing_and_the_next_call_connects_again(
    world: Any, engine: Any
) -> None:
    class Cut(world.line):  # type: ignore[misc,name-defined]
        cut = False

        async def send(self, connection: Any, query: Any, values: Any, operation: str, *, patient: bool = False) -> Any:
            if "INSERT INTO public.enrollments" in str(query) and not Cut.cut:
                Cut.cut = True
                await world.cut()
            return await super().send(connection, query, values, operation, patient=patient)

    provider = world.open(session=Cut)
    wanted = engine.desired("ana@x.com", courses=("AI-101",))
    with pytest.raises(Unavailable):
        await engine.apply(provider, wanted)
    assert not await world.has("ana@x.com")

    assert await engine.apply(provider, wanted) == ["create ana@x.com"]


async def test_the_new_password_and_its_hash_are_in_the_redaction_funnel(world: Any, engine: Any) -> None:
    await engine.apply(world.open(), engine.desired("ana@x.com"))
    password, hashed = world.inbox.password_of("ana@x.com"), (await world.row("ana@x.com"))["password"]

    cleaned = world.runtime.redactor.clean(f"{password} {hashed}")

    assert password not in cleaned
    assert hashed not in cleaned
    assert password not in repr(world.inbox.received)
