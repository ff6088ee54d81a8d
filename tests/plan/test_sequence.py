"""Kinds that are written after others of their instance, which they do not name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import Kind
from reconciler.kind.shape import shape_of
from reconciler.model import Delete
from reconciler.plan.order import edges_between, ordered
from reconciler.plan.sequence import sequenced


@pytest.fixture
def kinds(desk: Any) -> dict[str, type[Kind]]:
    """Return the kinds, of which widgets go last: `groups/z` comes before `widgets/a` by that alone."""
    known: dict[str, type[Kind]] = dict(desk.planned.__globals__["KINDS"])

    class Late(known["widgets"]):  # type: ignore[misc]
        """Goes last."""

        written_after = ("groups", "vaults")

    class Slow(known["vaults"]):  # type: ignore[misc]
        """Goes after groups."""

        written_after = ("groups",)

    return {**known, "widgets": Late, "vaults": Slow}


def test_what_goes_last_is_created_and_updated_after_the_others(desk: Any, kinds: Any) -> None:
    desk.want("a").want("b", size=2).had("b", size=1).sees("b", size=1)
    desk.want("z", "groups").want("y", "groups", size=2).had("y", "groups", size=1).sees("y", "groups", size=1)
    desk.want("x", "vaults").want("w", "people")
    assert desk.shows(kinds=kinds) == [
        "~ groups/y size:desired",
        "+ groups/z",
        "+ people/w",
        "+ vaults/x",
        "+ widgets/a",
        "~ widgets/b size:desired",
    ]
    assert all(not c.depends_on for c in desk.planned(kinds=kinds).plan.changes), "an order is no need"


def test_it_goes_last_although_its_name_comes_first(desk: Any, kinds: Any) -> None:
    class Last(kinds["groups"]):  # type: ignore[misc]
        """Goes after people."""

        written_after = ("people",)

    desk.want("a", "groups").want("b", "groups", size=2).had("b", "groups", size=1).sees("b", "groups", size=1)
    desk.want("p", "people").want("z", "people", role="X").had("z", "people", role="Y").sees("z", "people", role="Y")
    mine = {**kinds, "groups": Last}
    people, groups = ["+ people/p", "~ people/z role:desired"], ["+ groups/a", "~ groups/b size:desired"]
    assert desk.shows(kinds=mine) == [*people, *groups]
    assert desk.shows() == [*groups, *people], "by their names, when nothing is said"


def test_it_is_removed_before_the_others(desk: Any, kinds: Any) -> None:
    for name, kind in (("a", "widgets"), ("g", "groups")):
        desk.want(name, kind).had(name, kind).sees(name, kind)
    for name, kind in (("b", "widgets"), ("h", "groups")):
        desk.had(name, kind).sees(name, kind)
    assert desk.shows(kinds=kinds) == ["- widgets/b", "- groups/h"]
    assert desk.shows() == ["- groups/h", "- widgets/b"], "by their names, when nothing is said"


def test_what_is_held_keeps_nothing_back(desk: Any, kinds: Any) -> None:
    desk.want("a").want("g", "groups", size=2).sees("g", "groups", size=1)
    assert set(desk.shows(kinds=kinds)) == {"adopt groups/g size:foreign HELD adopt", "+ widgets/a"}


def test_another_instance_is_not_waited_for(desk: Any, kinds: Any) -> None:
    desk.want("a").want("g", "groups")
    shapes = {name: shape_of(kind) for name, kind in kinds.items()}
    changes = desk.planned(kinds=kinds).plan.changes
    ours = {str(c.address): i for i, c in enumerate(changes)}
    edges = sequenced(edges_between(changes, shapes), changes, shapes)
    assert edges[ours["widgets/a"]] == {ours["groups/g"]}
    apart = tuple(replace(c, provider="other") if c.kind == "groups" else c for c in changes)
    assert sequenced(edges_between(apart, shapes), apart, shapes)[ours["widgets/a"]] == set()


def test_where_an_order_contradicts_a_need_the_need_wins(desk: Any, kinds: Any) -> None:
    """Groups go after widgets here, and widgets name a group: nothing may wait for itself, in either direction."""

    class Early(kinds["groups"]):  # type: ignore[misc]
        """Goes after what names it."""

        written_after = ("widgets",)

    desk.want("a", group="g").want("b").want("g", "groups")
    turned = {**desk.planned.__globals__["KINDS"], "groups": Early}
    assert desk.shows(kinds=turned) == ["+ widgets/b", "+ groups/g", "+ widgets/a"]
    desk.resources.clear()
    desk.had("a", group="g").sees("a", group="id-g").had("b").sees("b").had("g", "groups").sees("g", "groups")
    shapes = {name: shape_of(kind) for name, kind in turned.items()}
    approved = tuple(replace(c, held=()) for c in desk.planned(kinds=turned).plan.changes)
    assert [str(c.address) for c in ordered(approved, shapes)] == ["widgets/a", "groups/g", "widgets/b"]


def test_two_kinds_after_each_other_still_have_an_order(desk: Any, kinds: Any) -> None:
    class Early(kinds["groups"]):  # type: ignore[misc]
        """Goes after what goes after it."""

        written_after = ("widgets",)

    desk.want("a").want("b").want("g", "groups").want("h", "groups")
    shapes = {name: shape_of(kind) for name, kind in {**kinds, "groups": Early}.items()}
    changes = desk.planned().plan.changes
    assert {str(c.address) for c in ordered(changes, shapes)} == {"widgets/a", "widgets/b", "groups/g", "groups/h"}


def test_an_update_and_a_removal_are_not_ordered(desk: Any, kinds: Any) -> None:
    desk.want("a", size=2).had("a", size=1).sees("a", size=1)
    desk.had("g", "groups").sees("g", "groups").want("h", "groups").had("h", "groups").sees("h", "groups")
    shapes = {name: shape_of(kind) for name, kind in kinds.items()}
    changes = desk.planned(kinds=kinds).plan.changes
    assert {isinstance(c, Delete) for c in changes} == {True, False}
    assert not any(sequenced(edges_between(changes, shapes), changes, shapes).values())
