"""What the ledger learns: one record per address, fingerprints of what was sent, and times of our own writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.errors import LedgerUnreachable, Refused, Unavailable
from reconciler.report.text import render_plan
from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
LONG = "a secret that is long enough"


class Two:
    """Two instances with a world each; the widget `a` is wanted in the one that `at` names."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        self.other = lab.routes["two"] = MemoryWorld(now=lab.clock.now)

    def want(self, at: str) -> None:
        providers = {"one": {"type": "memory"}, "two": {"type": "memory"}}
        self.lab.desire({"widgets": {"a": {"url": SITE, "lifecycle": {"provider": at}}}}, providers=providers)


@pytest.fixture
def two(lab: Any) -> Two:
    return Two(lab)


async def test_a_move_to_an_instance_that_has_the_object_already_leaves_a_record(two: Two) -> None:
    two.want("one")
    await two.lab.apply()
    two.other.add("widgets", name="a", url=SITE)
    two.want("two")
    assert await two.lab.lines() == ["delete widgets/a", "record widgets/a"]
    outcome = await two.lab.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert (two.lab.world.objects["widgets"], len(two.other.objects["widgets"])) == ({}, 1)
    assert [r.provider for r in two.lab.store.state.records.values()] == ["two"]
    assert await two.lab.lines() == []


async def test_a_move_waits_for_the_removal_it_follows(two: Two) -> None:
    two.want("one")
    await two.lab.apply()
    two.want("two")
    two.lab.world.faults = lambda operation, phase: Refused("no") if operation.startswith("delete") else None
    await two.lab.apply()
    assert two.other.objects["widgets"] == {}
    assert [r.provider for r in two.lab.store.state.records.values()] == ["one"]


async def test_a_move_from_an_instance_that_could_not_be_read_waits(two: Two) -> None:
    two.want("one")
    await two.lab.apply()
    two.want("two")
    two.other.add("widgets", name="a", url=SITE)
    two.lab.world.faults = lambda operation, phase: Unavailable("503") if operation.startswith("list") else None
    assert await two.lab.lines() == ["record widgets/a held"]
    await two.lab.apply()
    assert [r.provider for r in two.lab.store.state.records.values()] == ["one"]


async def test_an_edited_secret_that_is_left_alone_stays_drift_after_another_change(lab: Any) -> None:
    lab.environ["KEY"] = LONG
    life = {"on_drift": "hold"}
    lab.desire({"widgets": {"a": {"url": SITE, "api_key": {"secret": "KEY"}, "lifecycle": life}}})
    await lab.apply()
    lab.world.edit(lab.world.ids("widgets")[0], api_key="typed in a dashboard, and long")
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x", "api_key": {"secret": "KEY"}, "lifecycle": life}}})
    assert {r.status for r in (await lab.apply()).results} == {"done"}
    assert [[f.path for f in d.fields] for d in (await lab.plan()).drift] == [[("api_key",)]]


async def test_a_value_changed_outside_stays_opaque_until_it_is_sent_again(lab: Any) -> None:
    lab.environ["KEY"] = LONG
    widget = {"url": SITE, "password": {"secret": "KEY"}}
    lab.desire({"widgets": {"a": widget}})
    await lab.apply()
    assert (await lab.plan()).drift == ()
    lab.clock.advance(timedelta(hours=1).total_seconds())
    lab.world.edit(lab.world.ids("widgets")[0], password="typed in a dashboard, and long")
    assert [d.type for d in (await lab.plan()).drift] == ["opaque"]
    lab.desire({"widgets": {"a": {**widget, "lifecycle": {"protect": True}}}})
    assert [r.action for r in (await lab.apply()).results] == ["record"]
    assert [d.type for d in (await lab.plan()).drift] == ["opaque"]
    lab.desire(
        {"widgets": {"a": {**widget, "password": {"secret": "KEY", "rotate": 1}, "lifecycle": {"protect": True}}}}
    )
    await lab.apply()
    assert (await lab.plan()).drift == ()
    assert lab.shown("widgets")["a"]["password"] == LONG


