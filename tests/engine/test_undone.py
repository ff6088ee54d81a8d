"""What a run of ours left half-way is never reported as somebody's hand edit, whatever happened to the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import AnswerLost, Refused
from reconciler.model import Address, Plan

SITE = "https://learn.example.test/"
WHOLE = {"widgets": {"a": {"url": SITE, "notes": "both calls were made"}}}
OLD = {"widgets": {"a": {"url": SITE, "notes": "old", "interval": 300}}}
NEW = {"widgets": {"a": {"url": SITE, "notes": "new", "interval": 60}}}
A = Address("widgets", "a")


class Crash(BaseException):
    """kill -9, as far as the engine can tell."""


def after(lab: Any, operation: str, then: Callable[[], object], error: BaseException | None) -> None:
    """Let something happen, once, after such an operation took effect, and raise `error` to the caller."""
    left = [then]

    def fault(seen: str, phase: str) -> BaseException | None:
        if not left or phase != "after" or not seen.startswith(operation):
            return None
        left.pop()()
        return error

    lab.world.faults = fault


def half(lab: Any, **values: Any) -> Callable[[], None]:
    """Return what makes widget `a` have only a part of what was asked for."""
    return lambda: lab.world.edit(lab.world.ids("widgets")[0], **values)


def found_edited(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(str(d.address), [str(f.path[0]) for f in d.fields]) for d in plan.drift]


async def test_a_create_whose_answer_was_lost_half_way_is_no_hand_edit_and_is_finished(lab: Any) -> None:
    lab.desire(WHOLE)
    after(lab, "create widgets/a", half(lab, notes=None), AnswerLost("reset"))
    outcome = await lab.apply()
    assert [(str(n.address), n.action) for n in outcome.not_converged] == [("widgets/a", "update")]
    plan = await lab.plan(coverage=True)
    assert plan.drift == ()
    (change,) = plan.changes
    assert [(str(f.path[0]), f.cause) for f in change.fields] == [("notes", "undone")]
    assert change.why == ("an earlier run left it undone",)
    assert (await lab.apply()).not_converged == ()
    assert lab.shown("widgets")["a"]["notes"] == "both calls were made"
    half(lab, notes="by hand")()
    assert found_edited(await lab.plan(coverage=True)) == [("widgets/a", ["notes"])]


async def test_an_update_that_took_effect_in_part_only_is_no_hand_edit(lab: Any) -> None:
    lab.desire(OLD)
    await lab.apply()
    lab.desire(NEW)
    after(lab, "update", half(lab, interval=999), None)
    assert [f.path for n in (await lab.apply()).not_converged for f in n.fields] == [("interval",)]
    half(lab, notes="by hand")()  # seen to be so after the write: what is there now is somebody's
    assert found_edited(await lab.plan(coverage=True)) == [("widgets/a", ["notes"])]


@pytest.mark.parametrize(
    "error", [pytest.param(Crash(), id="killed"), pytest.param(Refused("422"), id="its-second-call-was-refused")]
)
async def test_a_run_that_ended_within_an_update_leaves_no_hand_edit(lab: Any, error: BaseException) -> None:
    lab.desire(OLD)
    await lab.apply()
    lab.desire(NEW)
    after(lab, "update", half(lab, interval=999), error)
    if isinstance(error, Crash):
        with pytest.raises(Crash):
            await lab.apply()
    else:
        assert [r.status for r in (await lab.apply()).results] == ["failed"]
    assert found_edited(await lab.plan(coverage=True)) == []
    assert await lab.lines() == ["update widgets/a"]
    assert (await lab.apply()).not_converged == ()
    assert await lab.lines() == []


async def test_a_run_killed_while_it_verified_leaves_no_hand_edit(lab: Any) -> None:
    lab.desire(OLD)
    await lab.apply()
    lab.desire(NEW)
    done: list[str] = []

    def fault(operation: str, phase: str) -> BaseException | None:
        if operation.startswith("update") and phase == "after":
            half(lab, interval=999)()
            done.append(operation)
        return Crash() if done and operation.startswith("list") else None

    lab.world.faults = fault
    with pytest.raises(Crash):
        await lab.apply()
    lab.world.faults = lambda operation, phase: None
    assert found_edited(await lab.plan(coverage=True)) == []
    assert await lab.lines() == ["update widgets/a"]


async def test_a_write_that_was_refused_and_changed_nothing_hides_no_hand_edit(lab: Any) -> None:
    lab.desire(OLD)
    await lab.apply()
    half(lab, notes="by hand")()
    lab.world.faults = lambda operation, phase: Refused("422") if operation.startswith("update") else None
    assert [r.status for r in (await lab.apply()).results] == ["failed"]
    assert found_edited(await lab.plan(coverage=True)) == [("widgets/a", ["notes"])]


async def test_what_could_not_be_read_again_is_recorded_as_undone_until_it_is_seen(lab: Any) -> None:
    lab.desire(OLD)
    done: list[str] = []

    def fault(operation: str, phase: str) -> BaseException | None:
        if operation.startswith("create"):
            done.append(operation)
        return Refused("403") if done and operation.startswith("list") else None

    lab.world.faults = fault
    await lab.apply()
    lab.world.faults = lambda operation, phase: None
    (change,) = (await lab.plan()).changes
    assert (change.action, change.why) == ("record", ("an earlier run did not see it done, and it is",))
    await lab.apply()
    assert await lab.lines() == []


async def test_a_delete_that_did_not_happen_stays_ours_to_do(lab: Any) -> None:
    lab.more["collections"] = {"widgets": {"allow_empty": True}}
    lab.desire(OLD)
    await lab.apply()
    lab.desire({})
    kept = lab.world.find(lab.world.ids("widgets")[0])
    after(lab, "delete", lambda: lab.world.objects["widgets"].update({kept.id: kept}), None)
    assert [n.action for n in (await lab.apply()).not_converged] == ["delete"]
    assert await lab.lines() == ["delete widgets/a"]
    await lab.apply()
    assert lab.world.ids("widgets") == []
    assert await lab.lines() == []
