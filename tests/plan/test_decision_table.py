"""Every row of the decision table: recorded, desired, live in; what happens out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler import Generated, Unknown
from reconciler.model import Lifecycle

ROWS = [
    pytest.param(lambda d: d.want("a", size=1), ["+ widgets/a"], id="new-is-created"),
    pytest.param(lambda d: d.want("a", size=1).sees("a", size=1), ["record widgets/a"], id="already-so-is-recorded"),
    pytest.param(
        lambda d: d.want("a", size=1).sees("a", size=2),
        ["adopt widgets/a size:foreign HELD adopt"],
        id="foreign-with-our-identity-is-held",
    ),
    pytest.param(
        lambda d: d.want("a", size=1, lifecycle=Lifecycle(adopt=True)).sees("a", size=2),
        ["adopt widgets/a size:foreign"],
        id="foreign-is-adopted-when-git-says-so",
    ),
    pytest.param(
        lambda d: d.want("a", size=1).had("a", size=1).sees("a", size=1), [], id="known-and-equal-needs-nothing"
    ),
    pytest.param(
        lambda d: d.want("a", size=2).had("a", size=1).sees("a", size=1),
        ["~ widgets/a size:desired"],
        id="desired-changed-is-updated",
    ),
    pytest.param(
        lambda d: d.want("a", size=1).had("a", size=1).sees("a", size=9),
        ["~ widgets/a size:drift"],
        id="live-changed-is-drift-and-corrected",
    ),
    pytest.param(
        lambda d: d.want("a", size=2).had("a", size=1).sees("a", size=9),
        ["~ widgets/a size:conflict"],
        id="both-changed-differently-is-a-conflict",
    ),
    pytest.param(
        lambda d: d.want("a", size=2).had("a", size=1).sees("a", size=2),
        ["record widgets/a"],
        id="both-changed-alike-is-recorded",
    ),
    pytest.param(
        lambda d: (
            d.want("a", size=1, lifecycle=Lifecycle(on_drift="hold"))
            .had("a", size=1, lifecycle=Lifecycle(on_drift="hold"))
            .sees("a", size=9)
        ),
        ["~ widgets/a size:drift HELD on_drift"],
        id="drift-is-held-where-on-drift-says-so",
    ),
    pytest.param(lambda d: d.want("a", size=1).had("a", size=1), ["+! widgets/a"], id="deleted-outside-is-recreated"),
    pytest.param(
        lambda d: d.want("v", "vaults", size=1).had("v", "vaults", size=1),
        ["+! vaults/v HELD recreate"],
        id="data-bearing-deleted-outside-is-held",
    ),
    pytest.param(
        lambda d: d.want("a", token=Generated(32)).had("a", token=Generated(32)),
        ["+! widgets/a HELD recreate"],
        id="holder-of-a-generated-value-deleted-outside-is-held",
    ),
    pytest.param(
        lambda d: d.want("z").sees("z").had("z").had("a", size=1).sees("a", size=1),
        ["- widgets/a"],
        id="removed-from-yaml-is-deleted",
    ),
    pytest.param(
        lambda d: d.want("z").sees("z").had("z").had("a", lifecycle=Lifecycle(on_remove="retain")).sees("a"),
        ["retain widgets/a"],
        id="removed-with-retain-is-only-let-go",
    ),
    pytest.param(
        lambda d: d.want("z", "people").sees("z", "people").had("z", "people").had("p", "people").sees("p", "people"),
        ["x people/p"],
        id="removed-is-disabled-where-the-kind-says-so",
    ),
    pytest.param(lambda d: d.had("a"), ["forget widgets/a"], id="gone-on-both-sides-is-forgotten"),
    pytest.param(lambda d: d.sees("a"), [], id="never-owned-is-left-alone"),
    pytest.param(
        lambda d: d.want("a", size=1).had("a", size=1, live_id="old").sees("a", size=2),
        ["adopt widgets/a size:foreign HELD adopt"],
        id="recreated-by-hand-is-adopted-with-its-diff",
    ),
    pytest.param(
        lambda d: d.want("a").had("a", size=1).sees("a", size=1),
        ["release widgets/a"],
        id="no-longer-written-is-released",
    ),
    pytest.param(
        lambda d: d.want("b", size=1, lifecycle=Lifecycle(moved_from="a"), name="a").had("a", size=1).sees("a", size=1),
        ["record widgets/b"],
        id="moved-from-moves-the-record-only",
    ),
    pytest.param(
        lambda d: d.want("a", name="new").had("a").sees("a"), ["~ widgets/a name:desired"], id="renamed-in-place"
    ),
    pytest.param(
        lambda d: d.want("a", shape="round").had("a", shape="flat").sees("a", shape="flat"),
        ["- widgets/a", "+ widgets/a"],
        id="unchangeable-field-is-delete-and-create",
    ),
    pytest.param(
        lambda d: d.want("v", "vaults", name="w").had("v", "vaults").sees("v", "vaults"),
        ["~ vaults/v name:desired HELD meaning"],
        id="data-bearing-is-never-replaced",
    ),
    pytest.param(
        lambda d: d.want("a", fixed="x").had("a", fixed="y").sees("a", fixed="y"),
        ["~ widgets/a fixed:desired HELD immutable"],
        id="field-that-can-never-change-is-held",
    ),
    pytest.param(
        lambda d: d.want("a", lifecycle=Lifecycle(protect=True)).had("a").sees("a"),
        ["record widgets/a"],
        id="lifecycle-change-alone-is-recorded",
    ),
    pytest.param(
        lambda d: (
            d.want("a", size=1, tags=("x",), lifecycle=Lifecycle(ignore=("size",)))
            .had("a", size=1, tags=("x",), lifecycle=Lifecycle(ignore=("size",)))
            .sees("a", size=5, tags=("x",))
        ),
        [],
        id="ignored-field-is-not-compared",
    ),
    pytest.param(
        lambda d: (
            d.want("p", "people")
            .sees("p", "people")
            .had("p", "people")
            .had("q", "people")
            .sees("q", "people", inactive=True)
        ),
        ["forget people/q"],
        id="out-of-service-and-undesired-is-forgotten",
    ),
]


@pytest.mark.parametrize(("build", "expected"), ROWS)
def test_the_decision_table_gives(desk: Any, build: Any, expected: list[str]) -> None:
    assert build(desk).shows() == expected


def test_pinned_id_finds_the_object_whatever_it_is_called(desk: Any) -> None:
    pinned = Lifecycle(id="77", adopt=True)
    desk.want("a", size=1, lifecycle=pinned).sees("other", size=1, live_id="77")
    assert desk.shows() == ["adopt widgets/a name:foreign"]


def test_two_live_objects_of_one_identity_are_an_error_naming_both(desk: Any) -> None:
    desk.want("a").sees("a", live_id="1").sees("a", live_id="2")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert plan.unknown[0].needed
    assert "1 and 2" in plan.unknown[0].reason


def test_a_twin_of_a_recorded_object_is_drift_of_type_duplicate(desk: Any) -> None:
    desk.want("a").had("a", live_id="1").sees("a", live_id="1").sees("a", live_id="2")
    plan = desk.planned().plan
    assert [(d.type, str(d.address)) for d in plan.drift] == [("duplicate", "widgets/a")]
    assert plan.changes == ()


def test_an_unreadable_listing_is_neither_absence_nor_drift(desk: Any) -> None:
    desk.unknown["widgets"] = "503"
    desk.want("a", size=1).had("a", size=1).had("gone")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert plan.drift == ()
    assert [(u.subject, u.needed) for u in plan.unknown] == [("widgets/a", False), ("widgets/gone", True)]


def test_an_unknown_object_is_left_alone_and_blocks_only_what_git_asks(desk: Any) -> None:
    desk.want("a", size=2).had("a", size=1).sees("a", unknown="degraded")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert plan.unknown[0].needed


@pytest.mark.parametrize(("wanted", "needed"), [(1, False), (2, True)], ids=["unchanged", "changed"])
def test_an_unknown_field_is_not_written_and_matters_only_if_desired_changed(
    desk: Any, wanted: int, needed: bool
) -> None:
    desk.want("a", size=wanted, on=True).had("a", size=1, on=True).sees("a", size=Unknown("hidden"), on=False)
    plan = desk.planned().plan
    assert [[f.path for f in c.fields] for c in plan.changes] == [[("on",)]]
    assert [(u.subject, u.needed) for u in plan.unknown] == [("widgets/a.size", needed)]


def test_pending_is_shown_and_is_neither_drift_nor_change(desk: Any) -> None:
    desk.want("a").had("a").sees("a", pending=("waits for DNS: the owner of the zone must act",))
    plan = desk.planned().plan
    assert plan.changes == ()
    assert plan.drift == ()
    assert plan.pending[0].note.startswith("waits for DNS")


def test_what_is_pending_is_due_some_time_after_it_was_applied(desk: Any) -> None:
    applied = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
    desk.want("a").had("a", applied_at=applied).sees("a", pending=("no backup yet",), due_after=timedelta(hours=26))
    assert [p.due for p in desk.planned().plan.pending] == [datetime(2026, 1, 2, 5, 0, tzinfo=UTC)]


def test_a_create_announced_by_a_dead_run_and_found_is_ours(desk: Any) -> None:
    desk.want("a", size=1).had("a", live_id="", interrupted=True).sees("a", size=1)
    assert desk.shows() == ["record widgets/a"]


def test_a_create_announced_by_a_dead_run_and_half_done_is_completed(desk: Any) -> None:
    desk.want("a", size=1).had("a", live_id="none", interrupted=True).sees("a", size=None)
    assert desk.shows() == ["~ widgets/a size:new"]


def test_a_create_announced_by_a_dead_run_and_not_there_is_created(desk: Any) -> None:
    desk.want("a", size=1).had("a", interrupted=True)
    assert desk.shows() == ["+ widgets/a"]


def test_an_object_older_than_the_dead_run_is_not_taken_for_its_create(desk: Any) -> None:
    desk.want("a", size=1).had("a", live_id="none", interrupted=True)
    old = desk.records[next(iter(desk.records))].applied_at - timedelta(days=1)
    desk.sees("a", size=2, created_at=old)
    assert desk.shows() == ["adopt widgets/a size:foreign HELD adopt"]


def test_an_older_object_that_the_dead_run_was_taking_over_is_asked_for_again(desk: Any) -> None:
    desk.want("a", size=1).had("a", interrupted=True)
    old = desk.records[next(iter(desk.records))].applied_at - timedelta(days=1)
    desk.sees("a", size=2, created_at=old)
    assert desk.shows() == ["adopt widgets/a size:foreign HELD adopt"]


def test_an_undesired_listing_order_changes_nothing(desk: Any) -> None:
    desk.want("b").want("a").sees("b").sees("a")
    first = desk.planned().plan
    desk.lives.reverse()
    desk.resources.reverse()
    assert desk.planned().plan == first
