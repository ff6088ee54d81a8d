"""Fields at the edges: what is released inside mappings, elements that are missing, texts that cannot be read."""

from __future__ import annotations

from typing import Any

from reconciler.model import Lifecycle


def test_a_member_that_is_no_longer_written_is_released(desk: Any) -> None:
    desk.want("a", meta={"k": "v"}).had("a", meta={"k": "v", "old": "x"}).sees("a", meta={"k": "v", "old": "x"})
    (change,) = desk.planned().plan.changes
    assert (change.action, [f.path for f in change.fields]) == ("release", [("meta", "old")])
    assert change.fields[0].recorded == "x"


def test_an_element_that_is_missing_is_added(desk: Any) -> None:
    headers = ({"name": "a", "value": "1"}, {"name": "b", "value": "2"})
    desk.want("w", headers=headers).had("w", headers=headers).sees("w", headers=headers[:1])
    (change,) = desk.planned().plan.changes
    assert [(f.path, f.after) for f in change.fields] == [(("headers", "b"), headers[1])]


def test_an_unreadable_text_is_sent_when_desired_changes(desk: Any) -> None:
    desk.want("a", hidden="new").had("a", hidden="old").sees("a")
    assert desk.shows() == ["~ widgets/a hidden:desired"]
    desk.resources = []
    assert desk.want("a", hidden="old").shows() == []


def test_an_unreadable_text_of_a_foreign_object_is_unverified(desk: Any) -> None:
    desk.want("a", hidden="text").sees("a")
    (change,) = desk.planned().plan.changes
    assert (change.action, change.unverified, [h.gate for h in change.held]) == ("adopt", ("hidden",), ["adopt"])
    desk.resources = []
    assert desk.want("a", hidden="text", lifecycle=Lifecycle(adopt=True)).shows() == ["record widgets/a"]


def test_a_wish_at_creation_is_sent_then_and_makes_no_difference_afterwards(desk: Any) -> None:
    desk.want("a", place="west")
    assert desk.shows() == ["+ widgets/a"]
    (change,) = desk.planned().plan.changes
    assert change.desired.spec["place"] == "west"
    desk.had("a", place="west").sees("a", place="EAST")
    assert desk.shows() == []


def test_a_wish_that_changes_after_creation_is_recorded_and_not_sent(desk: Any) -> None:
    desk.want("a", place="north").had("a", place="west").sees("a", place="west")
    assert desk.shows() == ["record widgets/a"]


def test_a_foreign_object_that_is_elsewhere_is_taken_as_it_stands(desk: Any) -> None:
    desk.want("a", place="west").sees("a", place="EAST")
    assert desk.shows() == ["record widgets/a"]
