"""What stands where a secret stood, or may have stood, is in no plan, digest or backup; what is beside it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler import Generated, OutputRef, SecretRef, SecretValue
from reconciler.engine.backup import backups
from reconciler.model import Address
from reconciler.plan.conceal import Concealing
from reconciler.plan.planner import Planned
from reconciler.report import html, text
from reconciler.report.document import plan_document

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WAS = "hunter2-was-secret"
OPEN = "anybody-may-read-this"
KEY = SecretRef("KEY")
TOKEN = OutputRef("groups/g", "token")
URL = OutputRef("groups/g", "url")
WRITTEN = [
    pytest.param(KEY, id="secret"),
    pytest.param(Generated(16), id="generated"),
    pytest.param(TOKEN, id="output"),
]


def shown(planned: Planned) -> str:
    """Return everything that anybody gets to read of a plan."""
    plan = planned.plan
    pages = (text.render_plan(plan), text.render_drift(plan), html.render_plan(plan), html.render_drift(plan))
    return json.dumps(plan_document(plan)) + "".join(pages)


def kept(planned: Planned) -> str:
    return json.dumps(backups(planned.plan.changes, planned.concealing, lambda _: "a fingerprint"))


def digests(planned: Planned) -> list[str]:
    return [change.digest for change in planned.plan.changes]


def with_live(desk: Any, was: str) -> Any:
    """Return the desk with another text live wherever `WAS` is."""

    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: other(inner) for name, inner in value.items()}
        return tuple(other(inner) for inner in value) if isinstance(value, tuple) else was if value == WAS else value

    lives = [replace(live, values=other(live.values)) for live in desk.lives]
    return replace(desk, lives=lives)


def hides_it(desk: Any, **more: Any) -> str:
    """Return what is shown, once nothing of `WAS` is in it, nor in a backup, nor in a digest."""
    planned = desk.planned(**more)
    assert planned.plan.changes
    page = shown(planned)
    assert "hunter2" not in page
    assert "hunter2" not in kept(planned)
    assert digests(with_live(desk, "another secret").planned(**more)) == digests(planned)
    return page


def slot(desk: Any, **live: Any) -> Any:
    """A slot that git wants with a text, and that has another."""
    return desk.want("s", "slots", value="in the open").sees("s", "slots", **{"value": WAS, **live})


@pytest.mark.parametrize("written", WRITTEN)
def test_what_was_a_secret_is_concealed_when_text_is_written(desk: Any, written: Any) -> None:
    page = hides_it(slot(desk).had("s", "slots", value=written))
    assert "value: (secret value) → (secret value)" in page


@pytest.mark.parametrize("written", WRITTEN)
def test_a_record_of_an_object_that_is_gone_conceals_another_found_in_its_place(desk: Any, written: Any) -> None:
    slot(desk, live_id="other").had("s", "slots", live_id="gone", value=written)
    assert desk.shows() == ["adopt slots/s value:foreign HELD adopt"]
    assert "value: (secret value) → (secret value)" in hides_it(desk)


@pytest.mark.parametrize("field", ["others", "former"])
@pytest.mark.parametrize("live_id", ["id-s", "gone"])
def test_a_record_conceals_that_is_not_the_one_planned_by(desk: Any, secret: Any, field: str, live_id: str) -> None:
    slot(desk).had("s", "slots", live_id=live_id, value=KEY)
    record = desk.records.pop(Address("slots", "s"))
    if field == "others":
        slot(desk).had("s", "slots", live_id="nothing", interrupted=True, applied_at=NOW, value=None)
        desk.resources.pop()
        desk.lives[:] = [replace(desk.lives[0], created_at=NOW - timedelta(days=3))]
    hides_it(desk, **{field: (record,)})


def test_a_record_of_the_same_object_at_another_address_conceals(desk: Any) -> None:
    desk.had("elsewhere", "slots", live_id="id-s", value=KEY)
    record = desk.records.pop(Address("slots", "elsewhere"))
    assert WAS in shown(slot(desk).planned())
    hides_it(desk, former=(record,))


def test_a_record_of_where_it_was_moved_from_conceals(desk: Any) -> None:
    slot(desk, live_id="other").had("old", "slots", live_id="gone", value=KEY)
    desk.resources[0] = replace(desk.resources[0], lifecycle=replace(desk.resources[0].lifecycle, moved_from="old"))
    hides_it(desk)


def test_a_record_of_another_instance_conceals_nothing(desk: Any) -> None:
    slot(desk).had("s", "slots", value=KEY)
    record = desk.records.pop(Address("slots", "s"))
    assert WAS in shown(desk.planned(former=(replace(record, provider="another"),)))


def test_a_text_that_was_never_secret_is_shown_hashed_and_kept(desk: Any) -> None:
    slot(desk).had("s", "slots", value="old").want("w", meta={"a": "new"}).had("w", meta={"a": URL})
    desk.sees("w", meta={"a": OPEN})
    planned = desk.planned()
    assert WAS in shown(planned)
    assert WAS in kept(planned)
    assert OPEN in shown(planned)
    assert OPEN in kept(planned)
    assert digests(with_live(desk, "another text").planned()) != digests(planned)


@pytest.mark.parametrize("created", [NOW, None, NOW - timedelta(days=3)], ids=["since", "not told", "taken over"])
def test_what_a_run_that_died_may_have_sent_is_concealed(desk: Any, created: Any) -> None:
    taken = "id-s" if created and created < NOW else "not known"
    slot(desk, created_at=created).had("s", "slots", interrupted=True, live_id=taken, value=None)
    hides_it(desk)


def test_what_was_there_before_a_run_that_died_is_shown(desk: Any) -> None:
    slot(desk, created_at=NOW - timedelta(days=3)).had("s", "slots", interrupted=True, live_id="not known")
    planned = desk.planned()
    assert WAS in shown(planned)
    assert WAS in kept(planned)


def test_inside_what_a_run_that_died_has_sent_only_what_may_be_a_secret_is_concealed(desk: Any) -> None:
    desk.want("w", size=2, hooks=(), headers=({"name": "h", "value": "new"},))
    desk.had("w", interrupted=True)
    hooks = ({"name": "a", "url": OPEN, "key": WAS, "note": WAS},)
    desk.sees("w", size=1, hooks=hooks, headers=({"name": "h", "value": WAS},), created_at=NOW)
    page = hides_it(desk)
    assert OPEN in page
    assert "size: 1 → 2" in page
    assert OPEN in kept(desk.planned())


def test_what_a_run_that_died_made_and_nobody_wants_is_kept_without_what_may_be_a_secret(desk: Any) -> None:
    desk.had("w", interrupted=True, live_id="not known").sees(
        "w", created_at=NOW, hooks=({"name": "a", "url": OPEN, "note": WAS},)
    )
    assert desk.shows() == ["- widgets/w"]
    hides_it(desk)
    assert OPEN in kept(desk.planned())


HOOK = {"name": "a", "url": OPEN, "note": WAS}
BARE = {"name": "a", "note": WAS}
LISTED: list[Any] = [
    pytest.param(
        "hooks", ({"name": "b"},), ({"name": "a", "note": KEY}, {"name": "b"}), (HOOK, {"name": "b"}), id="taken"
    ),
    pytest.param("hooks", ({"name": "b"},), ({"name": "a", "note": TOKEN},), (HOOK, {"name": "b"}), id="taken-output"),
    pytest.param("hooks", (), ({"name": "z", "note": KEY},), (HOOK,), id="key-edited"),
    pytest.param("hooks", ({"name": "a", "note": "new"},), ({"name": "a", "note": KEY},), (BARE,), id="in-place"),
    pytest.param("calls", ({"name": "b"},), ({"name": "a", "note": KEY},), (HOOK,), id="atomic"),
    pytest.param("calls", ({"name": "b"},), ({"name": "a", "note": TOKEN},), (HOOK, HOOK), id="atomic-longer"),
    pytest.param("calls", ({"name": "b"},), ({"name": "a", "note": KEY},), ({"name": "x"}, HOOK), id="atomic-moved"),
    pytest.param("calls", ({"name": "b"},), KEY, ({"name": "x"}, HOOK), id="the-whole"),
    pytest.param("meta", {"x": "y"}, {"x": {"deep": KEY}}, {"x": WAS}, id="deeper-then"),
    pytest.param("meta", {"x": "y", "z": "1"}, {"x": TOKEN, "z": "2"}, {"x": WAS, "z": OPEN}, id="mapping"),
    pytest.param("words", ("new",), (TOKEN,), (WAS, "by hand"), id="list-of-texts"),
]


@pytest.mark.parametrize(("field", "wanted", "recorded", "live"), LISTED)
def test_inside_a_list_or_mapping_the_place_of_a_secret_is_concealed(
    desk: Any, field: str, wanted: Any, recorded: Any, live: Any
) -> None:
    page = hides_it(desk.want("w", **{field: wanted}).had("w", **{field: recorded}).sees("w", **{field: live}))
    assert field in page
    assert "(secret value)" in page
    if OPEN in str(live) and recorded is not KEY:
        assert OPEN in page
        assert OPEN in kept(desk.planned())


def test_a_concealed_place_in_a_list_is_named_and_no_other(desk: Any) -> None:
    was, now = ({"name": "a", "url": "1", "note": KEY},), ({"name": "a", "url": "2", "note": "open"},)
    desk.want("w", calls=now).had("w", calls=was).sees("w", calls=({"name": "a", "url": "1", "note": WAS},))
    (change,) = desk.planned().plan.changes
    (diff,) = change.fields
    assert [row[0] for row in diff.inner] == ["[0].note", "[0].url"]
    page = hides_it(desk)
    assert "calls[0].note: (secret value) → (secret value)" in page
    assert "calls[0].url:" in page
    desk.lives[:] = []
    desk.sees("w", calls=({"name": "a", "url": "1", "note": "open"},))
    (change,) = desk.planned().plan.changes
    assert [row[0] for row in change.fields[0].inner] == ["[0].url"]  # what is as desired is no difference


def test_another_element_of_a_keyed_list_is_shown_where_one_had_a_secret(desk: Any) -> None:
    hooks = ({"name": "a", "note": KEY}, {"name": "b", "note": "old"})
    desk.want("w", hooks=()).had("w", hooks=hooks)
    desk.sees("w", hooks=({"name": "a", "note": WAS}, {"name": "b", "note": OPEN}))
    assert OPEN in hides_it(desk)


BACKED: list[Any] = [
    pytest.param("vars", {"A": KEY, "B": "y"}, {"A": KEY, "B": "x"}, {"A": WAS, "B": "x"}, id="mapping"),
    pytest.param(
        "hooks",
        ({"name": "a", "note": KEY, "url": "2"},),
        ({"name": "a", "note": KEY, "url": "1"},),
        ({"name": "a", "note": WAS, "url": OPEN},),
        id="keyed",
    ),
    pytest.param("hooks", None, ({"name": "a", "note": TOKEN},), (HOOK,), id="delete-keyed"),
    pytest.param("calls", None, ({"name": "b", "note": KEY},), (HOOK,), id="delete-list"),
    pytest.param("meta", None, {"x": (KEY,)}, {"x": (WAS,)}, id="delete-mapping"),
]


@pytest.mark.parametrize(("field", "wanted", "recorded", "live"), BACKED)
def test_a_backup_holds_no_secret_inside_a_field(
    desk: Any, field: str, wanted: Any, recorded: Any, live: Any, fingerprint: Callable[[str], str]
) -> None:
    if wanted is not None:
        desk.want("w", **{field: wanted})
    hides_it(desk.had("w", **{field: recorded}).sees("w", **{field: live}))
    assert "a fingerprint" in kept(desk.planned())
    assert (OPEN in kept(desk.planned())) is (OPEN in str(live))


def test_drift_that_is_left_alone_shows_nothing_of_what_comes_from_a_secret_output(desk: Any) -> None:
    desk.want("g", "groups").had("g", "groups").sees("g", "groups", outputs={"token": SecretValue("now")})
    meta = {"a": TOKEN, "b": "text"}
    desk.want("w", meta=meta).had("w", meta=meta, fingerprints={"meta.a": "fp:now"}).sees(
        "w", meta={"a": WAS, "b": OPEN}
    )
    assert OPEN in hides_it(desk)
    assert desk.planned().plan.drift


@pytest.mark.parametrize("value", [17, 1.5, True], ids=str)
def test_a_number_from_a_secret_output_is_concealed(desk: Any, value: Any) -> None:
    desk.want("w", size=2).had("w", size=TOKEN).sees("w", size=value)
    (change,) = desk.planned().plan.changes
    assert [f.secret for f in change.fields] == [True]
    assert "fingerprint" in kept(desk.planned())


def test_without_records_nothing_is_concealed_but_fields_that_are_secret(desk: Any) -> None:
    desk.want("w").sees("w", hooks=({"name": "a", "key": WAS, "note": OPEN},), link=WAS)
    planned = desk.planned()
    live = desk.lives[0]
    held = Concealing.of(planned.concealing.kinds, ()).held(Address("widgets", "w"), "test", live, None)
    seen: Any = held.concealed(live.values)
    assert seen["hooks"] == ({"name": "a", "key": SecretValue(WAS), "note": OPEN},)
    assert seen["link"] == SecretValue(WAS)


def test_an_output_that_is_not_known_any_more_may_be_a_secret(desk: Any) -> None:
    hides_it(slot(desk).had("s", "slots", value=OutputRef("groups/g", "an_output_of_an_older_version")))
    desk.records.clear()
    hides_it(desk.had("s", "slots", value=OutputRef("no_longer_installed/g", "url")))
