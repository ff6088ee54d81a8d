"""`moved_from` where both addresses have an object: which of the two is meant, nobody can tell."""

from __future__ import annotations

from typing import Any

from reconciler.model import Lifecycle

MOVED = Lifecycle(moved_from="old")


def test_a_move_onto_an_address_whose_own_object_is_still_there_waits(desk: Any) -> None:
    desk.want("new", size=1, lifecycle=MOVED).had("old", size=1).sees("old", size=1)
    desk.had("new", size=2, lifecycle=Lifecycle(protect=True)).sees("new", size=2)
    assert desk.shows() == ["~ widgets/new size:desired HELD identity", "- widgets/old HELD identity"]
    (_, delete) = desk.planned().plan.changes
    assert "widgets/new says moved_from: old, and the ledger has an object for each of the two" in delete.held[0].reason


def test_a_line_of_a_move_that_is_done_stands_in_the_way_of_nothing_else(desk: Any) -> None:
    desk.want("new", size=1, lifecycle=MOVED).had("new", size=1).sees("new", size=1)
    assert desk.shows() == []


def test_a_move_of_what_is_gone_goes_on(desk: Any) -> None:
    desk.want("new", size=1, lifecycle=MOVED).had("new", size=1).sees("new", size=2).had("old", size=1)
    assert desk.shows() == ["~ widgets/new size:drift", "forget widgets/old"]


def test_a_move_that_a_dead_run_was_carrying_out_goes_on(desk: Any) -> None:
    desk.want("new", size=1, lifecycle=MOVED).had("new", live_id="none", interrupted=True).had("old", size=1)
    assert desk.shows() == ["+ widgets/new", "forget widgets/old"]
