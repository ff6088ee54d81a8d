"""What bad days found: listings that leave something out, runs that died, providers that fail while failing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import AnswerLost, Refused
from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"


class Dies(BaseException):
    """kill -9, as far as the engine can tell."""


@pytest.fixture
def hiding(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Makes a vendor's n-th listing of a kind from now on, counted from 0, come empty."""

    def hide(kind: str, number: int) -> None:
        shown, count = MemoryWorld.listing, iter(range(1000))

        def listing(self: MemoryWorld, asked: str) -> Any:
            return () if asked == kind and next(count) == number else shown(self, asked)

        monkeypatch.setattr(MemoryWorld, "listing", listing)

    return hide


async def test_an_object_that_one_listing_lacks_is_not_made_again(lab: Any, hiding: Any) -> None:
    lab.desire({"groups": {"g": {}}})
    await lab.apply()
    hiding("groups", 0)

    outcome = await lab.apply()

    assert [(r.action, r.status) for r in outcome.results] == [("recreate", "held")]
    assert "missing from one listing and is in the next" in outcome.results[0].reason
    assert len(lab.world.objects["groups"]) == 1


async def test_an_object_that_one_listing_lacks_is_not_forgotten(lab: Any, hiding: Any) -> None:
    lab.desire({"groups": {"g": {}, "other": {}}})
    await lab.apply()
    lab.desire({"groups": {"other": {}}})
    hiding("groups", 0)

    outcome = await lab.apply()

    assert ("forget", "held") in [(r.action, r.status) for r in outcome.results]
    assert "groups/g" in {str(a) for a in lab.store.state.records}


async def test_an_object_that_is_gone_is_made_again(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}})
    await lab.apply()
    lab.world.drop(lab.world.ids("groups")[0])

    outcome = await lab.apply()

    assert [(r.action, r.status) for r in outcome.results] == [("recreate", "done")]


async def test_what_was_made_a_moment_ago_has_time_to_show(lab: Any, hiding: Any) -> None:
    """A second apply right after the first, on an API that shows a new object late."""
    lab.desire({"groups": {"g": {}}})
    await lab.apply()
    started = lab.clock.elapsed
    hiding("groups", 0)

    await lab.apply()

    assert lab.clock.elapsed - started >= 3


async def test_a_provider_that_fails_while_it_is_looked_at_again_holds_the_change(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}})
    await lab.apply()
    lab.world.drop(lab.world.ids("groups")[0])
    asked = iter(range(1000))
    lab.world.faults = lambda operation, phase: (
        RuntimeError("a bug") if operation == "list groups" and phase == "before" and next(asked) == 1 else None
    )

    outcome = await lab.apply()

    assert [(r.action, r.status) for r in outcome.results] == [("recreate", "held")]


async def test_a_bug_while_looking_what_a_failed_create_left_stops_nobody_else(lab: Any) -> None:
    lab.desire({"groups": {"bad": {}}, "people": {"a@x.test": {}}})

    def faults(operation: str, phase: str) -> BaseException | None:
        if operation == "create groups/bad":
            return Refused("no") if phase == "before" else None
        if operation == "list groups" and lab.world.ids("people"):
            return RuntimeError("a bug")
        return None

    lab.world.latency = 0.1
    lab.world.faults = faults

    outcome = await lab.apply()

    assert {str(r.address): r.status for r in outcome.results} == {"groups/bad": "failed", "people/a@x.test": "done"}


async def test_a_create_that_nobody_can_tell_apart_is_kept_in_mind(lab: Any, hiding: Any) -> None:
    """Even when the listing after it shows neither of them."""
    lab.desire({"groups": {"g": {}}})

    def faults(operation: str, phase: str) -> BaseException | None:
        if operation == "create groups/g" and phase == "after":
            lab.world.add("groups", name="g")  # somebody else, at the same moment
            return AnswerLost("reset")
        return None

    lab.world.faults = faults
    hiding("groups", 2)

    await lab.apply()

    assert [str(o.announced.address) for o in lab.store.state.orphans] == ["groups/g"]


async def killed_after_creating(lab: Any, name: str) -> None:
    def faults(operation: str, phase: str) -> BaseException | None:
        return Dies() if phase == "after" and operation == f"create {name}" else None

    lab.world.faults = faults
    with pytest.raises(Dies):
        await lab.apply()
    lab.world.faults = lambda operation, phase: None


async def test_what_a_dead_run_made_is_found_under_the_name_it_had_then(lab: Any) -> None:
    lab.desire({"widgets": {"w": {"url": SITE, "name": "before"}}})
    await killed_after_creating(lab, "widgets/w")
    lab.desire({"widgets": {"w": {"url": SITE, "name": "after"}}})

    await lab.apply()

    assert list(lab.shown("widgets")) == ["after"]
    assert not await lab.lines()


async def test_a_pin_does_not_make_another_object_that_of_a_dead_run(lab: Any) -> None:
    lab.desire({"widgets": {"w": {"url": SITE}}})
    await killed_after_creating(lab, "widgets/w")
    lab.world.drop(lab.world.ids("widgets")[0])
    foreign = lab.world.add("widgets", name="somebody's", url=SITE, placement="here")
    lab.desire({"widgets": {"w": {"url": SITE, "placement": "there", "lifecycle": {"id": foreign}}}})

    await lab.apply()

    assert lab.world.find(foreign).values["name"] == "somebody's"