async def test_an_object_moved_and_deleted_outside_leaves_one_record(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.world.drop(lab.world.ids("widgets")[0])
    lab.desire({"widgets": {"b": {"url": SITE, "lifecycle": {"moved_from": "a"}}}})
    assert await lab.lines() == ["recreate widgets/b"]
    await lab.apply()
    assert await lab.lines() == []


async def test_an_object_moved_and_recreated_by_hand_leaves_one_record(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    lab.world.drop(lab.world.ids("widgets")[0])
    lab.world.add("widgets", name="b", url=SITE)
    lab.desire({"widgets": {"b": {"url": SITE, "lifecycle": {"moved_from": "a"}}}})
    assert await lab.lines() == ["record widgets/b"]
    await lab.apply()
    assert await lab.lines() == []


async def test_what_an_adoption_overwrites_is_in_the_record_of_the_run(lab: Any) -> None:
    lab.world.add("widgets", name="a", url="https://theirs.example.test/", notes="kept")
    lab.desire({"widgets": {"a": {"url": SITE, "lifecycle": {"adopt": True}}}})
    await lab.apply()
    (kept,) = lab.store.state.last_run.backups
    assert (kept["action"], kept["values"]) == ("adopt", {"url": "https://theirs.example.test/"})


async def test_a_value_that_is_short_now_is_another_value(lab: Any) -> None:
    lab.environ["KEY"] = LONG
    lab.desire({"widgets": {"a": {"url": SITE, "password": {"secret": "KEY"}}}})
    await lab.apply()
    lab.environ["KEY"] = "short"
    assert await lab.lines() == ["update widgets/a held"]


async def test_an_object_that_is_listed_on_two_pages_is_one(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    await lab.apply()
    (stored,) = lab.world.objects["widgets"].values()
    lab.world.objects["widgets"]["twice"] = stored
    plan = await lab.plan()
    assert (plan.changes, plan.drift, plan.unmanaged) == ((), (), ())


async def test_what_comes_from_a_secret_output_is_secret_wherever_it_is_used(lab: Any) -> None:
    objects = {"vaults": {"v": {}}, "widgets": {"a": {"url": SITE, "endpoint": {"from": "vaults/v.address"}}}}
    lab.desire(objects)
    await lab.apply()
    assert "pw-" in lab.shown("widgets")["a"]["endpoint"]
    (widget,) = lab.world.ids("widgets")
    lab.world.edit(widget, endpoint="vault://root:an-older-password@vaults.example/1")
    (change,) = (await lab.plan()).changes
    assert [f.secret for f in change.fields] == [True]
    digest = change.digest
    lab.world.edit(widget, endpoint="vault://root:another-password@vaults.example/1")
    assert [c.digest for c in (await lab.plan()).changes] == [digest]
    await lab.apply()
    assert "another-password" not in repr(lab.store.state)
    assert await lab.lines() == []


FROM_SECRET = {"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": {"from": "groups/g.token"}}}}
PLAIN = {"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "endpoint": "https://plain.test/"}}}


async def test_what_came_from_a_secret_output_is_not_shown_when_something_else_is_written(lab: Any) -> None:
    lab.desire(FROM_SECRET)
    await lab.apply()
    token = lab.shown("widgets")["a"]["endpoint"]
    lab.world.drop(next(iter(lab.world.objects["groups"])))  # then nobody can tell any more what its token was
    lab.desire(PLAIN)
    plan = await lab.plan()
    (update,) = [c for c in plan.changes if c.action == "update"]
    assert [(f.path, f.before, f.secret) for f in update.fields] == [(("endpoint",), token, True)]
    assert token not in render_plan(plan, full=True)
    lab.world.edit(next(iter(lab.world.objects["widgets"])), endpoint="another")
    (again,) = [c for c in (await lab.plan()).changes if c.action == "update"]
    assert again.digest == update.digest  # or else whoever reads it could try tokens against it


async def test_what_a_run_that_died_may_have_sent_is_not_shown(lab: Any) -> None:
    lab.desire(FROM_SECRET)
    lab.store.faults = lambda operation, phase: LedgerUnreachable("no") if "finish" in operation else None
    await lab.apply()
    lab.store.faults = lambda *_: None
    token = lab.shown("widgets")["a"]["endpoint"]
    lab.world.drop(next(iter(lab.world.objects["groups"])))
    lab.desire(PLAIN)
    plan = await lab.plan()
    (update,) = [c for c in plan.changes if c.action == "update"]
    assert [f.secret for f in update.fields if f.path == ("endpoint",)] == [True]
    assert token not in render_plan(plan, full=True)
