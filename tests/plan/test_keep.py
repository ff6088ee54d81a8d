"""What an update leaves as it is inside the fields it sends: the ignored, the unknown, and what is generated once."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Generated, OutputRef, SecretRef, SecretValue, Unknown
from reconciler.model import ABSENT, Lifecycle

LONG = "a value of more than sixteen characters"
G, G1 = Generated(32), Generated(32, 1)


def sent(desk: Any) -> Any:
    """What the one change sends."""
    (change,) = desk.planned().plan.changes
    assert change.held == ()
    return change.changed()


def hook(name: str, key: Any, url: str = "u") -> dict[str, Any]:
    return {"name": name, "url": url, "key": key}


def test_a_generated_member_is_not_made_again_with_its_neighbour(desk: Any, fingerprint: Any) -> None:
    desk.want("a", vars={"key": G, "user": "new"})
    desk.had("a", vars={"key": G, "user": "old"}, fingerprints={"vars.key": fingerprint(LONG)})
    desk.sees("a", vars={"key": SecretValue(LONG), "user": SecretValue("old")})
    assert sent(desk) == {"vars": {"key": SecretValue(LONG), "user": "new"}}


def test_a_generated_member_of_a_foreign_object_is_left_out(desk: Any) -> None:
    from reconciler.engine.execute import as_update

    desk.want("a", vars={"key": G, "user": "ours"}, lifecycle=Lifecycle(adopt=True))
    desk.sees("a", vars={"key": SecretValue(LONG), "user": SecretValue("theirs")})
    (change,) = desk.planned().plan.changes
    assert as_update(change).changed() == {"vars": {"key": SecretValue(LONG), "user": "ours"}}


def test_a_generated_member_that_git_rotates_is_made(desk: Any, fingerprint: Any) -> None:
    desk.want("a", vars={"key": G1, "user": "new"})
    desk.had("a", vars={"key": G, "user": "old"}, fingerprints={"vars.key": fingerprint(LONG)})
    desk.sees("a", vars={"key": SecretValue(LONG), "user": SecretValue("old")})
    assert sent(desk) == {"vars": {"key": G1, "user": "new"}}


def test_an_ignored_member_keeps_its_live_value(desk: Any) -> None:
    desk.want("a", meta={"k": "new", "theirs": "ours"}, lifecycle=Lifecycle(ignore=("meta.theirs",)))
    desk.had("a", meta={"k": "old", "theirs": "ours"}, lifecycle=Lifecycle(ignore=("meta.theirs",)))
    desk.sees("a", meta={"k": "old", "theirs": "by hand"})
    assert sent(desk) == {"meta": {"k": "new", "theirs": "by hand"}}


def test_an_unknown_member_is_not_written(desk: Any) -> None:
    desk.want("a", meta={"k": "new", "hid": "x"}).had("a", meta={"k": "old", "hid": "x"})
    desk.sees("a", meta={"k": "old", "hid": Unknown("timeout")})
    assert sent(desk) == {"meta": {"k": "new"}}


def test_an_ignored_element_of_a_keyed_list_keeps_its_live_value(desk: Any) -> None:
    ours = ({"name": "a", "value": "1"}, {"name": "b", "value": "ours"})
    ignore = Lifecycle(ignore=("headers.b",))
    desk.want("w", headers=({"name": "a", "value": "2"}, ours[1]), lifecycle=ignore)
    desk.had("w", headers=ours, lifecycle=ignore)
    desk.sees("w", headers=(ours[0], {"name": "b", "value": "theirs"}))
    assert sent(desk) == {"headers": ({"name": "a", "value": "2"}, {"name": "b", "value": "theirs"})}


@pytest.mark.parametrize("live", [(), ({"name": "b", "value": "x"},)], ids=["missing", "different"])
def test_an_ignored_element_is_no_drift(desk: Any, live: Any) -> None:
    ignore = Lifecycle(ignore=("headers.b",))
    header = ({"name": "b", "value": "1"},)
    desk.want("w", headers=header, lifecycle=ignore).had("w", headers=header, lifecycle=ignore).sees("w", headers=live)
    assert desk.shows() == []


def test_a_generated_value_in_a_keyed_list_goes_back_as_it_is(desk: Any, fingerprint: Any) -> None:
    prints = {"hooks.a.key": fingerprint(LONG)}
    desk.want("w", hooks=(hook("a", G), hook("b", None, "new"))).had(
        "w", hooks=(hook("a", G), hook("b", None)), fingerprints=prints
    )
    desk.sees("w", hooks=(hook("b", None), hook("a", SecretValue(LONG))))
    assert sent(desk) == {"hooks": (hook("a", SecretValue(LONG)), hook("b", None, "new"))}


HELD = [
    pytest.param("hooks", (hook("a", G), hook("b", None, "new")), (hook("a", G), hook("b", None)), id="keyed-unread"),
    pytest.param("hooks", (hook("a", G),), (hook("a", G),), id="keyed-element-removed-outside"),
    pytest.param("calls", (hook("a", G, "new"),), (hook("a", G),), id="list"),
    pytest.param("calls", (hook("b", None), hook("a", G)), (hook("a", G),), id="list-with-a-new-element"),
]


@pytest.mark.parametrize(("name", "wanted", "before"), HELD)
def test_an_update_that_would_make_a_generated_value_again_is_held(
    desk: Any, name: str, wanted: Any, before: Any
) -> None:
    from reconciler import Unreadable

    desk.want("w", **{name: wanted}).had("w", **{name: before})
    seen = () if wanted == before else tuple({**p, "key": Unreadable()} if p["key"] else p for p in before)
    desk.sees("w", **{name: seen})
    (change,) = desk.planned().plan.changes
    assert {h.gate for h in change.held} == {"secret"}
    assert "generated once" in change.held[-1].reason


def test_replacing_the_holder_of_a_generated_value_takes_an_approval(desk: Any, approve: Any) -> None:
    desk.want("a", shape="round", token=G).had("a", shape="flat", token=G)
    desk.sees("a", shape="flat", token=SecretValue(LONG))
    assert desk.shows() == ["- widgets/a HELD recreate", "+ widgets/a HELD dependency"]
    (hold,) = desk.planned().plan.changes[0].held
    assert desk.shows(approvals=(approve(hold.digest),)) == ["- widgets/a", "+ widgets/a"]


def test_a_list_with_an_unknown_part_is_not_written(desk: Any) -> None:
    desk.want("w", calls=(hook("a", None, "new"),)).had("w", calls=(hook("a", None),))
    desk.sees("w", calls=(hook("a", Unknown("timeout"), "old"),))
    desk.resources[0].spec["calls"][0]["key"] = SecretRef("T")
    plan = desk.planned().plan
    assert plan.changes == ()
    assert [(u.subject, u.needed) for u in plan.unknown] == [("widgets/w.calls[0].key", True)]


@pytest.mark.parametrize("name", ["tags", "words", "headers"])
def test_a_list_with_an_element_that_could_not_be_read_is_unknown(desk: Any, name: str) -> None:
    part = {"name": "x", "value": "1"} if name == "headers" else "x"
    desk.want("w", **{name: (part,)}).had("w", **{name: (part,)}).sees("w", **{name: (Unknown("timeout"), part)})
    plan = desk.planned().plan
    assert (plan.changes, plan.drift) == ((), ())
    assert [(u.subject, u.needed) for u in plan.unknown] == [(f"widgets/w.{name}", False)]


def test_a_second_element_of_one_key_is_drift(desk: Any) -> None:
    header = {"name": "a", "value": "1"}
    desk.want("w", headers=(header,)).had("w", headers=(header,)).sees("w", headers=(header, dict(header)))
    (change,) = desk.planned().plan.changes
    assert [(f.path, f.after, f.cause) for f in change.fields] == [(("headers", "a"), ABSENT, "drift")]


def test_a_list_with_a_secret_that_git_changes_is_no_conflict(desk: Any, fingerprint: Any) -> None:
    token = SecretRef("T")
    desk.want("w", calls=(hook("a", token, "new"),)).had(
        "w", calls=(hook("a", token, "old"),), fingerprints={"calls[0].key": fingerprint(LONG)}
    )
    desk.sees("w", calls=(hook("a", SecretValue(LONG), "old"),))
    desk.values["T"] = LONG
    assert desk.shows() == ["~ widgets/w calls:desired"]


def test_a_conflict_is_held_where_on_drift_says_so_also_when_it_would_replace(desk: Any) -> None:
    hold = Lifecycle(on_drift="hold")
    desk.want("a", shape="new", lifecycle=hold).had("a", shape="old", lifecycle=hold).sees("a", shape="by hand")
    assert desk.shows() == ["- widgets/a HELD on_drift", "+ widgets/a HELD dependency"]


def test_a_value_that_may_not_be_sent_is_drift_all_the_same(desk: Any, fingerprint: Any) -> None:
    desk.want("a", token=G, size=2).had("a", token=G, size=1, fingerprints={"token": fingerprint(LONG)})
    desk.sees("a", token=SecretValue("somebody typed this in"), size=1)
    plan = desk.planned().plan
    assert [[f.path for f in d.fields] for d in plan.drift] == [[("token",)]]
    (change,) = plan.changes
    assert ([f.path for f in change.fields], change.held) == ([("size",)], ())
    assert "made only once" in change.notes[0]


def test_a_list_of_computed_values_is_compared_by_what_they_are(desk: Any) -> None:
    link = OutputRef("groups/g", "url")
    desk.want("g", "groups").had("g", "groups").sees("g", "groups", outputs={"url": "https://g.example.test/"})
    desk.want("a", words=("x", link)).had("a", words=("x", link)).sees("a", words=("x", "https://g.example.test/"))
    assert desk.shows() == []
    desk.lives[-1].values["words"] = ("x", "https://by-hand.example.test/")
    (change,) = desk.planned().plan.changes
    assert [f.path for f in change.fields] == [("words",)]
