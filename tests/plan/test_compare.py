"""Mappings per leaf, lists atomic, sets order-free, keyed lists by key, null clears."""

from __future__ import annotations

from typing import Any

import pytest

SAME = [
    pytest.param({"tags": ("b", "a")}, {"tags": ("a", "b")}, id="sets-ignore-order"),
    pytest.param({"size": None}, {}, id="null-and-absent-are-the-same"),
    pytest.param({"meta": {"k": "v"}}, {"meta": {"k": "v", "other": "x"}}, id="only-written-leaves-of-a-mapping"),
    pytest.param(
        {"steps": ({"action": "a"},)}, {"steps": ({"action": "a", "wait": None, "id": 7},)}, id="server-fills-in-parts"
    ),
    pytest.param(
        {"headers": ({"name": "b", "value": "2"}, {"name": "a", "value": "1"})},
        {"headers": ({"name": "a", "value": "1"}, {"name": "b", "value": "2"})},
        id="keyed-lists-ignore-order",
    ),
    pytest.param({"words": ()}, {"words": ()}, id="empty-list-is-empty"),
    pytest.param({"meta": {}}, {"meta": {"other": "x"}}, id="an-empty-mapping-asks-only-that-there-is-one"),
]


@pytest.mark.parametrize(("wanted", "live"), SAME)
def test_these_are_equal(desk: Any, wanted: Any, live: Any) -> None:
    desk.want("a", **wanted).had("a", **wanted).sees("a", **live)
    assert desk.shows() == []


DIFFERENT = [
    pytest.param({"tags": ("a",)}, {"tags": ("a", "b")}, ["tags"], id="sets-are-wholly-owned"),
    pytest.param({"words": ("a", "b")}, {"words": ("b", "a")}, ["words"], id="lists-have-an-order"),
    pytest.param({"words": ()}, {"words": ("a",)}, ["words"], id="empty-list-means-empty"),
    pytest.param({"size": None}, {"size": 3}, ["size"], id="null-clears"),
    pytest.param({"on": True}, {"on": 1}, ["on"], id="true-is-not-one"),
    pytest.param({"meta": {"k": "v"}}, {"meta": {"k": "w"}}, ["meta.k"], id="mappings-differ-per-leaf"),
    pytest.param({"meta": {}}, {}, ["meta"], id="an-empty-mapping-is-not-nothing"),
    pytest.param({"steps": ({"action": "a"},)}, {"steps": ({"action": "b"},)}, ["steps"], id="a-list-is-atomic"),
    pytest.param({"steps": ({"action": "a"},)}, {"steps": ()}, ["steps"], id="a-missing-element"),
    pytest.param(
        {"headers": ({"name": "a", "value": "1"},)},
        {"headers": ({"name": "a", "value": "2"}, {"name": "x", "value": "3"})},
        ["headers.a.value", "headers.x"],
        id="keyed-lists-by-key-and-wholly-owned",
    ),
    pytest.param(
        {"columns": ({"name": "b", "value": "2"}, {"name": "a", "value": "1"})},
        {"columns": ({"name": "a", "value": "1"}, {"name": "b", "value": "2"})},
        ["columns"],
        id="an-ordered-keyed-list-has-an-order",
    ),
]


@pytest.mark.parametrize(("wanted", "live", "paths"), DIFFERENT)
def test_these_differ_at(desk: Any, wanted: Any, live: Any, paths: list[str]) -> None:
    desk.want("a", **wanted).had("a", **wanted).sees("a", **live)
    (change,) = desk.planned().plan.changes
    assert [".".join(map(str, f.path)) for f in change.fields] == paths
    assert {f.cause for f in change.fields} == {"drift"}


def test_an_atomic_list_says_what_differs_inside(desk: Any) -> None:
    want = {"steps": ({"action": "a", "wait": 5}, {"action": "b"})}
    desk.want("a", **want).had("a", **want)
    desk.sees("a", steps=({"action": "a", "wait": 9, "id": 1}, {"action": "b", "id": 2}))
    (change,) = desk.planned().plan.changes
    assert change.fields[0].inner == (("[0].wait", 9, 5),)


def test_a_reference_is_compared_by_handle(desk: Any) -> None:
    desk.want("g", "groups").had("g", "groups", live_id="7").sees("g", "groups", live_id="7")
    desk.want("a", group="g").had("a", group="g").sees("a", group="7")
    assert desk.shows() == []


def test_a_reference_to_an_object_nobody_declared_is_shown_by_id(desk: Any) -> None:
    desk.want("g", "groups").had("g", "groups", live_id="7").sees("g", "groups", live_id="7")
    desk.want("a", group="g").had("a", group="g").sees("a", group="8")
    (change,) = desk.planned().plan.changes
    assert change.fields[0].before.id == "8"
    assert change.fields[0].cause == "drift"


def test_an_external_reference_is_compared_by_name(desk: Any) -> None:
    desk.externals = {"channels": {"#ops": ("7",), "#dev": ("8",)}}
    desk.want("a", channel="#ops").had("a", channel="#ops").sees("a", channel="8")
    (change,) = desk.planned().plan.changes
    assert (change.fields[0].before, change.fields[0].after) == ("#dev", "#ops")
