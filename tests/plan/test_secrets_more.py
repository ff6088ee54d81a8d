"""Secrets and outputs at the edges: short ones, removed ones, foreign ones, and those that share a field."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import OutputRef, SecretRef, SecretValue

LONG = "a value of more than sixteen characters"
OTHER = "some other value, also long enough"
T = SecretRef("T")


def test_a_readable_short_value_edited_outside_is_drift(desk: Any) -> None:
    desk.want("a", token=T).had("a", token=T).sees("a", token=SecretValue("tiny2"))
    desk.values["T"] = "tiny1"
    assert desk.shows() == ["~ widgets/a token:drift"]


def test_a_readable_value_that_was_removed_outside_is_drift(desk: Any, fingerprint: Any) -> None:
    desk.want("a", token=T).had("a", token=T, fingerprints={"token": fingerprint(LONG)}).sees("a")
    assert desk.shows() == ["~ widgets/a token:drift"]


@pytest.mark.parametrize(
    ("live", "expected"),
    [(LONG, ["record widgets/a"]), (OTHER, ["adopt widgets/a token:foreign HELD adopt"])],
    ids=["same", "another"],
)
def test_a_readable_secret_of_a_foreign_object_is_compared(desk: Any, live: str, expected: list[str]) -> None:
    desk.want("a", token=T).sees("a", token=SecretValue(live))
    desk.values["T"] = LONG
    assert desk.shows() == expected


def test_a_withheld_value_holds_what_shares_its_field(desk: Any, fingerprint: Any) -> None:
    def header(value: Any) -> dict[str, Any]:
        return {"name": "auth", "value": value}

    before = (header(T), {"name": "x", "value": "1"})
    after = (header(T), {"name": "x", "value": "2"})
    seen = (header(SecretValue(LONG)), {"name": "x", "value": "1"})
    desk.want("a", headers=after).had("a", headers=before, fingerprints={"headers.auth.value": fingerprint(LONG)})
    desk.sees("a", headers=seen).values["T"] = OTHER
    (change,) = desk.planned().plan.changes
    assert [h.gate for h in change.held] == ["secret"]


def test_an_unreadable_field_gets_the_moved_output(desk: Any, fingerprint: Any) -> None:
    url = OutputRef("groups/g", "url")
    desk.want("g", "groups").had("g", "groups").sees("g", "groups", outputs={"url": "https://now.example.test/"})
    desk.want("a", hidden=url).sees("a")
    desk.had("a", hidden=url, fingerprints={"hidden": fingerprint("https://before.example.test/")})
    assert desk.shows() == ["~ widgets/a hidden:desired"]
    desk.had("a", hidden=url, fingerprints={"hidden": fingerprint("https://now.example.test/")})
    assert desk.shows() == []


def test_a_live_text_that_was_a_secret_is_not_shown_when_text_is_written(desk: Any, secret: Any) -> None:
    desk.want("s", "slots", value="in the open").had("s", "slots", value=secret("KEY")).sees("s", "slots", value="once")
    (change,) = desk.planned().plan.changes
    assert [(f.path, f.secret) for f in change.fields] == [(("value",), True)]
    digest = change.digest
    desk.lives.clear()
    desk.sees("s", "slots", value="twice")
    assert [c.digest for c in desk.planned().plan.changes] == [digest]
