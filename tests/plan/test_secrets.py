"""Git alone says when a secret is sent: on create, when the reference changes, when rotate rises."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Generated, OutputRef, SecretRef, SecretValue
from reconciler.model import Lifecycle

LONG = "a value of more than sixteen characters"
OTHER = "some other value, also long enough"
T, T1, U = SecretRef("T"), SecretRef("T", 1), SecretRef("U")

ROWS = [
    # field, desired, recorded, recorded fingerprint, live, value at hand -> line
    pytest.param("hidden", T, T, LONG, None, LONG, [], id="write-only-as-applied"),
    pytest.param("hidden", T, T, LONG, None, None, [], id="write-only-without-the-value-at-hand"),
    pytest.param("hidden", T1, T, LONG, None, LONG, ["~ widgets/a hidden:rotate"], id="rotate-sends"),
    pytest.param("hidden", U, T, LONG, None, None, ["~ widgets/a hidden:desired"], id="changed-reference-sends"),
    pytest.param(
        "hidden", T, T, LONG, None, OTHER, ["~ widgets/a hidden:desired HELD secret"], id="changed-value-alone-is-held"
    ),
    pytest.param("hidden", T, T, "", None, "short", [], id="short-values-have-no-fingerprint"),
    pytest.param("token", T, T, LONG, LONG, LONG, [], id="readable-and-equal"),
    pytest.param("token", T, T, LONG, OTHER, LONG, ["~ widgets/a token:drift"], id="readable-and-edited-is-drift"),
    pytest.param("token", T, T, LONG, OTHER, None, ["~ widgets/a token:drift"], id="edited-shows-without-the-value"),
    pytest.param(
        "token", T, T, LONG, LONG, OTHER, ["~ widgets/a token:desired HELD secret"], id="readable-changed-value-is-held"
    ),
    pytest.param("token", T1, T, LONG, LONG, LONG, ["record widgets/a"], id="rotate-to-what-is-live-is-recorded"),
    pytest.param(
        "token",
        Generated(32),
        Generated(32),
        LONG,
        OTHER,
        None,
        ["~ widgets/a token:drift HELD secret"],
        id="generated-edited-is-held",
    ),
    pytest.param("token", Generated(32), Generated(32), LONG, LONG, None, [], id="generated-as-made"),
    pytest.param(
        "hidden", Generated(32, 1), Generated(32), LONG, None, None, ["~ widgets/a hidden:rotate"], id="generated-anew"
    ),
    pytest.param(
        "hidden", Generated(32), Generated(32, 1), LONG, None, None, ["record widgets/a"], id="rotate-taken-back"
    ),
    pytest.param("hidden", T, T1, LONG, None, LONG, ["record widgets/a"], id="rotate-lowered-sends-nothing"),
    pytest.param(
        "hidden", T, T1, LONG, None, OTHER, ["~ widgets/a hidden:desired HELD secret"], id="rotate-lowered-other-value"
    ),
    pytest.param(
        "hidden", SecretRef("U", 1), T, LONG, None, None, ["~ widgets/a hidden:desired"], id="other-name-and-rotate"
    ),
    pytest.param(
        "hidden", T, T, LONG, None, "short", ["~ widgets/a hidden:desired HELD secret"], id="short-now-is-another"
    ),
    pytest.param(
        "token", T, T, LONG, OTHER, "a third value, long enough", ["~ widgets/a token:drift HELD secret"], id="both"
    ),
]


@pytest.mark.parametrize(("name", "wanted", "recorded", "applied", "live", "value", "expected"), ROWS)
def test_a_secret_field_of_an_object_that_is_ours(
    desk: Any,
    fingerprint: Any,
    name: str,
    wanted: Any,
    recorded: Any,
    applied: str,
    live: str | None,
    value: str | None,
    expected: list[str],
) -> None:
    prints = {name: fingerprint(applied)} if applied else {}
    desk.want("a", **{name: wanted}).had("a", **{name: recorded}, fingerprints=prints)
    desk.sees("a", **({name: SecretValue(live)} if live else {}))
    if value:
        desk.values["T"] = value
    assert desk.shows() == expected


FOREIGN = [
    pytest.param(T, Lifecycle(), None, None, ["adopt widgets/a HELD adopt"], id="unverifiable-is-held"),
    pytest.param(T, Lifecycle(adopt=True), None, None, ["record widgets/a"], id="taken-as-it-stands"),
    pytest.param(T1, Lifecycle(), None, LONG, ["adopt widgets/a hidden:rotate"], id="rotate-sends-the-value"),
]


@pytest.mark.parametrize(("wanted", "lifecycle", "live", "value", "expected"), FOREIGN)
def test_a_secret_field_of_a_foreign_object(
    desk: Any, wanted: Any, lifecycle: Any, live: Any, value: Any, expected: list[str]
) -> None:
    desk.want("a", hidden=wanted, lifecycle=lifecycle).sees("a")
    if value:
        desk.values["T"] = value
    assert desk.shows() == expected


def test_a_withheld_secret_does_not_block_other_fields(desk: Any, fingerprint: Any) -> None:
    desk.want("a", hidden=T, size=2).had("a", hidden=T, size=1, fingerprints={"hidden": fingerprint(LONG)})
    desk.sees("a", size=1).values["T"] = OTHER
    (change,) = desk.planned().plan.changes
    assert [f.path for f in change.fields] == [("size",)]
    assert change.held == ()
    assert "differs from the one applied on 2026-06-01" in change.notes[0]


def test_an_unreadable_value_changed_outside_is_opaque_drift(desk: Any) -> None:
    from datetime import UTC, datetime

    ours, theirs = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    desk.want("a", hidden=T).had("a", hidden=T, changed_at=ours).sees("a", changed_at=theirs)
    plan = desk.planned().plan
    assert [d.type for d in plan.drift] == ["opaque"]
    assert plan.changes == ()


def test_an_output_of_a_new_resource_is_known_after_apply(desk: Any) -> None:
    desk.want("g", "groups").want("a", link=OutputRef("groups/g", "url")).had("a").sees("a")
    update = next(c for c in desk.planned().plan.changes if c.action == "update")
    assert type(update.fields[0].after).__name__ == "KnownAfterApply"
    assert [str(a) for a in update.depends_on] == ["groups/g"]


def test_an_output_that_moved_is_a_change_and_a_hand_edit_is_drift(desk: Any, fingerprint: Any) -> None:
    link = OutputRef("groups/g", "url")
    desk.want("g", "groups").had("g", "groups").sees("g", "groups", outputs={"url": "https://now.example.test/"})
    prints = {"link": fingerprint("https://before.example.test/")}
    desk.want("a", link=link).had("a", link=link, fingerprints=prints).sees("a", link="https://before.example.test/")
    assert desk.shows() == ["~ widgets/a link:desired"]
    desk.lives[-1] = desk.lives[-1].__class__("widgets", "id-a", ("a",), {"name": "a", "link": "https://hand.example"})
    assert desk.shows() == ["~ widgets/a link:drift"]


def test_an_output_that_cannot_be_read_leaves_its_users_alone(desk: Any) -> None:
    link = OutputRef("groups/g", "url")
    desk.unknown["groups"] = "503"
    desk.want("g", "groups").had("g", "groups")
    desk.want("a", link=link).had("a", link=link).sees("a", link="https://before.example.test/")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert not any(u.needed for u in plan.unknown)
