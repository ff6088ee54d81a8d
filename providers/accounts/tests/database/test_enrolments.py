"""Enrolments: wholly owned where the roster writes them, never touched where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Refused

pytestmark = pytest.mark.parametrize("back_end", ["postgresql", "memory"], indirect=True)


COURSES = [
    pytest.param(("AI-101",), ("AI-201",), id="moved"),
    pytest.param((), ("AI-101", "AI-201"), id="joined-two"),
    pytest.param(("AI-101", "AI-201"), (), id="left-all"),
    pytest.param(("AI-101",), ("AI-101", "AI-201"), id="one-more"),
]


@pytest.mark.trap("accounts", "1: an enrolment is a row, without state; leaving is deleting it")
@pytest.mark.parametrize(("before", "after"), COURSES)
async def test_enrolments_become_those_of_the_roster_and_touch_nothing_else(
    world: Any, engine: Any, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=before))
    row = await world.row("ana@x.com")

    assert await engine.apply(provider, engine.desired("ana@x.com", courses=after)) == ["update ana@x.com: courses"]

    assert await world.courses_of("ana@x.com") == set(after)
    assert await world.row("ana@x.com") == row
    assert await engine.apply(provider, engine.desired("ana@x.com", courses=after)) == []


async def test_courses_that_are_not_written_are_not_touched(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))

    assert await engine.apply(provider, engine.desired("ana@x.com")) == []
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna"))

    assert await world.courses_of("ana@x.com") == {"AI-101"}


async def test_disabling_keeps_enrolments(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))
    await engine.apply(provider, owned=["ana@x.com"])

    assert await world.courses_of("ana@x.com") == {"AI-101"}


@pytest.mark.trap("accounts", "1: a soft-deleted course keeps its code and its enrolments")
async def test_nobody_joins_a_course_that_was_soft_deleted_and_nobody_in_it_leaves(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("in@x.com", courses=("GONE-1",)))
    await world.end_course("GONE-1")
    both = [engine.desired(e, courses=("GONE-1",)) for e in ("in@x.com", "new@x.com")]

    assert await engine.apply(provider, both[0]) == []
    _ = [e async for e in provider.externals("courses")]
    assert "GONE-1 was deleted" in provider.preview(engine.create(both[1])).hold
    with pytest.raises(Refused, match="GONE-1 was deleted"):
        await provider.create(await engine.resolve(provider, both[1]))

    assert await world.courses_of("in@x.com") == {"GONE-1"}
    assert not await world.has("new@x.com")


async def test_a_course_that_vanished_since_the_plan_stops_the_whole_account(world: Any, engine: Any) -> None:
    provider = world.open()
    wanted = await engine.resolve(provider, engine.desired("ana@x.com", courses=("GONE-1",)))
    await world.drop("courses", await world.course("GONE-1"))

    with pytest.raises(Refused, match="was deleted"):
        await provider.create(wanted)

    assert not await world.has("ana@x.com")
