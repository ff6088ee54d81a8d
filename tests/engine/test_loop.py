"""The daily loop: plan, apply, plan again; hand edits show and are healed; what is removed goes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.outcome import Outcome

SITE = "https://learn.example.test/"
WIDGETS: dict[str, Any] = {
    "groups": {"ops": {"title": "Operations"}},
    "widgets": {
        "home": {"url": SITE, "interval": "3m", "group": "ops", "regions": ["us", "eu"]},
        "login": {"url": SITE, "headers": [{"name": "a", "value": "1"}], "endpoint": {"from": "groups/ops.url"}},
    },
}


def statuses(outcome: Outcome) -> dict[str, str]:
    return {f"{r.action} {r.address}": r.status for r in outcome.results}


async def test_apply_makes_everything_and_a_second_apply_writes_nothing(lab: Any) -> None:
    lab.desire(WIDGETS)
    outcome = await lab.apply()
    assert statuses(outcome) == {
        "create groups/ops": "done",
        "create widgets/home": "done",
        "create widgets/login": "done",
    }
    assert outcome.not_converged == ()
    assert outcome.run == lab.store.state.run != ""
    assert lab.shown("widgets")["home"]["interval"] == 180
    assert lab.shown("widgets")["home"]["group"] == lab.world.ids("groups")[0]
    assert lab.shown("widgets")["login"]["endpoint"].endswith(lab.world.ids("groups")[0])
    assert await lab.lines() == []
    before, commits = len(lab.world.writes), len(lab.store.writes)
    again = await lab.apply()
    assert (len(lab.world.writes), len(lab.store.writes)) == (before, commits)
    assert again.run == ""


async def test_a_hand_edit_is_drift_and_apply_heals_it(lab: Any) -> None:
    lab.desire(WIDGETS)
    await lab.apply()
    lab.world.edit(lab.world.ids("widgets", name="home")[0], interval=300)
    plan = await lab.plan()
    assert [(str(d.address), d.type) for d in plan.drift] == [("widgets/home", "changed")]
    await lab.apply()
    assert lab.shown("widgets")["home"]["interval"] == 180
    assert (await lab.plan()).drift == ()


async def test_what_was_deleted_outside_is_made_again(lab: Any) -> None:
    lab.desire(WIDGETS)
    await lab.apply()
    lab.world.drop(lab.world.ids("widgets", name="home")[0])
    assert await lab.lines() == ["recreate widgets/home"]
    await lab.apply()
    assert "home" in lab.shown("widgets")
    assert await lab.lines() == []


async def test_what_is_removed_from_desired_goes_children_first(lab: Any) -> None:
    objects = {"groups": {"ops": {}, "keep": {}}, "widgets": {"a": {"url": SITE, "group": "ops"}, "b": {"url": SITE}}}
    lab.desire(objects)
    await lab.apply()
    lab.desire({"groups": {"keep": {}}, "widgets": {"b": {"url": SITE}}})
    assert await lab.lines() == ["delete widgets/a", "delete groups/ops"]
    outcome = await lab.apply()
    assert set(statuses(outcome).values()) == {"done"}
    assert set(lab.shown("groups")) == {"keep"}
    assert await lab.lines() == []


async def test_a_removed_person_is_disabled_and_comes_back_when_written_again(lab: Any) -> None:
    both = {"people": {"a@x.test": {}, "b@x.test": {}}}
    lab.desire(both)
    await lab.apply()
    lab.desire({"people": {"a@x.test": {}}})
    await lab.apply()
    assert lab.shown("people")["b@x.test"]["state"] == "locked"
    assert await lab.lines() == []
    lab.desire(
        {"people": {"a@x.test": {}, "b@x.test": {"state": "active"}}},
    )
    plan = await lab.plan()
    assert [c.action for c in plan.changes] == ["adopt"]


async def test_removed_fields_are_released_and_left_as_they_are(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x"}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE}}})
    assert await lab.lines() == ["release widgets/a"]
    await lab.apply()
    assert lab.shown("widgets")["a"]["notes"] == "x"
    lab.world.edit(lab.world.ids("widgets")[0], notes="by hand")
    assert await lab.lines() == []


async def test_a_move_renames_the_record_and_nothing_else(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    writes = len(lab.world.writes)
    lab.desire({"widgets": {"b": {"name": "a", "url": SITE, "lifecycle": {"moved_from": "a"}}}})
    assert await lab.lines() == ["record widgets/b"]
    await lab.apply()
    assert len(lab.world.writes) == writes
    assert [str(a) for a in lab.store.state.records] == ["widgets/b"]
    assert await lab.lines() == []


async def test_replacing_deletes_first_and_converges(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "placement": "east"}}})
    await lab.apply()
    old = lab.world.ids("widgets")
    lab.desire({"widgets": {"a": {"url": SITE, "placement": "west"}}})
    await lab.apply()
    assert lab.shown("widgets")["a"]["placement"] == "west"
    assert lab.world.ids("widgets") != old
    assert await lab.lines() == []


async def test_an_existing_object_is_recorded_without_a_write(lab: Any) -> None:
    lab.world.add("widgets", name="a", url=SITE)
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    assert lab.world.writes == []
    assert await lab.lines() == []


async def test_a_foreign_object_is_left_alone_until_git_says_adopt(lab: Any) -> None:
    lab.world.add("widgets", name="a", url="https://other.example.test/")
    lab.desire({"widgets": {"a": {"url": SITE}}})
    assert statuses(await lab.apply()) == {"adopt widgets/a": "held"}
    assert lab.world.writes == []
    lab.desire({"widgets": {"a": {"url": SITE, "lifecycle": {"adopt": True}}}})
    await lab.apply()
    assert lab.shown("widgets")["a"]["url"] == SITE
    assert await lab.lines() == []


async def test_newly_held_is_said_once(lab: Any) -> None:
    lab.world.add("widgets", name="a", url="https://other.example.test/")
    lab.desire({"widgets": {"a": {"url": SITE}}})
    assert (await lab.apply()).newly_held
    assert not (await lab.apply()).newly_held


async def test_read_after_write_lag_does_not_count_as_not_converged(lab: Any) -> None:
    lab.world.lag = 3
    lab.desire(WIDGETS)
    outcome = await lab.apply()
    assert outcome.not_converged == ()
    assert len(lab.world.objects["widgets"]) == 2


async def test_an_api_that_ignores_a_field_is_reported_as_not_converged(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x"}}})
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "y"}}})
    widget = lab.world.ids("widgets")[0]

    def ignore(operation: str, phase: str) -> None:
        if operation.startswith("update") and phase == "after":
            lab.world.edit(widget, notes="x")

    lab.world.faults = ignore
    outcome = await lab.apply()
    assert [str(n.address) for n in outcome.not_converged] == ["widgets/a"]
    assert outcome.not_converged[0].fields[0].path == ("notes",)


async def test_targets_narrow_an_apply(lab: Any) -> None:
    lab.desire(WIDGETS)
    await lab.apply(targets=("groups/*",))
    assert set(lab.shown("widgets")) == set()
    assert set(lab.shown("groups")) == {"ops"}


@pytest.mark.parametrize("value", ["a secret value that is long", "short"])
async def test_a_secret_is_sent_when_git_says_so_and_only_then(lab: Any, value: str) -> None:
    lab.environ["KEY"] = value
    lab.desire({"widgets": {"a": {"url": SITE, "password": {"secret": "KEY"}}}})
    await lab.apply()
    assert lab.shown("widgets")["a"]["password"] == value
    lab.environ["KEY"] = "another value that is long"
    outcome = await lab.apply()
    assert lab.shown("widgets")["a"]["password"] == value
    assert statuses(outcome) == ({"update widgets/a": "held"} if len(value) >= 16 else {})
    lab.desire({"widgets": {"a": {"url": SITE, "password": {"secret": "KEY", "rotate": 1}}}})
    await lab.apply()
    assert lab.shown("widgets")["a"]["password"] == "another value that is long"
    assert await lab.lines() == []


async def test_a_missing_secret_holds_its_change_and_nothing_else(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "password": {"secret": "NOWHERE"}}, "b": {"url": SITE}}})
    outcome = await lab.apply()
    assert statuses(outcome) == {"create widgets/a": "held", "create widgets/b": "done"}
    assert "NOWHERE is not set" in next(r.reason for r in outcome.results if r.status == "held")


async def test_a_generated_secret_is_made_once(lab: Any) -> None:
    lab.desire({"vaults": {"v": {"key": {"generate": {"bytes": 32}}}}})
    await lab.apply()
    made = lab.shown("vaults")["v"]["key"]
    assert len(made) == 43
    await lab.apply()
    assert lab.shown("vaults")["v"]["key"] == made
    lab.desire({"vaults": {"v": {"key": {"generate": {"bytes": 32}, "rotate": 1}}}})
    await lab.apply()
    assert lab.shown("vaults")["v"]["key"] != made
    assert await lab.lines() == []


async def test_a_saved_plan_runs_exactly_what_was_approved(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}})
    saved = lab.saved(await lab.plan())
    lab.desire({"widgets": {"a": {"url": SITE}, "b": {"url": SITE, "notes": "changed since"}, "c": {"url": SITE}}})
    outcome = await lab.apply(saved=saved)
    assert statuses(outcome) == {
        "create widgets/a": "done",
        "create widgets/b": "stale",
        "create widgets/c": "not in plan",
    }
    assert set(lab.shown("widgets")) == {"a"}


async def test_a_saved_plan_that_is_already_true_is_done(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    saved = lab.saved(await lab.plan())
    await lab.apply()
    assert statuses(await lab.apply(saved=saved)) == {"create widgets/a": "already"}
