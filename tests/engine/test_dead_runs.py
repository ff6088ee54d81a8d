"""Several things that the ledger knows of one address: records, and what runs that died had announced there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import ProviderError
from reconciler.testing.memory import MemoryProvider
from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
PERSON = {"state": "active", "lifecycle": {"provider": "memory"}}
NONE = {"people": {"p@x.test": PERSON}}
EMPTY = {"collections": {"widgets": {"allow_empty": True}}}


def widgets(**handles: dict[str, Any]) -> dict[str, Any]:
    return {"widgets": {handle: {"url": SITE, **fields} for handle, fields in handles.items()}}


def at(provider: str) -> dict[str, Any]:
    return widgets(a={"lifecycle": {"provider": provider}})


@pytest.fixture
def moving(lab: Any) -> Any:
    """Return the lab with two accounts."""
    lab.more["providers"] = {"memory": {"type": "memory"}, "second": {"type": "memory"}}
    lab.routes["second"] = MemoryWorld(now=lab.clock.now)
    lab.routes["second"]._next = 5000
    return lab


@pytest.fixture
def undated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the vendors say nothing of when an object was made."""
    listed = MemoryProvider.list

    async def listing(self: Any, kind: str) -> Any:
        async for live in listed(self, kind):
            yield replace(live, created_at=None)

    monkeypatch.setattr(MemoryProvider, "list", listing)


async def test_a_replacement_that_failed_after_it_made_the_new_one_is_remembered(lab: Any) -> None:
    lab.desire(widgets(a={}, x={}))
    await lab.apply()
    lab.clock.advance(3600)
    lab.desire(widgets(a={"placement": "up"}, x={}))
    lab.world.faults = lambda op, phase: ProviderError("500") if (op.split()[0], phase) == ("create", "after") else None
    assert [r.status for r in (await lab.apply()).results] == ["done", "failed"]
    lab.world.faults = lambda *_: None
    lab.desire(widgets(x={}))
    assert await lab.lines() == ["delete widgets/a"]


async def test_what_is_forgotten_in_one_account_is_still_known_in_the_other(moving: Any) -> None:
    second = moving.routes["second"]
    moving.desire(at("memory"))
    await moving.apply()
    moving.desire(at("second"))
    assert await moving.killed("create", "after")
    await moving.apply(providers=("memory",))
    moving.desire(NONE, **EMPTY)
    await moving.apply()
    assert second.objects["widgets"] == {}
    assert await moving.lines() == []


@pytest.mark.usefixtures("undated")
async def test_a_removal_that_a_person_decides_on_stays_when_the_other_half_is_forgotten(moving: Any) -> None:
    moving.desire({**at("memory"), **NONE})
    await moving.apply()
    moving.desire({**at("second"), **NONE})
    assert await moving.killed("create", "after")
    moving.desire(NONE, **EMPTY)
    assert await moving.lines() == ["delete widgets/a held", "forget widgets/a"]
    await moving.apply()
    assert await moving.lines() == ["delete widgets/a held"]


@pytest.mark.usefixtures("undated")
async def test_a_removal_that_a_person_decides_on_stays_when_the_move_is_taken_back(moving: Any) -> None:
    moving.desire(at("memory"))
    await moving.apply()
    moving.desire(at("second"))
    assert await moving.killed("create", "after")
    moving.desire(at("memory"))
    await moving.apply()
    assert await moving.lines() == ["delete widgets/a held"]


async def test_what_two_runs_announced_under_one_address_is_all_known(moving: Any) -> None:
    moving.desire(at("memory"))
    assert await moving.killed("create", "after")
    moving.desire(at("second"))
    assert await moving.killed("delete", "before")
    await moving.apply()
    assert moving.world.objects["widgets"] == {}
    assert len(moving.routes["second"].objects["widgets"]) == 1
    assert await moving.lines() == []


async def test_what_the_second_of_two_runs_made_is_known_too(moving: Any) -> None:
    moving.desire(at("memory"))
    assert await moving.killed("create", "after")
    moving.desire(at("second"))
    assert await moving.killed("create", "after")
    moving.desire(NONE, **EMPTY)
    await moving.apply()
    assert moving.world.objects["widgets"] == moving.routes["second"].objects["widgets"] == {}
    assert await moving.lines() == []


