"""What a digest covers, and what it must not depend on."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from reconciler import Scope
from reconciler.model import ProviderStatus
from reconciler.plan.state import Observation


def digest_of(desk: Any, **more: Any) -> str:
    (change,) = desk.planned(**more).plan.changes
    return str(change.digest)


def base(desk: Any) -> Any:
    return desk.want("a", size=2).had("a", size=1).sees("a", size=1)


def test_it_is_the_same_with_and_without_secret_values(desk: Any, secret: Any) -> None:
    desk.want("a", size=2, token=secret("T")).had("a", size=1, token=secret("T")).sees("a", size=1)
    without = digest_of(desk)
    desk.values["T"] = "a value of more than sixteen characters"
    assert digest_of(desk) == without


def test_it_is_the_same_before_and_after_a_parent_exists(desk: Any) -> None:
    desk.want("g", "groups").want("a", group="g")
    before = {str(c.address): c.digest for c in desk.planned().plan.changes}
    desk.had("g", "groups").sees("g", "groups")
    after = {str(c.address): c.digest for c in desk.planned().plan.changes}
    assert before["widgets/a"] == after["widgets/a"]


def test_it_does_not_depend_on_the_time_or_the_commit(desk: Any) -> None:
    base(desk)
    now = desk.planned().plan.created_at
    assert digest_of(desk) == digest_of(desk, now=now + timedelta(days=3), commit="c9")


def test_it_depends_on_environment_account_revision_and_live_value(desk: Any) -> None:
    base(desk)
    seen = {digest_of(desk), digest_of(desk, environment="staging")}
    record = next(iter(desk.records.values()))
    seen.add(digest_of(desk, records={record.address: dataclasses.replace(record, run="run-2")}))
    given = desk.planned()
    listing = Observation(
        {("test", "widgets"): dataclasses.replace(desk_listing(desk))},
        scopes={"test": Scope({"team": "other"})},
        statuses={"test": ProviderStatus("ok")},
    )
    seen.add(digest_of(desk, observation=listing))
    desk.lives[0] = dataclasses.replace(desk.lives[0], values={"name": "a", "size": 7})
    seen.add(digest_of(desk))
    assert len(seen) == 5
    assert given.plan.changes


def desk_listing(desk: Any) -> Any:
    from reconciler.plan.state import Listing

    return Listing("test", "widgets", tuple(desk.lives))


@pytest.mark.parametrize("rotate", [0, 1])
def test_it_covers_rotate(desk: Any, secret: Any, rotate: int) -> None:
    desk.want("a", size=2, token=secret("T", rotate)).had("a", size=1, token=secret("T")).sees("a", size=1)
    other = desk.planned().plan.changes[0]
    assert ("rotate" in {f.cause for f in other.fields}) is bool(rotate)


def test_it_depends_on_a_live_text_beside_a_written_one_in_a_field_that_may_be_secret(
    desk: Any, secret: Any, secret_value: Any
) -> None:
    desk.want("s", "slots", value="new").had("s", "slots", value="old").sees("s", "slots", value="old")
    seen = [digest_of(desk)]
    for live in ("by hand", secret_value("by hand, and secret"), secret_value("another secret")):
        desk.lives[0] = dataclasses.replace(desk.lives[0], values={**desk.lives[0].values, "value": live})
        seen.append(digest_of(desk))
    assert len(set(seen[:2])) == 2
    assert seen[2] == seen[3]


def test_a_live_secret_never_enters_it(desk: Any, secret: Any, secret_value: Any) -> None:
    desk.want("a", size=2, token=secret("T")).had("a", size=1, token=secret("T"))
    desk.sees("a", size=1, token=secret_value("one live value of a secret"))
    first = digest_of(desk)
    desk.lives[0] = dataclasses.replace(
        desk.lives[0], values={**desk.lives[0].values, "token": secret_value("quite another value of it")}
    )
    assert digest_of(desk) == first


def test_the_plan_digest_covers_what_the_plan_was_narrowed_to(desk: Any) -> None:
    desk.want("a")
    assert desk.planned().plan.digest != desk.planned(targets=("widgets/*",)).plan.digest


def test_a_plan_knows_that_it_was_narrowed(desk: Any) -> None:
    desk.want("a")
    assert not desk.planned().plan.narrowed
    assert desk.planned(targets=("widgets/*",)).plan.narrowed
