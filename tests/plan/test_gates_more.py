"""The far side of each gate: what else it holds, and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import OutputRef, Preview, Scope
from reconciler.model import Lifecycle, ProviderStatus
from reconciler.plan.state import Listing, Observation


def gates(plan: Any) -> dict[str, list[str]]:
    """The gates that hold each change, by `action address`."""
    return {f"{c.action} {c.address}": [h.gate for h in c.held] for c in plan.changes}


LISTING = [
    pytest.param(3, 2, False, id="two-of-three"),
    pytest.param(3, 3, True, id="three-of-three"),
    pytest.param(5, 3, True, id="three-of-five"),
    pytest.param(6, 3, False, id="half"),
    pytest.param(7, 4, True, id="just-over-half"),
]


@pytest.mark.parametrize(("recorded", "missing", "held"), LISTING)
def test_three_and_over_half_missing_is_implausible(desk: Any, recorded: int, missing: int, held: bool) -> None:
    for n in range(recorded):
        desk.want(f"w{n}").had(f"w{n}")
        if n >= missing:
            desk.sees(f"w{n}")
    assert {"listing" in names for names in gates(desk.planned().plan).values()} == {held}


def test_an_implausible_listing_holds_the_removals_that_are_left(desk: Any) -> None:
    for n in range(4):
        desk.want(f"w{n}").had(f"w{n}")
    desk.had("old").sees("old")
    assert "listing" in gates(desk.planned().plan)["delete widgets/old"]


def test_a_listing_that_could_not_be_read_is_no_implausible_one(desk: Any) -> None:
    for n in range(4):
        desk.want(f"w{n}").had(f"w{n}")
    desk.unknown["widgets"] = "503"
    desk.want("g", "groups")
    plan = desk.planned().plan
    assert gates(plan) == {"create groups/g": []}
    assert {u.reason for u in plan.unknown} == {"503"}


def test_an_implausible_listing_of_one_instance_says_nothing_about_another(desk: Any) -> None:
    for n in range(4):
        desk.want(f"w{n}").had(f"w{n}")
    desk.want("elsewhere")
    desk.resources[-1] = replace(desk.resources[-1], provider="other")
    held = gates(desk.planned(observation=two_instances(desk)).plan)
    assert held["create widgets/elsewhere"] == []
    assert held["recreate widgets/w0"] == ["listing"]


def two_instances(desk: Any) -> Any:
    """What `test` reports, and an empty instance `other`."""
    here, there = Listing("test", "widgets", tuple(desk.lives)), Listing("other", "widgets")
    return Observation(
        {("test", "widgets"): here, ("other", "widgets"): there},
        scopes={"test": Scope({"team": "a"}), "other": Scope({"team": "b"})},
        statuses={"test": ProviderStatus("ok"), "other": ProviderStatus("ok")},
    )


def test_a_protected_person_is_not_disabled(desk: Any) -> None:
    desk.want("z", "people").had("z", "people").sees("z", "people")
    desk.had("p", "people", lifecycle=Lifecycle(protect=True)).sees("p", "people")
    assert desk.shows() == ["x people/p HELD protect"]


def test_what_refers_to_something_that_could_not_be_read_waits(desk: Any) -> None:
    desk.unknown["groups"] = "503"
    desk.want("g", "groups").want("a", group="g").want("b")
    assert desk.shows() == ["+ widgets/a HELD unknown", "+ widgets/b"]


def test_grandchildren_of_a_held_creation_wait_too(desk: Any) -> None:
    desk.want("g", "groups").want("a", group="g").want("b", link=OutputRef("widgets/a", "url"))
    held = gates(desk.planned(authority={"groups": "observe"}).plan)
    assert held == {
        "create groups/g": ["authority"],
        "create widgets/a": ["dependency"],
        "create widgets/b": ["dependency"],
    }


def test_a_held_update_does_not_hold_what_refers_to_it(desk: Any) -> None:
    hold = Lifecycle(on_drift="hold")
    desk.want("g", "groups", size=1, lifecycle=hold).had("g", "groups", size=1, lifecycle=hold)
    desk.sees("g", "groups", size=9).want("a", group="g")
    assert desk.shows() == ["~ groups/g size:drift HELD on_drift", "+ widgets/a"]


def test_what_a_provider_holds_is_held(desk: Any) -> None:
    desk.want("a").want("b")

    def preview(change: Any) -> Preview:
        return Preview(("said",), "the course was deleted", "restore it") if change.address.handle == "a" else Preview()

    plan = desk.planned(preview=preview).plan
    assert gates(plan) == {"create widgets/a": ["provider"], "create widgets/b": []}
    assert (plan.changes[0].held[0].next, plan.changes[0].notes) == ("restore it", ("said",))


def test_an_approval_releases_its_own_hold_and_no_other(desk: Any, approve: Any) -> None:
    desk.want("z", "vaults").had("z", "vaults").sees("z", "vaults")
    desk.had("v", "vaults", lifecycle=Lifecycle(protect=True)).sees("v", "vaults")
    (change,) = desk.planned().plan.changes
    digests = {h.gate: h.digest for h in change.held}
    assert set(digests) == {"protect", "data"}
    (again,) = desk.planned(approvals=(approve(digests["data"]),)).plan.changes
    assert [h.gate for h in again.held] == ["protect"]


def test_what_is_still_in_an_instance_that_was_not_read_is_not_made_in_another(desk: Any) -> None:
    desk.want("a").had("a")
    desk.resources = [replace(r, provider="other") for r in desk.resources]
    seen = two_instances(desk)
    unread = replace(seen.listings["test", "widgets"], unknown="503")
    plan = desk.planned(observation=replace(seen, listings={**seen.listings, ("test", "widgets"): unread})).plan
    assert gates(plan) == {"create widgets/a": ["unknown"]}


def test_an_old_pin_does_not_hold_what_was_recreated_since(desk: Any) -> None:
    desk.want("a", lifecycle=Lifecycle(id="77", protect=True))
    desk.had("a", live_id="90", lifecycle=Lifecycle(id="77")).sees("a", live_id="90")
    assert desk.shows() == ["record widgets/a"]


def test_what_its_provider_says_others_must_do_is_pending_and_never_a_change(desk: Any) -> None:
    desk.want("a").want("b")

    def preview(change: Any) -> Preview:
        return Preview(pending="merge it into the application") if change.address.handle == "a" else Preview()

    plan = desk.planned(preview=preview).plan
    assert [str(c.address) for c in plan.changes] == ["widgets/b"]
    assert [(str(p.address), p.note) for p in plan.pending] == [("widgets/a", "merge it into the application")]
    assert desk.planned(preview=preview, targets=("widgets/b",)).plan.pending == ()
