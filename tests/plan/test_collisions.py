"""Objects that cannot stand side by side although their identities differ, and what else depends on a value."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Preview, SecretRef, SecretValue


def waits(desk: Any) -> dict[str, list[str]]:
    return {f"{c.action} {c.address}": [str(a) for a in c.depends_on] for c in desk.planned().plan.changes}


def test_a_live_object_that_overlaps_is_taken_for_the_desired_one(desk: Any) -> None:
    desk.want("a", "slots", places=("left", "right")).sees("a", "slots", places=("left",))
    assert desk.shows() == ["adopt slots/a places:foreign HELD adopt"]


def test_one_with_the_very_identity_comes_before_one_that_overlaps(desk: Any) -> None:
    desk.want("a", "slots", places=("left",)).sees("a", "slots", "1", places=("left",))
    desk.want("b", "slots", name="a", places=("right",)).sees("a", "slots", "2", places=("right",))
    assert desk.shows() == ["record slots/a", "record slots/b"]


def test_two_that_overlap_are_an_unknown_that_names_both(desk: Any) -> None:
    desk.want("a", "slots", places=("left", "right"))
    desk.sees("a", "slots", "1", places=("left",)).sees("a", "slots", "2", places=("right",))
    (unknown,) = desk.planned().plan.unknown
    assert "1 and 2" in unknown.reason
    assert not desk.planned().plan.changes


def test_what_takes_a_place_waits_for_the_one_that_gives_it_up(desk: Any) -> None:
    desk.want("a", "slots", places=("left",)).had("a", "slots", places=("left", "right"))
    desk.sees("a", "slots", places=("left", "right")).want("b", "slots", name="a", places=("right",))
    assert waits(desk) == {"update slots/a": [], "create slots/b": ["slots/a"]}


def test_an_update_waits_for_the_removal_and_for_the_update_that_make_room(desk: Any) -> None:
    desk.want("a", "slots", places=("left", "right")).had("a", "slots", places=("left",))
    desk.sees("a", "slots", "id-a", places=("left",)).had("b", "slots", name="a", places=("right",))
    desk.sees("a", "slots", "id-b", places=("right",))
    assert waits(desk) == {"delete slots/b": [], "update slots/a": ["slots/b"]}
    desk.want("b", "slots", name="a", places=("top",))
    assert waits(desk) == {"update slots/b": [], "update slots/a": ["slots/b"]}


def test_two_that_swap_their_places_are_no_cycle(desk: Any) -> None:
    desk.want("a", "slots", places=("left",)).had("a", "slots", places=("right",))
    desk.want("b", "slots", name="a", places=("right",)).had("b", "slots", name="a", places=("left",))
    desk.sees("a", "slots", "id-a", places=("right",)).sees("a", "slots", "id-b", places=("left",))
    assert set(waits(desk)) == {"update slots/a", "update slots/b"}


def test_growing_into_a_place_that_an_unmanaged_object_has_is_held(desk: Any) -> None:
    desk.want("a", "slots", places=("left", "right")).had("a", "slots", places=("left",))
    desk.sees("a", "slots", "id-a", places=("left",)).sees("a", "slots", "9", places=("right",))
    assert desk.shows() == ["~ slots/a places:desired HELD identity"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("open", "ajar", ["~ slots/a form:desired"], id="among-these-in-place"),
        pytest.param("open", "shut", ["- slots/a", "+ slots/a"], id="to-another-by-replacement"),
        pytest.param("shut", "open", ["- slots/a", "+ slots/a"], id="from-another-by-replacement"),
    ],
)
def test_some_values_change_in_place_where_others_replace(
    desk: Any, before: str, after: str, expected: list[str]
) -> None:
    desk.want("a", "slots", places=("left",), form=after).had("a", "slots", places=("left",), form=before)
    desk.sees("a", "slots", places=("left",), form=before)
    assert desk.shows() == expected


@pytest.mark.parametrize(
    ("desired", "live", "hidden"),
    [
        pytest.param("text", "other", False, id="both-are-text"),
        pytest.param(SecretRef("NAME"), "other", True, id="a-secret-is-desired"),
    ],
)
def test_a_live_text_shows_only_beside_a_desired_text(desk: Any, desired: Any, live: Any, hidden: bool) -> None:
    desk.values["NAME"] = "value"
    desk.want("a", "slots", value=desired).had("a", "slots", value="before").sees("a", "slots", value=live)
    (change,) = desk.planned().plan.changes
    (field,) = change.fields
    assert field.secret is hidden


def test_a_live_secret_is_compared_with_a_desired_text(desk: Any) -> None:
    desk.want("a", "slots", value="x").had("a", "slots", value="x").sees("a", "slots", value=SecretValue("x"))
    assert desk.shows() == []
    desk.lives.clear()
    assert desk.sees("a", "slots", value=SecretValue("y")).shows() == ["~ slots/a value:drift"]


def test_what_a_provider_finds_done_where_it_alone_can_look_is_neither_done_nor_said(desk: Any) -> None:
    desk.want("a").want("b")
    plan = desk.planned(preview=lambda change: Preview(settled=change.address.handle == "a")).plan
    assert [str(c.address) for c in plan.changes] == ["widgets/b"]
    assert plan.pending == ()
