"""Fields that follow other collections: written once, after all of them, and again whenever something is owed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Preview
from reconciler.errors import Refused
from reconciler.report.changes import change_lines
from reconciler.testing.memory import MemoryProvider

SITE = {"groups": {"site": {"publish": "auto"}, "other": {}}}


def entries(**values: str) -> dict[str, Any]:
    return {**SITE, "entries": {name: {"scope": "live", "value": value} for name, value in values.items()}}


def shown(change: Any) -> list[str]:
    return [line.text for line in change_lines(change, lambda *_: "", sources=True)]


def updates(lab: Any, kind: str) -> int:
    return sum(1 for write in lab.world.writes if (write.operation, write.kind) == ("update", kind))


async def applied(lab: Any, **values: str) -> Any:
    lab.desire(entries(**values))
    return await lab.apply()


async def test_it_is_written_once_after_everything_that_it_follows(lab: Any) -> None:
    await applied(lab, a="1", b="2")
    lab.desire(entries(a="10", b="20", c="30"))
    assert (await lab.lines())[-1] == "update groups/site"
    await lab.apply()
    assert [w.kind for w in lab.world.writes][-4:] == ["entries", "entries", "entries", "groups"]
    assert lab.shown("groups")["site"]["publish"] == "auto"
    assert await lab.lines() == []


async def test_the_plan_names_the_field_and_what_it_waits_for(lab: Any) -> None:
    await applied(lab, a="1")
    lab.desire(entries(a="2"))
    change = (await lab.plan()).changes[-1]
    assert [f.path for f in change.fields] == [("publish",)]
    assert [str(a) for a in change.depends_on] == ["entries/a"]
    assert change.digest


async def test_what_is_owed_after_a_crash_or_a_hand_edit_is_a_change_and_no_drift(lab: Any) -> None:
    await applied(lab, a="1")
    (site,) = lab.world.ids("groups", name="site")
    lab.world.edit(site, publish="owed")
    plan = await lab.plan()
    assert [(c.action, str(c.address)) for c in plan.changes] == [("update", "groups/site")]
    assert plan.drift == ()
    await lab.apply()
    assert await lab.lines() == []


async def test_what_is_owed_is_not_said_to_be_changed_in_git(lab: Any) -> None:
    await applied(lab, a="1")
    (site,) = lab.world.ids("groups", name="site")
    lab.world.edit(site, publish="owed", title="by hand")
    lab.desire({**entries(a="1"), "groups": {**SITE["groups"], "site": {"publish": "auto", "title": "ours"}}})
    (change,) = (await lab.plan()).changes
    assert "what it follows was written since" in change.why
    assert not any(w.endswith(":3 changed") for w in change.why)
    assert "publish: owed → auto" in shown(change)


async def test_a_field_written_again_beside_others_says_so_and_what_comes_of_it(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(lab, a="1", b="2")
    said = "published again"
    monkeypatch.setattr(
        MemoryProvider,
        "preview",
        lambda _, change: Preview((said,) if ("publish",) in [f.path for f in change.fields] else ()),
    )
    for title in ("", "new"):
        site = {"publish": "auto", **({"title": title} if title else {})}
        lab.desire({**entries(a="2", b="2"), "groups": {**SITE["groups"], "site": site}})
        change = (await lab.plan()).changes[-1]
        assert (str(change.address), change.notes) == ("groups/site", (said,))
        assert "what it follows is written in this plan" in change.why
        assert "publish: auto (sent again)" in shown(change)


async def test_it_is_not_written_while_something_before_it_failed(lab: Any) -> None:
    await applied(lab, a="1", b="2")
    lab.desire(entries(a="10", b="20"))
    before = updates(lab, "groups")
    (b,) = lab.world.ids("entries", key="b")
    fails = f"update entries/{b}"
    lab.world.faults = lambda op, phase: Refused("no") if (op, phase) == (fails, "before") else None
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results} == {
        "entries/a": "done",
        "entries/b": "failed",
        "groups/site": "skipped",
    }
    assert updates(lab, "groups") == before
    lab.world.faults = lambda op, phase: None
    await lab.apply()
    assert updates(lab, "groups") == before + 1
    assert await lab.lines() == []


async def test_a_held_change_neither_makes_it_necessary_nor_keeps_it_back(lab: Any) -> None:
    lab.world.add("entries", key="a", scope="live", type="plain", value="theirs")
    lab.desire(SITE)
    await lab.apply()
    lab.desire(entries(a="ours"))
    assert await lab.lines() == ["adopt entries/a held"]
    lab.desire(entries(a="ours", b="2"))
    assert await lab.lines() == ["adopt entries/a held", "create entries/b", "update groups/site"]
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results}["groups/site"] == "done"


async def test_another_instance_is_none_of_its_business(lab: Any) -> None:
    await applied(lab, a="1")
    lab.desire(
        {**SITE, "entries": {"a": {"scope": "live", "value": "1"}}, "widgets": {"w": {"url": "https://w.test/"}}}
    )
    assert await lab.lines() == ["create widgets/w"]


async def test_what_is_adopted_with_a_difference_is_written_again_too(lab: Any) -> None:
    lab.world.add("groups", name="site", title="theirs", publish="auto")
    taken = {"site": {"title": "ours", "publish": "auto", "lifecycle": {"adopt": True}}}
    lab.desire({"groups": taken, "entries": {"a": {"scope": "live", "value": "1"}}})
    change = next(c for c in (await lab.plan()).changes if c.action == "adopt")
    assert [f.path for f in change.fields] == [("title",), ("publish",)]
    assert [str(a) for a in change.depends_on] == ["entries/a"]
    await lab.apply()
    assert lab.shown("groups")["site"]["publish"] == "auto"
    assert await lab.lines() == []


async def test_an_apply_says_what_is_owed_since_its_own_writes(lab: Any) -> None:
    manual = {"groups": {"site": {}}, "entries": {"a": {"scope": "live", "value": "1"}}}
    lab.desire(manual)
    await lab.apply()
    (site,) = lab.world.ids("groups")

    def owing(operation: str, phase: str) -> None:
        if operation.startswith("update entries") and phase == "after":
            lab.world.pending[site] = ("publish it by hand",)

    lab.world.faults = owing
    lab.desire({**manual, "entries": {"a": {"scope": "live", "value": "2"}}})
    outcome = await lab.apply()
    assert [(str(p.address), p.note) for p in outcome.plan.pending] == [("groups/site", "publish it by hand")]


async def test_what_only_goes_later_is_written_last_and_not_stopped_by_a_failure(lab: Any) -> None:
    lab.desire({"entries": {"a": {"scope": "live", "value": "1"}}, "vaults": {"v": {}, "w": {}}})
    refusals = [Refused("no")]

    def fault(operation: str, phase: str) -> BaseException | None:
        return refusals.pop() if refusals and (operation, phase) == ("create vaults/v", "before") else None

    lab.world.faults = fault
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results} == {
        "entries/a": "done",
        "vaults/v": "failed",
        "vaults/w": "done",
    }
    assert [w.kind for w in lab.world.writes] == ["vaults", "entries"]
    await lab.apply()
    assert await lab.lines() == []


async def test_what_is_only_observed_is_not_written_for_what_it_follows(lab: Any) -> None:
    await applied(lab, a="1")
    lab.more["collections"] = {"groups": {"authority": "observe"}}
    lab.desire(entries(a="2"))
    assert await lab.lines() == ["update entries/a"]


async def test_what_somebody_put_in_its_place_is_not_written_for_what_it_follows(lab: Any) -> None:
    await applied(lab, a="1")
    (site,) = lab.world.ids("groups", name="site")
    lab.world.drop(site)
    theirs = lab.world.add("groups", name="site", publish="theirs")
    lab.world.unreadable[theirs, "title"] = "the page of this object does not load"
    lab.desire({**entries(a="2"), "groups": {"site": {"publish": "auto", "title": "Ours"}, "other": {}}})
    await lab.apply()
    assert lab.world.find(theirs).values["publish"] == "owed"  # as the vendor marks it, and not written by us


async def test_what_the_provider_has_against_a_follower_holds_it(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await applied(lab, a="1")
    monkeypatch.setattr(
        MemoryProvider, "preview", lambda _, c: Preview(hold="not today") if c.kind == "groups" else Preview()
    )
    lab.desire(entries(a="2"))
    assert await lab.lines() == ["update entries/a", "update groups/site held"]