async def test_a_rename_that_is_said_after_a_run_died_keeps_the_object(lab: Any) -> None:
    lab.desire(widgets(old={}, x={}))
    await lab.apply()
    lab.desire(widgets(new={}, x={}))
    assert await lab.killed("create", "before")
    lab.desire(widgets(new={"lifecycle": {"moved_from": "old"}}, x={}))
    assert await lab.lines() == ["forget widgets/new", "update widgets/new"]
    await lab.apply()
    assert sorted(lab.shown("widgets")) == ["new", "x"]
    assert await lab.lines() == []


async def test_a_replacement_of_what_was_renamed_can_be_taken_back(lab: Any) -> None:
    life = {"name": "n", "lifecycle": {"moved_from": "old"}}
    lab.desire(widgets(old={"name": "n"}, x={}))
    await lab.apply()
    before = set(lab.world.objects["widgets"])
    lab.desire(widgets(new={"placement": "up", **life}, x={}))
    assert await lab.killed("delete", "before")
    lab.desire(widgets(new=life, x={}))
    await lab.apply()
    assert set(lab.world.objects["widgets"]) == before
    assert await lab.lines() == []


async def test_the_old_name_of_what_was_to_be_replaced_is_looked_for_again(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.desire(widgets(a={"name": "n1"}, x={}))
    await lab.apply()
    lab.desire(widgets(a={"name": "n2", "placement": "up"}, x={}))
    assert await lab.killed("delete", "before")
    shown, count = MemoryWorld.listing, iter(range(1000))

    def listing(self: MemoryWorld, kind: str) -> Any:
        rows = shown(self, kind)
        first = kind == "widgets" and next(count) == 0
        return tuple(row for row in rows if row.values["name"] != "n1") if first else rows

    monkeypatch.setattr(MemoryWorld, "listing", listing)
    await lab.apply()
    assert sorted(lab.shown("widgets")) == ["n1", "x"]
    await lab.apply()
    assert sorted(lab.shown("widgets")) == ["n2", "x"]


@pytest.mark.parametrize(
    ("lifecycle", "then"),
    [
        ({"on_remove": "retain"}, "retain widgets/a"),
        ({"protect": True}, "delete widgets/a held"),
        ({}, "delete widgets/a"),
    ],
)
async def test_what_git_said_of_its_removal_holds_for_what_a_dead_run_made(lab: Any, lifecycle: Any, then: str) -> None:
    lab.desire(widgets(a={"lifecycle": lifecycle}))
    assert await lab.killed("create", "after")
    lab.desire({"people": {"p@x.test": {"state": "active"}}}, **EMPTY)
    assert await lab.lines() == ["create people/p@x.test", then]


async def test_a_person_who_no_longer_agrees_to_an_adoption_is_asked_again(lab: Any) -> None:
    lab.world.add("widgets", name="a", url="https://theirs.example.test/")
    lab.desire(widgets(a={"lifecycle": {"adopt": True}}))
    assert await lab.killed("update", "before")
    lab.desire(widgets(a={}))
    assert await lab.lines() == ["adopt widgets/a held"]
    lab.desire(widgets(a={"lifecycle": {"adopt": True}}))
    assert await lab.lines() == ["adopt widgets/a"]


async def test_what_a_dead_run_took_over_is_found_under_the_name_it_had(lab: Any) -> None:
    lab.world.add("widgets", name="n1", url="https://theirs.example.test/")
    lab.desire(widgets(a={"name": "n1", "lifecycle": {"adopt": True}}))
    assert await lab.killed("update", "after")
    lab.desire(widgets(a={"name": "n2", "lifecycle": {"adopt": True}}))
    await lab.apply()
    assert [*lab.shown("widgets")] == ["n2"]
    assert await lab.lines() == []


async def test_a_move_onto_a_handle_that_still_has_an_object_elsewhere_waits_for_it(moving: Any) -> None:
    first, second = {"lifecycle": {"provider": "memory"}}, {"lifecycle": {"provider": "second", "protect": True}}
    moving.desire(widgets(a=first, b=second))
    await moving.apply()
    moved = {"lifecycle": {"provider": "memory", "moved_from": "a"}}
    moving.desire(widgets(b=moved))
    await moving.apply()
    assert await moving.lines() == ["delete widgets/b held", "update widgets/b held"]
    assert len(moving.routes["second"].objects["widgets"]) == 1
