"""`{from: …}` of an output that its object, which was read, does not have."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import OutputRef

URL = OutputRef("groups/g", "url")


def told(desk: Any) -> list[tuple[str, str, str]]:
    plan = desk.planned().plan
    assert plan.unknown == ()
    return [(h.gate, h.reason, h.next) for c in plan.changes if c.address.collection == "widgets" for h in c.held]


@pytest.mark.parametrize(
    ("was", "live"),
    [
        pytest.param(None, None, id="a-create"),
        pytest.param({"link": "https://before.example.test/"}, "https://before.example.test/", id="now-computed"),
        pytest.param({"link": URL}, "https://before.example.test/", id="the-source-lost-it"),
    ],
)
def test_an_output_that_is_absent_is_told_as_absent_and_holds_what_takes_it(desk: Any, was: Any, live: Any) -> None:
    desk.want("g", "groups").had("g", "groups").sees("g", "groups").want("a", link=URL)
    if was is not None:
        desk.had("a", **was).sees("a", link=live)
    place = desk.resources[-1].where
    assert told(desk) == [
        (
            "reference",
            f"groups/g.url has no value ({place.file}:{place.line}): groups/g is there and has no url",
            "give it one, or remove the reference",
        )
    ]


def test_an_output_that_its_object_may_get_in_this_plan_is_known_after_apply(desk: Any) -> None:
    desk.want("g", "groups", title="new").had("g", "groups", title="old").sees("g", "groups", title="old")
    desk.want("a", link=URL).had("a").sees("a")
    assert told(desk) == []
    update = next(c for c in desk.planned().plan.changes if c.address.handle == "a")
    assert type(update.fields[0].after).__name__ == "KnownAfterApply"
    assert [str(a) for a in update.depends_on] == ["groups/g"]
