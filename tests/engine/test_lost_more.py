"""A write whose answer never came: what may be taken for ours, and what stops for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconciler.errors import AnswerLost, Refused

SITE = "https://learn.example.test/"
ONE = {"widgets": {"a": {"url": SITE}}}


def losing(operation: str, phase: str, before: Callable[[], object] = lambda: None) -> Any:
    """Lose the answer to the first such operation, after something happened elsewhere."""
    left = [AnswerLost("reset")]

    def fault(seen: str, when: str) -> BaseException | None:
        if not (left and seen.startswith(operation) and when == phase):
            return None
        before()
        return left.pop()

    return fault


async def test_an_object_that_was_there_before_is_not_taken_for_ours(lab: Any) -> None:
    lab.desire(ONE)
    theirs = lab.world.add("widgets", name="another", url="https://theirs.example.test/")
    lab.world.faults = losing("create widgets/a", "before", lambda: lab.world.edit(theirs, name="a"))
    outcome = await lab.apply()
    assert [r.status for r in outcome.results] == ["failed"]
    assert theirs in outcome.results[0].reason
    assert list(lab.world.objects["widgets"]) == [theirs]


async def test_an_object_older_than_the_run_is_not_taken_for_ours(lab: Any) -> None:
    lab.desire(ONE)
    old = lab.clock.now() - timedelta(days=1)

    def restored() -> None:
        lab.world.add("widgets", name="a", url="https://theirs.example.test/", created_at=old)

    lab.world.faults = losing("create widgets/a", "before", restored)
    outcome = await lab.apply()
    assert [r.status for r in outcome.results] == ["failed"]
    assert len(lab.world.objects["widgets"]) == 1


async def test_an_object_that_shows_late_is_found(lab: Any) -> None:
    lab.desire(ONE)
    lab.world.lag = 2
    lab.world.faults = losing("create widgets/a", "after")
    outcome = await lab.apply()
    assert [r.status for r in outcome.results] == ["done"]
    assert len(lab.world.objects["widgets"]) == 1


async def test_an_update_whose_answer_was_lost_fails_when_the_object_is_gone(lab: Any) -> None:
    lab.desire(ONE)
    await lab.apply()
    (live_id,) = lab.world.ids("widgets")
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x"}}})
    lab.world.faults = losing("update", "after", lambda: lab.world.drop(live_id))
    outcome = await lab.apply()
    assert [r.status for r in outcome.results] == ["failed"]
    assert "the object is gone" in outcome.results[0].reason


@pytest.mark.parametrize("partly", [True, False], ids=["done-in-part", "refused"])
async def test_an_adoption_that_failed_is_asked_for_again(lab: Any, partly: bool) -> None:
    wanted = {"widgets": {"a": {"url": SITE, "interval": 60}}}
    foreign = lab.world.add("widgets", name="a", url="https://other.example.test/", interval=300)
    lab.desire(wanted)
    (change,) = (await lab.plan()).changes
    lab.desire(wanted, approvals=[{"digest": change.digest, "reason": "ours", "until": "2099-01-01"}])

    def fault(operation: str, phase: str) -> Any:
        if not operation.startswith("update"):
            return None
        if partly:
            lab.world.edit(foreign, url=SITE)
        return Refused("422")

    lab.world.faults = fault
    (result,) = (await lab.apply()).results
    assert (result.action, result.status) == ("adopt", "failed")
    lab.world.faults = lambda operation, phase: None
    lab.desire(wanted)
    assert await lab.lines() == ["adopt widgets/a held"]
    lab.desire({"widgets": {"a": {**wanted["widgets"]["a"], "lifecycle": {"adopt": True}}}})
    await lab.apply()
    assert lab.shown("widgets")["a"]["interval"] == 60
    assert await lab.lines() == []
