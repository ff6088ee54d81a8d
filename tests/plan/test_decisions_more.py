"""Rows of the decision table that take more than one object, or more than one fact, to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler import Generated, Scope, Unknown
from reconciler.model import Address, Lifecycle, ProviderStatus
from reconciler.plan.state import Listing, Observation


def test_a_foreign_object_with_an_unknown_field_is_not_adopted(desk: Any) -> None:
    desk.want("a", size=1, lifecycle=Lifecycle(adopt=True)).sees("a", size=Unknown("hidden"))
    plan = desk.planned().plan
    assert plan.changes == ()
    assert [(u.subject, u.needed) for u in plan.unknown] == [("widgets/a.size", True)]


def test_a_conflict_is_held_where_on_drift_says_so(desk: Any) -> None:
    hold = Lifecycle(on_drift="hold")
    desk.want("a", size=2, lifecycle=hold).had("a", size=1, lifecycle=hold).sees("a", size=9)
    assert desk.shows() == ["~ widgets/a size:conflict HELD on_drift"]


def test_drift_that_is_left_alone_stays_out_of_another_change(desk: Any) -> None:
    hold = Lifecycle(on_drift="hold")
    desk.want("a", size=1, on=False, lifecycle=hold).had("a", size=1, on=True, lifecycle=hold).sees(
        "a", size=9, on=True
    )
    (change,) = desk.planned().plan.changes
    assert [f.path for f in change.fields] == [("on",)]
    assert change.held == ()
    assert change.notes == ("drift of size left as it is (on_drift: hold)",)


def test_a_change_of_desired_is_no_drift(desk: Any) -> None:
    desk.want("a", size=2, on=True).had("a", size=1, on=True).sees("a", size=1, on=False)
    plan = desk.planned().plan
    assert [[f.path for f in d.fields] for d in plan.drift] == [[("on",)]]


def test_what_was_deleted_outside_is_drift_of_type_missing(desk: Any) -> None:
    desk.want("a").had("a")
    assert [(str(d.address), d.type) for d in desk.planned().plan.drift] == [("widgets/a", "missing")]


def test_a_holder_of_a_generated_value_that_is_no_longer_written_is_held_too(desk: Any) -> None:
    desk.want("a").had("a", token=Generated(32))
    assert desk.shows() == ["+! widgets/a HELD recreate"]


def test_an_approval_makes_an_empty_one(desk: Any, approve: Any) -> None:
    desk.want("v", "vaults").had("v", "vaults")
    (change,) = desk.planned().plan.changes
    (released,) = desk.planned(approvals=(approve(change.held[0].digest[:12]),)).plan.changes
    assert released.held == ()
    assert change.held[0].digest == change.digest


def test_what_a_dead_run_announced_and_nobody_wants_any_more_is_not_deleted(desk: Any) -> None:
    desk.want("z").had("z").sees("z").had("a", live_id="", interrupted=True).sees("a")
    assert desk.shows() == ["- widgets/a HELD owner"]
    (change,) = desk.planned().plan.changes
    assert "was taking id id-a over" in change.held[0].reason


def test_an_announced_object_of_which_nothing_tells_when_it_was_made_is_removed_only_when_a_person_says_so(
    desk: Any, approve: Any
) -> None:
    desk.want("z").had("z").sees("z").had("a", live_id="none", interrupted=True).sees("a", created_at=None)
    (change,) = desk.planned().plan.changes
    assert desk.shows() == ["- widgets/a HELD owner"]
    (released,) = desk.planned(approvals=(approve(change.held[0].digest[:12]),)).plan.changes
    assert released.held == ()


def test_what_stood_there_before_a_dead_run_announced_its_name_is_let_go(desk: Any) -> None:
    desk.want("z").had("z").sees("z").had("a", live_id="none", interrupted=True)
    old = desk.records[next(a for a in desk.records if a.handle == "a")].applied_at - timedelta(days=1)
    desk.sees("a", created_at=old)
    assert desk.shows() == ["forget widgets/a"]


def test_what_nobody_declared_is_coverage_and_alarms_come_first(desk: Any) -> None:
    desk.sees("a").sees("gone", "people", inactive=True).sees("p", "people").sees("rogue", "people", role="ADMIN")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert plan.drift == ()
    assert [(u.title, u.alarm) for u in plan.unmanaged] == [
        ("rogue", "an admin nobody declared"),
        ("p", ""),
        ("a", ""),
    ]


def test_coverage_says_what_import_cannot_write(desk: Any) -> None:
    desk.sees("p", "people").sees("robot", "people", role="ROBOT")
    plan = desk.planned().plan
    assert {(u.title, u.unimportable) for u in plan.unmanaged} == {
        ("p", ""),
        ("robot", "ROBOT is no role that can be written"),
    }


def test_an_instance_that_was_skipped_is_one_unknown(desk: Any) -> None:
    desk.want("a", size=2).had("a", size=1).want("b").want("c", "groups")
    skipped = Observation(statuses={"test": ProviderStatus("skipped", "the credential was rejected")})
    plan = desk.planned(observation=skipped).plan
    assert plan.changes == ()
    assert [(u.reason, u.needed) for u in plan.unknown] == [("the credential was rejected", True)]


def test_a_replacement_waits_for_its_own_removal(desk: Any) -> None:
    desk.want("a", shape="round").had("a", shape="flat", live_id="7").sees("b", live_id="7", shape="flat")
    desk.records = {a: replace(r, identity=("b",)) for a, r in desk.records.items()}
    delete, create = desk.planned().plan.changes
    assert (delete.action, delete.depends_on) == ("delete", ())
    assert (create.action, create.depends_on) == ("create", (delete.address,))


def test_a_live_object_belongs_to_one_address(desk: Any) -> None:
    desk.want("a").had("a", live_id="7").sees("a", live_id="7").want("b", lifecycle=Lifecycle(id="7"))
    assert desk.shows() == ["+ widgets/b HELD pin"]


def test_an_object_that_moves_to_another_instance_is_removed_there_and_made_here(desk: Any) -> None:
    desk.want("z").had("z").sees("z").want("a").had("a").sees("a")
    desk.resources = [replace(r, provider="other") if r.address.handle == "a" else r for r in desk.resources]
    observation = Observation(
        {
            ("test", "widgets"): Listing("test", "widgets", tuple(desk.lives)),
            ("other", "widgets"): Listing("other", "widgets"),
        },
        scopes={"test": Scope({"team": "a"}), "other": Scope({"team": "b"})},
        statuses={"test": ProviderStatus("ok"), "other": ProviderStatus("ok")},
    )
    plan = desk.planned(observation=observation).plan
    assert {(c.action, c.provider) for c in plan.changes} == {("delete", "test"), ("create", "other")}


def test_what_is_out_of_service_comes_back_unasked_when_it_is_listed_again(desk: Any) -> None:
    desk.want("p", "people", role="STUDENT").sees("p", "people", role="", inactive=True)
    assert desk.shows() == ["adopt people/p role:foreign"]


def test_a_removal_that_is_written_anew_elsewhere_says_how_to_rename(desk: Any) -> None:
    desk.want("new", size=2).had("old", size=2).sees("old", size=2).want("kept").had("kept").sees("kept")
    notes = {str(c.address): c.notes for c in desk.planned().plan.changes}
    assert notes["widgets/old"] == (
        "widgets/new is written alike: to rename, write `lifecycle: {moved_from: old}` there",
    )
    assert notes["widgets/new"] == ()


@pytest.mark.parametrize("wanted", [{"size": 3}, {"size": 2, "on": True}])
def test_a_removal_beside_another_new_object_says_nothing_of_renaming(desk: Any, wanted: Any) -> None:
    desk.want("new", **wanted).had("old", size=2).sees("old", size=2)
    assert all(change.notes == () for change in desk.planned().plan.changes)


def test_what_was_renamed_by_hand_or_is_another_object_is_not_changed_unasked(desk: Any, approve: Any) -> None:
    desk.want("a", size=1).had("a", size=1).sees("other", live_id="id-a", size=1)
    assert desk.shows() == ["~ widgets/a name:drift HELD owner"]
    (change,) = desk.planned().plan.changes
    (released,) = desk.planned(approvals=(approve(change.held[0].digest),)).plan.changes
    assert released.held == ()


def test_what_git_renames_is_no_other_object(desk: Any) -> None:
    desk.want("a", name="new", size=1).had("a", name="old", size=1).sees("new", live_id="id-a", size=1)
    assert desk.shows() == ["record widgets/a"]
    desk.lives.clear()
    desk.sees("old", live_id="id-a", size=1)
    assert desk.shows() == ["~ widgets/a name:desired"]


def test_a_child_whose_parent_has_another_name_is_recorded_under_it(desk: Any) -> None:
    desk.want("z", "slots", places=("new",)).had("z", "slots", places=("new",)).sees("z", "slots", places=("new",))
    address = Address("slots", "z")
    desk.records[address] = replace(desk.records[address], identity=("z", "old"))
    (change,) = desk.planned().plan.changes
    assert (change.action, change.why) == ("record", ("called z/new now",))
