"""`lifecycle.id` says which live object is meant: no other one is taken for it, and nothing else removes it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Lifecycle

PIN = Lifecycle(id="77")
TAKE = Lifecycle(id="77", adopt=True)

ROWS = [
    pytest.param(lambda d: d.want("a", lifecycle=PIN), ["+ widgets/a HELD pin"], id="pin-of-nothing-creates-nothing"),
    pytest.param(
        lambda d: d.want("a", size=2, lifecycle=TAKE).sees("a", size=1, live_id="12"),
        ["adopt widgets/a size:foreign HELD pin"],
        id="pin-of-nothing-adopts-no-namesake",
    ),
    pytest.param(
        lambda d: d.want("a", lifecycle=TAKE).sees("a", live_id="12"),
        ["record widgets/a HELD pin"],
        id="pin-of-nothing-records-no-namesake",
    ),
    pytest.param(
        lambda d: d.want("b", lifecycle=PIN).had("a", live_id="77").sees("a", live_id="77"),
        ["- widgets/a HELD pin", "+ widgets/b HELD pin"],
        id="a-new-handle-for-a-pinned-object-removes-nothing",
    ),
    pytest.param(
        lambda d: (
            d.want("b", name="a", lifecycle=Lifecycle(id="77", moved_from="a"))
            .had("a", live_id="77")
            .sees("a", live_id="77")
        ),
        ["record widgets/b"],
        id="a-move-of-a-pinned-object",
    ),
    pytest.param(
        lambda d: (
            d.want("a", size=2, lifecycle=Lifecycle(id="77"))
            .had("a", size=1, live_id="12")
            .sees("other", size=1, live_id="77")
        ),
        ["adopt widgets/a name:foreign size:foreign HELD adopt"],
        id="a-pin-in-place-of-what-is-gone-is-foreign",
    ),
    pytest.param(
        lambda d: d.want("a", lifecycle=PIN).had("a", live_id="77", lifecycle=PIN),
        ["+! widgets/a"],
        id="a-pinned-object-deleted-outside-is-recreated",
    ),
    pytest.param(
        lambda d: d.want("a", lifecycle=PIN).had("a", live_id="90", lifecycle=PIN).sees("a", live_id="90"),
        [],
        id="an-old-pin-of-what-was-recreated-since-is-left-alone",
    ),
    pytest.param(
        lambda d: (
            d.want("a", shape="round", lifecycle=PIN)
            .had("a", shape="flat", live_id="77", lifecycle=PIN)
            .sees("a", shape="flat", live_id="77")
        ),
        ["- widgets/a", "+ widgets/a"],
        id="a-pinned-object-is-replaced",
    ),
]


@pytest.mark.parametrize(("build", "expected"), ROWS)
def test_with_a_pinned_id_the_plan_is(desk: Any, build: Any, expected: list[str]) -> None:
    assert build(desk).shows() == expected


def test_a_pin_tells_twins_apart_for_good(desk: Any) -> None:
    desk.want("a", lifecycle=PIN).had("a", live_id="77", lifecycle=PIN)
    desk.sees("a", live_id="77").sees("a", live_id="78")
    plan = desk.planned().plan
    assert (plan.changes, plan.drift) == ((), ())


def test_what_was_recreated_by_hand_and_pinned_is_missing_too(desk: Any) -> None:
    desk.want("a", lifecycle=TAKE).had("a", live_id="12").sees("a", live_id="77")
    plan = desk.planned().plan
    assert [d.type for d in plan.drift] == ["missing"]
    assert desk.shows() == ["record widgets/a"]


def test_a_name_that_an_adoption_gives_up_is_taken_after_it(desk: Any) -> None:
    desk.want("e2", lifecycle=TAKE).want("e3").sees("e3", live_id="77")
    adopt, create = desk.planned().plan.changes
    assert (adopt.action, create.action, create.held) == ("adopt", "create", ())
    assert [str(a) for a in create.depends_on] == ["widgets/e2"]


def test_a_name_that_a_held_adoption_would_give_up_is_not_taken(desk: Any) -> None:
    desk.want("e2", lifecycle=TAKE, group="g").want("e3").sees("e3", live_id="77")
    desk.want("g", "groups", lifecycle=Lifecycle(id="404")).sees("other", "groups")
    held = {str(c.address): [h.gate for h in c.held] for c in desk.planned().plan.changes}
    assert held == {"groups/g": ["pin"], "widgets/e2": ["dependency"], "widgets/e3": ["dependency"]}
