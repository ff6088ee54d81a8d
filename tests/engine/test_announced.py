"""What a run that died had announced, beside what was recorded under the same address before."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
PERSON = {"state": "active", "lifecycle": {"provider": "memory"}}
POINTS = [("delete", "before"), ("delete", "after"), ("create", "before"), ("create", "after")]


async def test_an_object_that_was_to_be_replaced_is_still_ours_when_the_run_died_before(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "placement": "up"}, "b": {"url": SITE}}})
    assert await lab.killed("delete", "before")
    lab.desire({"widgets": {"b": {"url": SITE}}})
    assert await lab.lines() == ["delete widgets/a", "forget widgets/a"]  # the object, and what was to take its place
    await lab.apply()
    assert [*lab.shown("widgets")] == ["b"]


async def test_a_replacement_that_git_took_back_leaves_nothing_to_do(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "placement": "up"}}})
    assert await lab.killed("delete", "before")
    lab.desire({"widgets": {"a": {"url": SITE}}})
    assert await lab.lines() == ["forget widgets/a"]  # what was to take its place
    await lab.apply()
    assert len(lab.world.objects["widgets"]) == 1
    assert await lab.lines() == []


async def test_a_replacement_that_died_between_its_halves_is_finished(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "placement": "up"}}})
    assert await lab.killed("create", "after")
    assert await lab.lines() == ["record widgets/a"]
    await lab.apply()
    assert [o["placement"] for o in lab.shown("widgets").values()] == ["up"]
    assert await lab.lines() == []


@pytest.fixture
def moving(lab: Any) -> Any:
    """Return the lab with one widget in the first of two accounts, and a commit that moves it to the second."""
    lab.more["providers"] = {"memory": {"type": "memory"}, "second": {"type": "memory"}}
    lab.routes["second"] = MemoryWorld(now=lab.clock.now)
    lab.routes["second"]._next = 5000
    return lab


def wanted(provider: str) -> dict[str, Any]:
    return {"widgets": {"a": {"url": SITE, "lifecycle": {"provider": provider}}}}


@pytest.mark.parametrize(("verb", "phase"), POINTS)
async def test_a_move_to_another_account_that_died_is_finished(moving: Any, verb: str, phase: str) -> None:
    second = moving.routes["second"]
    moving.desire(wanted("memory"))
    await moving.apply()
    moving.desire(wanted("second"))
    assert await moving.killed(verb, phase)
    await moving.apply()
    assert moving.world.objects["widgets"] == {}
    assert len(second.objects["widgets"]) == 1
    assert await moving.lines() == []


@pytest.mark.parametrize(("verb", "phase"), POINTS)
async def test_a_move_that_died_and_was_taken_back_leaves_one_object(moving: Any, verb: str, phase: str) -> None:
    second = moving.routes["second"]
    moving.desire(wanted("memory"))
    await moving.apply()
    moving.desire(wanted("second"))
    assert await moving.killed(verb, phase)
    moving.desire(wanted("memory"))
    await moving.apply()
    assert len(moving.world.objects["widgets"]) == 1
    assert second.objects["widgets"] == {}
    assert await moving.lines() == []


async def test_what_moved_is_not_forgotten_when_it_is_no_longer_desired(moving: Any) -> None:
    second = moving.routes["second"]
    moving.desire({**wanted("memory"), "people": {"p@x.test": PERSON}})
    await moving.apply()
    moving.desire({**wanted("second"), "people": {"p@x.test": PERSON}})
    assert await moving.killed("delete", "before")
    moving.desire({"people": {"p@x.test": PERSON}}, collections={"widgets": {"allow_empty": True}})
    await moving.apply()
    assert moving.world.objects["widgets"] == {} == second.objects["widgets"]
    assert await moving.lines() == []


async def test_making_again_what_held_data_asks_for_its_approval_again(lab: Any) -> None:
    lab.desire({"vaults": {"v": {}}})
    await lab.apply()
    lab.world.drop(next(iter(lab.world.objects["vaults"])))
    (change,) = (await lab.plan()).changes
    approval = {"digest": change.digest, "reason": "agreed", "until": "2099-01-01"}
    lab.desire({"vaults": {"v": {}}}, approvals=[approval])
    assert await lab.killed("create", "before")

    lab.desire({"vaults": {"v": {}}})
    assert await lab.lines() == ["recreate vaults/v held"]
    assert (await lab.plan()).drift == ()
    lab.desire({"vaults": {"v": {}}}, approvals=[approval])
    assert await lab.lines() == ["recreate vaults/v"]
    await lab.apply()
    assert len(lab.world.objects["vaults"]) == 1
    assert await lab.lines() == []


async def test_what_a_dead_run_made_in_place_of_lost_data_is_not_made_twice(lab: Any) -> None:
    lab.desire({"vaults": {"v": {}}})
    await lab.apply()
    lab.world.drop(next(iter(lab.world.objects["vaults"])))
    (change,) = (await lab.plan()).changes
    lab.desire({"vaults": {"v": {}}}, approvals=[{"digest": change.digest, "reason": "agreed", "until": "2099-01-01"}])
    assert await lab.killed("create", "after")
    assert await lab.lines() == ["record vaults/v"]


async def test_what_others_take_outputs_of_is_not_moved_and_stops_nothing_else(moving: Any) -> None:
    taking = {"url": SITE, "endpoint": {"from": "groups/g.url"}, "lifecycle": {"provider": "memory"}}

    def at(provider: str, **more: Any) -> dict[str, Any]:
        return {"groups": {"g": {"lifecycle": {"provider": provider}}}, "widgets": {"a": taking, **more}}

    moving.desire(at("memory"))
    await moving.apply()
    moving.desire(at("second", b={"url": SITE, "lifecycle": {"provider": "memory"}}))
    assert await moving.lines() == [
        "delete groups/g held", "create groups/g held", "update widgets/a held", "create widgets/b",
    ]  # fmt: skip
    plan = await moving.plan()
    assert [h.gate for h in plan.changes[0].held] == ["in use"]
    assert "it would be replaced, and widgets/a refers to it" in plan.changes[0].held[0].reason
