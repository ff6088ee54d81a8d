"""What goes for another to take its place stays until that other one can be made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Lifecycle
from reconciler.provider import Preview
from reconciler.values import OutputRef


def replaced(desk: Any, **more: Any) -> Any:
    """One object that has to be made anew, for its shape."""
    return desk.want("a", shape="new", **more).had("a", shape="old").sees("a", shape="old")


def no_making(change: Any) -> Preview:
    return Preview(hold="not here") if change.action == "create" else Preview()


def unread(desk: Any) -> None:
    replaced(desk, group="g").want("g", "groups").unknown["groups"] = "503"


CASES = [
    pytest.param(lambda d: replaced(d, channel="nowhere").externals.update(channels={}), {}, "reference", id="missing"),
    pytest.param(lambda d: replaced(d, channel="alerts"), {}, "unknown", id="names-not-read"),
    pytest.param(lambda d: replaced(d, name="b").sees("b"), {}, "identity", id="name-taken"),
    pytest.param(unread, {}, "unknown", id="parent-not-read"),
    pytest.param(
        lambda d: (
            replaced(d, link=OutputRef("groups/g", "url")).want("g", "groups").had("g", "groups").sees("g", "groups")
        ),
        {},
        "reference",
        id="no-value",
    ),
    pytest.param(replaced, {"preview": no_making}, "provider", id="provider"),
    pytest.param(
        lambda d: replaced(d, group="g").want("g", "groups"), {"targets": ("widgets/*",)}, "target", id="not-selected"
    ),
]


@pytest.mark.parametrize(("given", "more", "gate"), CASES)
def test_a_replacement_that_cannot_be_made_takes_nothing_away(
    desk: Any, given: Any, more: dict[str, Any], gate: str
) -> None:
    given(desk)
    assert [t for t in desk.shows(**more) if "widgets/a" in t] == [
        "- widgets/a HELD dependency",
        f"+ widgets/a HELD {gate}",
    ]
    removal = next(c for c in desk.planned(**more).plan.changes if c.action == "delete")
    assert removal.held[0].reason == "what takes its place is not made: widgets/a (create), which is held"


def test_what_only_waits_for_the_removal_does_not_hold_it_in_turn(desk: Any) -> None:
    replaced(desk).had("a", shape="old", lifecycle=Lifecycle(protect=True))
    removal, creation = desk.planned().plan.changes
    assert [h.gate for h in removal.held] == ["protect"]
    assert [h.gate for h in creation.held] == ["dependency"]


def test_what_waits_for_a_removal_that_is_kept_back_waits_too(desk: Any) -> None:
    desk.externals["channels"] = {}
    replaced(desk, channel="nowhere").had("a", shape="old", group="g").had("g", "groups").sees("g", "groups")
    desk.options["allow_empty"] = frozenset({"groups"})
    assert "- groups/g HELD dependency" in desk.shows()


def test_a_move_to_what_was_not_read_takes_nothing_away(desk: Any) -> None:
    desk.want("a").had("a").sees("a")
    desk.resources = [replace(r, provider="other") for r in desk.resources]
    [removal] = desk.planned().plan.changes
    assert [(h.gate, h.reason) for h in removal.held] == [("unknown", "it moves to other, which was not read")]


@pytest.mark.parametrize(("made", "held"), [("a", True), ("c", False)])
def test_the_name_of_what_goes_is_not_given_up_for_nothing(desk: Any, made: str, held: bool) -> None:
    desk.externals["channels"] = {}
    desk.want("b", name=made, channel="nowhere").had("a").sees("a")
    removal = next(c for c in desk.planned().plan.changes if c.action == "delete")
    assert bool(removal.held) is held


def test_what_goes_for_another_goes_after_all_that_the_other_one_needs(desk: Any) -> None:
    assert replaced(desk, group="g").want("g", "groups").shows() == ["+ groups/g", "- widgets/a", "+ widgets/a"]


def test_a_need_is_stronger_than_that_order(desk: Any) -> None:
    """The new parent takes the old one's name, and the old one goes after its child."""
    desk.want("a", shape="new", group="h").had("a", shape="old", group="g").sees("a", shape="old", group="id-g")
    desk.want("h", "groups", name="g").had("g", "groups").sees("g", "groups")
    assert desk.shows() == ["- widgets/a", "- groups/g", "+ groups/h", "+ widgets/a"]