@pytest.mark.parametrize(
    ("field", "value"), [pytest.param("placement", "here", id="replace"), pytest.param("edition", "modern", id="never")]
)
async def test_what_cannot_be_changed_in_place_is_not_adopted(lab: Any, field: str, value: str) -> None:
    foreign = lab.world.add("widgets", name="w", url=SITE)
    lab.desire({"widgets": {"w": {"url": SITE, field: value, "lifecycle": {"adopt": True}}}})

    [line] = await lab.lines()
    outcome = await lab.apply()

    assert line == "adopt widgets/w held"
    assert "immutable" in outcome.results[0].reason
    assert lab.world.find(foreign).values[field] != value


async def test_a_backup_hides_what_was_sent_as_a_secret_into_a_field_that_need_not_be_one(lab: Any) -> None:
    lab.environ["KEY"] = "a canary that is long enough"
    lab.desire(
        {"entries": {"e": {"scope": "live", "value": {"secret": "KEY"}}, "other": {"scope": "test", "value": "x"}}}
    )
    await lab.apply()
    del lab.environ["KEY"]
    lab.desire({"entries": {"other": {"scope": "test", "value": "x"}}})

    await lab.apply()

    assert list(lab.shown("entries")) == ["other"]
    assert "canary" not in str(lab.store.runs[-1].backups)


async def test_a_backup_of_what_a_dead_run_made_shows_no_text(lab: Any) -> None:
    lab.environ["KEY"] = "a canary that is long enough"
    lab.desire({"entries": {"e": {"scope": "live", "value": {"secret": "KEY"}}}})
    await killed_after_creating(lab, "entries/e")
    del lab.environ["KEY"]
    lab.desire({"entries": {"other": {"scope": "test", "value": "x"}}})

    await lab.apply()

    assert list(lab.shown("entries")) == ["other"]
    assert "canary" not in str(lab.store.runs)


async def test_nothing_is_made_beside_a_pinned_namesake_that_may_not_be_renamed_yet(lab: Any) -> None:
    pinned = lab.world.add("groups", name="a")
    lab.desire({"groups": {"a": {}, "b": {"title": "B", "lifecycle": {"id": pinned}}}})

    outcome = await lab.apply()

    assert {str(r.address): r.status for r in outcome.results} == {"groups/a": "held", "groups/b": "held"}
    assert len(lab.world.ids("groups", name="a")) == 1


async def test_an_output_of_this_run_that_a_refusal_quotes_is_in_no_journal(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"w": {"url": SITE, "endpoint": {"from": "groups/g.token"}}}})

    def faults(operation: str, phase: str) -> BaseException | None:
        made = lab.world.ids("groups")
        if operation == "create widgets/w" and phase == "before":
            return Refused(f"cannot process token-of-groups-{made[0]}")
        return None

    lab.world.faults = faults

    outcome = await lab.apply()

    said = str(outcome.results) + "".join(p.read_text() for p in lab.root.glob(".reconciler/journal-*.jsonl"))
    assert "cannot process" in said
    assert "token-of-groups" not in said


async def test_what_a_dead_run_was_about_to_replace_still_counts_as_missing(lab: Any) -> None:
    names = ("a", "b", "c")
    lab.desire({"widgets": {name: {"url": SITE, "placement": "here"} for name in names}})
    await lab.apply()
    lab.desire({"widgets": {name: {"url": SITE, "placement": "here" if name != "c" else "there"} for name in names}})
    lab.world.faults = lambda operation, phase: Dies() if operation.startswith("delete") else None
    with pytest.raises(Dies):
        await lab.apply()
    lab.world.faults = lambda operation, phase: None
    for widget in lab.world.ids("widgets"):
        lab.world.drop(widget)

    outcome = await lab.apply()

    assert {r.status for r in outcome.results} == {"held"}
    assert not lab.world.ids("widgets")


async def test_what_a_dead_run_announced_under_another_handle_is_looked_for_again(lab: Any, hiding: Any) -> None:
    lab.desire({"groups": {"old": {}}})
    lab.store.faults = lambda operation, phase: Dies() if "finish" in operation else None
    with pytest.raises(Dies):
        await lab.apply()
    lab.store.faults = lambda *_: None
    lab.desire({"groups": {"new": {"lifecycle": {"moved_from": "old"}}}})
    hiding("groups", 0)

    outcome = await lab.apply()

    assert [(r.action, r.status) for r in outcome.results] == [("create", "held")]
    assert len(lab.world.objects["groups"]) == 1


async def test_an_object_whose_handle_alone_changed_is_not_made_beside_it(lab: Any, hiding: Any) -> None:
    lab.desire({"groups": {"old": {"name": "g"}, "stays": {}}})
    await lab.apply()
    lab.desire({"groups": {"new": {"name": "g"}, "stays": {}}})
    hiding("groups", 0)

    outcome = await lab.apply()

    assert {(r.action, r.status) for r in outcome.results} >= {("create", "held"), ("forget", "held")}
    assert sorted(lab.shown("groups")) == ["g", "stays"]
    assert len(lab.world.objects["groups"]) == 2
