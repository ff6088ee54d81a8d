"""Each gate has its own table: what it holds, and what it lets through just below its line."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Scope
from reconciler.model import Lifecycle
from reconciler.plan.gates import wrong_account
from reconciler.report.approvals import offers

ACCOUNTS = [
    pytest.param({"team": "a"}, None, {"team": "a"}, True, id="expected-account"),
    pytest.param({"team": "a"}, None, {"team": "b"}, False, id="another-account"),
    pytest.param({"team": "a"}, {"team": "b"}, {"team": "a"}, True, id="expect-wins-over-recorded"),
    pytest.param(None, {"team": "a"}, {"team": "b"}, False, id="recorded-is-enforced-without-expect"),
    pytest.param(None, None, {"team": "b"}, True, id="first-scope-seen-is-accepted"),
    pytest.param({"id": "1"}, None, {"team": "a"}, False, id="expected-field-not-reported"),
]


@pytest.mark.parametrize(("expect", "recorded", "seen", "right"), ACCOUNTS)
def test_the_account_gate_lets_only_the_right_account_through(
    expect: Any, recorded: Any, seen: dict[str, str], right: bool
) -> None:
    assert (wrong_account(expect, recorded, Scope(seen)) == "") is right


LISTING = [
    pytest.param(4, 3, True, id="three-of-four-missing"),
    pytest.param(5, 3, True, id="three-of-five-missing"),
    pytest.param(6, 3, False, id="half-is-not-over-half"),
    pytest.param(3, 2, False, id="two-missing-is-few"),
]


@pytest.mark.parametrize(("recorded", "missing", "held"), LISTING)
def test_an_implausible_listing_holds_creates_and_deletes_of_the_kind(
    desk: Any, recorded: int, missing: int, held: bool
) -> None:
    for n in range(recorded):
        desk.want(f"w{n}").had(f"w{n}")
        if n >= missing:
            desk.sees(f"w{n}")
    desk.want("brand-new").had("gone-everywhere")
    desk.want("g", "groups")
    missing_now = missing + 1  # gone-everywhere counts as well
    expected = held or (missing_now >= 3 and missing_now * 2 > recorded + 1)
    by_action: dict[str, set[bool]] = {}
    for change in desk.planned().plan.changes:
        by_action.setdefault(f"{change.kind}:{change.action}", set()).add(any(h.gate == "listing" for h in change.held))
    assert by_action["widgets:create"] == {expected}
    assert by_action["widgets:recreate"] == {expected}
    assert by_action["widgets:forget"] == {expected}
    assert by_action["groups:create"] == {False}


EMPTIED = [
    pytest.param(False, True, id="without-allow-empty-held"),
    pytest.param(True, False, id="with-allow-empty-goes"),
]


@pytest.mark.parametrize(("allowed", "held"), EMPTIED)
def test_a_collection_that_goes_from_some_to_none_needs_allow_empty(desk: Any, allowed: bool, held: bool) -> None:
    desk.had("a").sees("a")
    plan = desk.planned(allow_empty=frozenset({"widgets"}) if allowed else frozenset()).plan
    assert [any(h.gate == "emptied" for h in c.held) for c in plan.changes] == [held]
    assert not any(h.digest for c in plan.changes for h in c.held if h.gate == "emptied")  # no approval can release it


PROTECT = [
    pytest.param(True, True, id="protected-when-recorded"),
    pytest.param(False, False, id="not-protected"),
]


@pytest.mark.parametrize(("recorded", "held"), PROTECT)
def test_what_was_recorded_as_protected_is_not_removed(desk: Any, recorded: bool, held: bool) -> None:
    desk.want("z").had("z").sees("z").had("a", lifecycle=Lifecycle(protect=recorded)).sees("a")
    (change,) = desk.planned().plan.changes
    assert [h.gate for h in change.held] == (["protect"] if held else [])


def test_a_replacement_of_what_desired_protects_is_held(desk: Any) -> None:
    desk.want("a", shape="b", lifecycle=Lifecycle(protect=True)).had("a", shape="c").sees("a", shape="c")
    assert desk.shows() == ["- widgets/a HELD protect", "+ widgets/a HELD dependency"]


BUDGET = [
    pytest.param(30, 3, 0, id="ten-percent-goes"),
    pytest.param(30, 4, 4, id="over-ten-percent-holds-all"),
    pytest.param(5, 1, 0, id="one-always-goes"),
    pytest.param(5, 2, 2, id="two-of-five-held"),
    pytest.param(100, 6, 6, id="more-than-five-in-a-plan-held"),
]


@pytest.mark.parametrize(("recorded", "removed", "held"), BUDGET)
def test_the_delete_budget_holds_all_or_none(desk: Any, recorded: int, removed: int, held: int) -> None:
    for n in range(recorded):
        desk.had(f"w{n:03}").sees(f"w{n:03}")
        if n >= removed:
            desk.want(f"w{n:03}")
    plan = desk.planned().plan
    assert len(plan.changes) == removed
    holding = [c for c in plan.changes if any(h.gate == "budget" for h in c.held)]
    assert len(holding) == held
    assert len({h.digest for c in holding for h in c.held}) <= 1


def test_five_removals_over_several_kinds_go_and_six_are_held_together(desk: Any) -> None:
    for kind, gone in (("widgets", 3), ("groups", 2), ("people", 1)):
        for n in range(40):
            name = f"{kind}{n:02}"
            desk.had(name, kind).sees(name, kind)
            if n >= gone:
                desk.want(name, kind)
    held = [c for c in desk.planned().plan.changes if c.held]
    assert len(held) == 6
    assert {h.gate for c in held for h in c.held} == {"budget"}


UPDATES = [
    pytest.param(10, 5, False, id="half-of-ten-goes"),
    pytest.param(10, 6, True, id="more-than-half-held"),
    pytest.param(9, 9, False, id="small-kinds-are-free"),
]


@pytest.mark.parametrize(("recorded", "changed", "held"), UPDATES)
def test_the_update_budget(desk: Any, recorded: int, changed: int, held: bool) -> None:
    for n in range(recorded):
        desk.want(f"w{n}", size=2 if n < changed else 1).had(f"w{n}", size=1).sees(f"w{n}", size=1)
    changes = desk.planned().plan.changes
    assert len(changes) == changed
    assert {bool(c.held) for c in changes} == {held}


def test_the_last_admin_is_never_removed_and_no_approval_helps(desk: Any, approve: Any) -> None:
    desk.want("p", "people").had("p", "people").sees("p", "people")
    desk.had("boss", "people").sees("boss", "people", role="ADMIN")
    (change,) = desk.planned().plan.changes
    assert [(h.gate, h.digest) for h in change.held] == [("meaning", "")]
    (again,) = desk.planned(approvals=(approve(change.digest),)).plan.changes
    assert again.held


def test_the_last_admin_is_not_demoted(desk: Any) -> None:
    desk.want("boss", "people", role="STUDENT").had("boss", "people", role="ADMIN").sees("boss", "people", role="ADMIN")
    assert desk.shows() == ["~ people/boss role:desired HELD meaning"]


def test_deleting_what_holds_data_needs_an_approval_of_that_very_change(desk: Any, approve: Any) -> None:
    desk.want("z", "vaults").had("z", "vaults").sees("z", "vaults").had("v", "vaults").sees("v", "vaults")
    (change,) = desk.planned().plan.changes
    assert [h.gate for h in change.held] == ["data"]
    (released,) = desk.planned(approvals=(approve(change.held[0].digest[:12]),)).plan.changes
    assert released.held == ()
    assert released.notes == ("approved: agreed",)


@pytest.mark.parametrize(("mode", "gates"), [("additive", ["authority"]), ("managed", []), ("observe", ["authority"])])
def test_authority_decides_whether_a_collection_may_lose_objects(desk: Any, mode: str, gates: list[str]) -> None:
    desk.want("z").had("z").sees("z").had("a").sees("a")
    (change,) = desk.planned(authority={"widgets": mode}).plan.changes
    assert [h.gate for h in change.held] == gates


@pytest.mark.parametrize(("mode", "held"), [("additive", False), ("observe", True)])
def test_additive_still_creates_and_observe_only_reports(desk: Any, mode: str, held: bool) -> None:
    desk.want("new")
    (change,) = desk.planned(authority={"widgets": mode}).plan.changes
    assert bool(change.held) is held


def test_gates_see_the_whole_plan_before_targets_narrow_it(desk: Any) -> None:
    for n in range(30):
        desk.had(f"w{n:02}").sees(f"w{n:02}")
        if n >= 4:
            desk.want(f"w{n:02}")
    assert desk.shows(targets=("widgets/w00",)) == ["- widgets/w00 HELD budget"]


def test_what_takes_the_name_of_an_object_that_is_not_selected_waits_for_it(desk: Any) -> None:
    desk.want("new", name="x").had("old", name="x").sees("x", live_id="id-old").want("z").had("z").sees("z")
    assert desk.shows() == ["- widgets/old", "+ widgets/new"]
    assert desk.shows(targets=("widgets/new",)) == ["+ widgets/new HELD target"]
    assert desk.shows(targets=("widgets/new", "widgets/old")) == ["- widgets/old", "+ widgets/new"]


def test_a_set_that_a_narrowed_plan_shows_in_part_cannot_be_approved_from_it(desk: Any, approve: Any) -> None:
    for n in range(30):
        desk.had(f"w{n:02}").sees(f"w{n:02}")
        if n >= 4:
            desk.want(f"w{n:02}")
    whole = desk.planned().plan
    (one,) = desk.planned(targets=("widgets/w00",)).plan.changes
    assert [(h.gate, h.offered) for h in one.held] == [("budget", "")]
    assert one.held[0].next == "plan without --target and --provider: this shows 1 of 4"
    assert offers([one]) == ()

    (offer,) = offers(whole.changes)
    assert offer.addresses == tuple(f"widgets/w0{n}" for n in range(4))
    (agreed,) = desk.planned(targets=("widgets/w00",), approvals=(approve(offer.digest),)).plan.changes
    assert agreed.held == ()


def test_an_approval_names_all_it_covers_also_what_something_else_holds(desk: Any) -> None:
    for n in range(3):
        kept = {"lifecycle": Lifecycle(protect=True)} if n == 2 else {}
        desk.had(f"w{n}", **kept).sees(f"w{n}")
    desk.want("x").had("x").sees("x")
    (offer,) = offers(desk.planned().plan.changes)
    assert offer.addresses == ("widgets/w0", "widgets/w1", "widgets/w2")


def test_a_child_whose_missing_parent_is_not_selected_is_held(desk: Any) -> None:
    desk.want("g", "groups").want("a", group="g")
    assert desk.shows(targets=("widgets/*",)) == ["+ widgets/a HELD target"]


def test_what_waits_for_a_held_creation_is_held_and_the_rest_goes_on(desk: Any) -> None:
    desk.want("v", "vaults", size=1).had("v", "vaults", size=1)
    desk.want("g", "groups").sees("g", "groups", size=1).want("a", group="g").want("b")
    desk.options["authority"] = {"groups": "observe"}
    assert desk.shows() == ["record groups/g HELD authority", "+! vaults/v HELD recreate", "+ widgets/a", "+ widgets/b"]


def test_a_held_creation_holds_its_children(desk: Any) -> None:
    desk.want("g", "groups").want("a", group="g").want("b")
    assert desk.shows(authority={"groups": "observe"}) == [
        "+ groups/g HELD authority",
        "+ widgets/b",
        "+ widgets/a HELD dependency",
    ]


def test_a_held_child_removal_holds_its_parents_removal(desk: Any) -> None:
    desk.want("z").had("z").sees("z").want("y", "groups").had("y", "groups").sees("y", "groups")
    desk.had("a", group="g", lifecycle=Lifecycle(protect=True)).sees("a", group="id-g")
    desk.had("g", "groups").sees("g", "groups")
    assert desk.shows() == ["- widgets/a HELD protect", "- groups/g HELD dependency"]


EXTERNAL = [
    pytest.param({"channels": {"#ops": ("7",)}}, [], id="exists"),
    pytest.param({"channels": {}}, ["reference"], id="missing"),
    pytest.param({"channels": {"#ops": ("7", "8")}}, ["reference"], id="ambiguous"),
    pytest.param({}, ["unknown"], id="not-readable"),
]


@pytest.mark.parametrize(("externals", "gates"), EXTERNAL)
def test_a_reference_to_something_unmanaged_must_resolve_to_exactly_one(
    desk: Any, externals: Any, gates: list[str]
) -> None:
    desk.externals = externals
    desk.want("a", channel="#ops")
    (change,) = desk.planned().plan.changes
    assert [h.gate for h in change.held] == gates


def test_renaming_onto_a_name_that_exists_is_held(desk: Any) -> None:
    desk.want("a", name="b").had("a").sees("a").sees("b", live_id="99")
    assert desk.shows() == ["~ widgets/a name:desired HELD identity"]


def test_what_a_released_field_still_refers_to_is_not_removed(desk: Any) -> None:
    desk.want("y", "groups").had("y", "groups").sees("y", "groups").had("g", "groups").sees("g", "groups")
    desk.want("a").had("a", group="g").sees("a", group="id-g")
    assert desk.shows() == ["- groups/g HELD in use", "release widgets/a"]


def test_what_a_held_removal_still_refers_to_by_a_released_field_waits_with_it(desk):
    desk.had("g", "groups", "g1").sees("g", "groups", "g1").want("h", "groups").had("h", "groups").sees("h", "groups")
    desk.had("a", lifecycle=Lifecycle(protect=True)).sees("a", group="g1").want("b").had("b").sees("b")
    assert desk.shows() == ["- groups/g HELD dependency", "- widgets/a HELD protect"]


def test_what_an_ignored_field_refers_to_is_not_removed(desk):
    desk.had("g", "groups", "g1").sees("g", "groups", "g1").want("h", "groups").had("h", "groups").sees("h", "groups")
    desk.want("a", lifecycle=Lifecycle(ignore=("group",)), group="h").had("a", group="h").sees("a", group="g1")
    assert desk.shows() == ["- groups/g HELD in use", "record widgets/a"]


def test_what_a_field_is_about_to_let_go_of_can_be_removed(desk: Any) -> None:
    desk.want("y", "groups").had("y", "groups").sees("y", "groups").had("g", "groups").sees("g", "groups")
    desk.want("a", group=None).had("a", group="g").sees("a", group="id-g")
    assert desk.shows() == ["~ widgets/a group:desired", "- groups/g"]
