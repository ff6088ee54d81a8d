"""An approval releases exactly what it names, while it lasts."""

from __future__ import annotations

from typing import Any

import pytest


def held_set(desk: Any) -> Any:
    for n in range(30):
        desk.had(f"w{n:02}").sees(f"w{n:02}")
        if n >= 4:
            desk.want(f"w{n:02}")
    return desk.planned().plan


def test_a_set_is_released_by_its_set_digest(desk: Any, approve: Any) -> None:
    (digest,) = {h.digest for c in held_set(desk).changes for h in c.held}
    plan = desk.planned(approvals=(approve(digest[:12]),)).plan
    assert [bool(c.held) for c in plan.changes] == [False] * 4
    assert plan.approvals == ()


def test_a_set_is_not_released_by_the_digest_of_one_member(desk: Any, approve: Any) -> None:
    member = held_set(desk).changes[0].digest
    plan = desk.planned(approvals=(approve(member),)).plan
    assert all(c.held for c in plan.changes)
    assert [n.state for n in plan.approvals] == ["unused"]


def test_the_set_digest_changes_with_the_set(desk: Any, approve: Any) -> None:
    (digest,) = {h.digest for c in held_set(desk).changes for h in c.held}
    desk.resources = [r for r in desk.resources if r.address.handle != "w10"]
    plan = desk.planned(approvals=(approve(digest),)).plan
    assert len(plan.changes) == 5
    assert all(c.held for c in plan.changes)


@pytest.mark.parametrize(
    ("until", "state"), [("2026-05-31", "expired"), ("2026-06-01", None)], ids=["yesterday", "today-still-counts"]
)
def test_an_approval_lasts_to_the_end_of_its_day(desk: Any, approve: Any, until: str, state: str | None) -> None:
    (digest,) = {h.digest for c in held_set(desk).changes for h in c.held}
    plan = desk.planned(approvals=(approve(digest, until),)).plan
    assert [n.state for n in plan.approvals] == ([state] if state else [])
    assert all(c.held for c in plan.changes) is (state is not None)


def test_fewer_than_twelve_digits_release_nothing(desk: Any, approve: Any) -> None:
    (digest,) = {h.digest for c in held_set(desk).changes for h in c.held}
    plan = desk.planned(approvals=(approve(digest[:11]),)).plan
    assert all(c.held for c in plan.changes)


def test_an_approval_of_what_was_held_before_and_has_changed_since_is_stale(desk: Any, approve: Any) -> None:
    desk.want("a").had("a").sees("a")
    plan = desk.planned(approvals=(approve("ab" * 8),), held_before=frozenset({"ab" * 32})).plan
    assert [n.state for n in plan.approvals] == ["stale"]
