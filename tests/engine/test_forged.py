"""A ledger that somebody with push access wrote to, so that the tool should change or remove what is not its own."""

from __future__ import annotations

from typing import Any

import pytest

SITE = "https://learn.example.test/"
THEIRS = "https://theirs.example.test/"
LONG_AGO = "1970-01-01T00:00:00+00:00"


def announced(handle: str, commit: str) -> dict[str, Any]:
    """Return what a run would have announced, if there had been one."""
    return {
        "address": f"widgets/{handle}",
        "provider": "memory",
        "identity": [handle],
        "run": "r0",
        "since": LONG_AGO,
        "live_id": "",
        "commit": commit,
    }


def strike(repository: Any, orphan: dict[str, Any], drop: str = "") -> None:
    """Write an announcement into the ledger, and take a record out."""
    repository.forge(lambda meta: meta.update(orphans=[orphan]), "ledger.json")
    if drop:
        repository.forge(lambda records: records.pop(drop))


@pytest.mark.parametrize("lifecycle", [{"on_remove": "retain"}, {"protect": True}], ids=str)
async def test_an_announcement_in_place_of_a_record_does_not_make_its_removal_harsher(
    repository: Any, lifecycle: dict[str, Any]
) -> None:
    commit = repository.commit({"widgets": {"a": {"url": SITE}, "old": {"url": SITE, "lifecycle": lifecycle}}})
    await repository.apply()
    repository.commit({"widgets": {"a": {"url": SITE}}})
    strike(repository, announced("old", commit), drop="old")
    assert await repository.lines() == []
    assert "has another lifecycle" in (await repository.plan()).notices[0]


async def test_an_announcement_does_not_turn_a_rename_into_a_removal(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}, "old": {"url": SITE}}})
    await repository.apply()
    repository.commit({"widgets": {"a": {"url": SITE}, "new": {"url": SITE, "lifecycle": {"moved_from": "old"}}}})
    strike(repository, announced("new", "f" * 40))
    await repository.apply()
    assert sorted(repository.lab.shown("widgets")) == ["a", "new"]
    assert [o.id for o in repository.lab.world.objects["widgets"].values()] == ["1001", "1002"]


async def test_a_record_with_somebody_elses_id_changes_nothing(repository: Any) -> None:
    repository.commit({"widgets": {"a": {"url": SITE}}})
    await repository.apply()
    theirs = repository.lab.world.add("widgets", name="theirs", url=THEIRS)
    commit = repository.commit({"widgets": {"a": {"url": SITE}, "fresh": {"url": SITE}}})  # merged, not applied yet
    entry = {"provider": "memory", "live_id": theirs, "identity": ["fresh"], "commit": commit, "run": "r1"}
    repository.forge(lambda records: records.update(fresh={**entry, "spec": {"url": SITE, "name": "fresh"}}))
    assert await repository.lines() == ["update widgets/fresh held"]
    await repository.apply()
    values = repository.lab.world.find(theirs).values
    assert (values["name"], values["url"]) == ("theirs", THEIRS)
