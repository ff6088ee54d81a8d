"""Backups: the schedule, and that snapshots are left to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Address, Refused, Removal
from reconciler_neon.freshness import overdue
from reconciler_neon.models import Backups, NeonSettings
from reconciler_neon.sandbox.stock import PROJECT

trap = pytest.mark.trap
SETTINGS = NeonSettings(type="neon", project=PROJECT)
DAILY = {"frequency": "daily", "hour": 2, "retention_seconds": "7d"}
WEEKLY = {"frequency": "weekly", "day": 7, "hour": 4, "retention_seconds": "4w"}
MONTHLY = {"frequency": "monthly", "day": 31, "hour": 6, "retention_seconds": "35d"}


def backups(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"branch": "production", "schedule": list(entries)}


def schedule_of(account: Any, branch: str = "production") -> list[dict[str, Any]]:
    """Return the schedule as the server has it, by frequency."""
    entries = account.estate.schedules[account.branch(branch)["id"]]
    plain = [{k: v for k, v in entry.items() if not k.startswith("_")} for entry in entries]
    return sorted(plain, key=lambda e: str(e["frequency"]))


@trap("neon", "6: PUT answers with an empty object: what is there has to be read back")
async def test_the_schedule_is_returned_as_neon_has_it_afterwards(account: Any) -> None:
    live = await account.create("backups", "production", backups(WEEKLY, DAILY))
    assert [e["frequency"] for e in live.values["schedule"]] == ["daily", "weekly"]
    account.service.world.estates[PROJECT].schedules[account.branch()["id"]][0]["retention_seconds"] = 3_600
    [seen] = (await account.by_id("backups")).values()
    assert seen.values["schedule"] != live.values["schedule"]


@trap("neon", "6: PUT replaces the whole schedule, which is a set")
async def test_a_schedule_is_written_whole_and_compared_in_any_order(account: Any) -> None:
    first = await account.create("backups", "production", backups(WEEKLY, DAILY, MONTHLY))
    again = await account.update(first, backups(MONTHLY, DAILY, WEEKLY), ["schedule"], handle="production")
    assert again.values == first.values
    left = await account.update(first, backups(DAILY), ["schedule"], handle="production")
    assert schedule_of(account) == [{"frequency": "daily", "hour": 2, "retention_seconds": 604_800}]
    assert len(left.values["schedule"]) == 1


@trap("neon", "6: an omitted retention means 35 days: it is always written")
@pytest.mark.parametrize("name", ["retention_seconds", "hour", "frequency"])
def test_what_the_server_would_fill_in_has_to_be_written(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Backups.model_validate(backups({key: value for key, value in DAILY.items() if key != name}))


BAD = [
    pytest.param({**DAILY, "retention_seconds": "36d"}, "less than or equal to 3024000", id="more-than-35-days"),
    pytest.param({**DAILY, "retention_seconds": "59m"}, "greater than or equal to 3600", id="less-than-an-hour"),
    pytest.param({**DAILY, "frequency": "hourly"}, "'daily', 'weekly' or 'monthly'", id="hourly"),
    pytest.param({**DAILY, "frequency": "yearly", "month": 1}, "'daily', 'weekly' or 'monthly'", id="yearly"),
    pytest.param({**DAILY, "hour": 24}, "less than or equal to 23", id="hour-24"),
    pytest.param({**DAILY, "day": 1}, "only allowed", id="daily-with-a-day"),
    pytest.param({**WEEKLY, "day": 8}, "not one of", id="eighth-weekday"),
    pytest.param({**MONTHLY, "day": 32}, "less than or equal to 31", id="32nd"),
    pytest.param({"frequency": "weekly", "hour": 1, "retention_seconds": "7d"}, "day is required", id="weekly-no-day"),
    pytest.param(
        {"frequency": "monthly", "hour": 1, "retention_seconds": "7d"}, "day is required", id="monthly-no-day"
    ),
]


@trap("neon", "6: the server requires hour and day, keeps 35 days at most, and dropped hourly and yearly")
@pytest.mark.parametrize(("entry", "said"), BAD)
async def test_entries_that_neon_refuses_are_refused_here_and_there(account: Any, entry: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Backups.model_validate(backups(entry))


REFUSED_BY_NEON = [
    pytest.param({"frequency": "daily"}, "daily schedules must specify the hour of the day", id="no-hour"),
    pytest.param({"frequency": "weekly", "hour": 1}, "weekly schedules must specify the day", id="no-day"),
    pytest.param({"frequency": "hourly"}, "does not match the schema", id="hourly"),
    pytest.param({"frequency": "daily", "hour": 1, "retention_seconds": 3_024_001}, "does not match", id="too-long"),
]


@pytest.mark.parametrize(("entry", "said"), REFUSED_BY_NEON)
async def test_the_simulator_refuses_what_neons_servers_refuse(account: Any, entry: Any, said: str) -> None:
    path = f"/branches/{account.branch()['id']}/backup_schedule"
    told = await account.by_hand("PUT", path, {"schedule": [entry]}, 400)
    assert said in told["message"]


@trap("neon", "6: an empty schedule turns backups off, so it has to be said in so many words")
async def test_off_is_said_and_an_empty_schedule_is_refused(account: Any) -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        Backups.model_validate({"branch": "production", "schedule": []})
    live = await account.create("backups", "production", backups(DAILY))
    off = {"branch": "production", "enabled": False}
    changed = await account.update(live, off, ["schedule"], handle="production")
    assert changed.inactive
    assert schedule_of(account) == []
    for both in (
        {**backups(DAILY), "enabled": False},
        {"branch": "production", "enabled": True},
        {"branch": "production"},
    ):
        with pytest.raises(ValidationError):
            Backups.model_validate(both)


@trap("neon", "6: a schedule is never created or deleted: unset reads as an empty list")
async def test_a_schedule_that_is_not_set_is_out_of_service(account: Any) -> None:
    [live] = (await account.by_id("backups")).values()
    assert (live.id, live.inactive, live.values["schedule"]) == ("production", True, ())
    made = await account.create("backups", "production", backups(DAILY))
    assert not made.inactive
    await account.provider.disable(made)
    [after] = (await account.by_id("backups")).values()
    assert after.inactive


def found(account: Any, *entries: dict[str, Any]) -> list[str]:
    resource = account.resource("backups", "production", backups(*entries))
    return [message for _, _, message, _ in Backups.cross_check((resource,), SETTINGS)]


@trap("neon", "6: two entries in the same hour may become one snapshot")
def test_entries_in_one_hour_are_refused(account: Any) -> None:
    assert found(account, DAILY, WEEKLY, MONTHLY) == []
    assert "both run at 02:00 UTC" in found(account, DAILY, {**WEEKLY, "hour": 2})[0]
    assert "both run at 04:00 UTC" in found(account, {**MONTHLY, "hour": 4}, WEEKLY)[0]
    assert found(account, DAILY, {**DAILY, "retention_seconds": "8d"}) == ["two daily entries are for the same time"]
    assert found(account, DAILY, {**DAILY, "hour": 14}) == []


@trap("neon", "6: two entries of one frequency may stand side by side")
async def test_two_daily_entries_are_two(account: Any) -> None:
    await account.create("backups", "production", backups(DAILY, {**DAILY, "hour": 14}))
    assert len(schedule_of(account)) == 2


async def test_the_backups_of_the_default_branch_and_the_last_ones_stay(account: Any) -> None:
    await account.create("branches", "copy", {"init_source": "schema-only"})
    production = await account.create("backups", "production", backups(DAILY))
    off = account.resource("backups", "production", {"branch": "production", "enabled": False})

    def held(*removals: Removal) -> dict[str, str]:
        return {str(a): reason for a, reason in Backups.guards(removals, live, SETTINGS).items()}

    live = tuple((await account.by_id("backups")).values())
    for after in (None, off):
        assert held(Removal(off.address, production, after)) == {"backups/production": "it is the only backup schedule"}
    copy = await account.create("backups", "copy", {"branch": "copy", "schedule": [WEEKLY]})
    live = tuple((await account.by_id("backups")).values())
    assert held(Removal(off.address, production, None)) == {
        "backups/production": "it is the backup of the default branch"
    }
    assert held(Removal(Address("backups", "copy"), copy, None)) == {}
    weaker = account.resource("backups", "production", backups(WEEKLY))
    assert held(Removal(off.address, production, weaker)) == {}


@trap("neon", "6: only root branches can have a schedule")
async def test_only_root_branches_have_backups(account: Any) -> None:
    await account.create("branches", "child", {})
    assert set(await account.by_id("backups")) == {"production"}
    with pytest.raises(Refused, match="only root branches"):
        await account.create("backups", "child", {"branch": "child", "schedule": [DAILY]})


@trap("neon", "6: snapshots are never restored or deleted by a reconciler")
async def test_no_call_touches_a_snapshot(account: Any) -> None:
    live = await account.create("backups", "production", backups(DAILY, WEEKLY))
    account.clock.advance(10 * 86_400)
    taken = {s["id"] for s in (await account.by_hand("GET", "/snapshots"))["snapshots"]}
    assert len(taken) > 6
    await account.update(live, backups(DAILY), ["schedule"], handle="production")
    await account.provider.disable(live)
    for collection in ("database", "branches", "endpoints", "roles", "databases", "backups"):
        await account.by_id(collection)
    assert {s.method for s in account.wire.sent if "/snapshot" in s.path} == {"GET"}
    assert not [s.path for s in account.wire.sent if "restore" in s.path]
    assert taken <= set(account.estate.snapshots)


@trap("neon", "6: a schedule moves to the restored branch")
async def test_the_schedule_of_production_is_found_after_a_restore(account: Any) -> None:
    before = await account.create("backups", "production", backups(DAILY, WEEKLY))
    branch = account.branch()["id"]
    told = await account.by_hand("POST", f"/branches/{branch}/snapshot?name=before")
    body = {"target_branch_id": branch, "finalize_restore": True}
    await account.by_hand("POST", f"/snapshots/{told['snapshot']['id']}/restore", body)
    live = await account.by_id("backups")
    assert live["production"].values == before.values
    assert live["production (old)"].inactive


@trap("neon", "6: entries of a dropped or new frequency are read, and not imported")
async def test_entries_of_a_kind_that_neon_dropped_are_read_and_not_imported(account: Any) -> None:
    account.estate.schedules[account.branch()["id"]] = [{"frequency": "hourly", "retention_seconds": 3_600}]
    [live] = (await account.by_id("backups")).values()
    assert live.values["schedule"] == ({"frequency": "hourly", "retention_seconds": 3_600},)
    assert "hourly" in Backups.unimportable(live)


async def test_a_day_that_is_told_for_a_daily_entry_means_nothing(account: Any) -> None:
    live = await account.create("backups", "production", backups(DAILY))
    account.estate.schedules[account.branch()["id"]][0]["day"] = 1
    [again] = (await account.by_id("backups")).values()
    assert again.values == live.values


async def waiting(account: Any) -> tuple[str, ...]:
    """Return what is pending about the backups of production."""
    found: tuple[str, ...] = (await account.by_id("backups"))["production"].pending
    return found


@trap("neon", "6: the newest scheduled backup is younger than its schedule says, or somebody has to look")
async def test_a_backup_that_was_not_made_is_told(account: Any) -> None:
    await account.create("backups", "production", backups(DAILY, WEEKLY))
    assert "no scheduled backup was made yet" in (await waiting(account))[0]
    assert (await account.by_id("backups"))["production"].due_after == timedelta(hours=26)
    account.clock.advance(3 * 86_400)
    assert await waiting(account) == ()
    assert (await account.by_id("backups"))["production"].due_after is None
    by_hand = {**next(iter(account.estate.snapshots.values())), "manual": True}
    limit = (account.clock.now() - timedelta(hours=26)).isoformat()
    for key in [k for k, snapshot in account.estate.snapshots.items() if snapshot["created_at"] > limit]:
        del account.estate.snapshots[key]
    account.estate.snapshots["snap-by-hand"] = {**by_hand, "created_at": account.clock.now().isoformat()}
    assert "the newest backup is of" in (await waiting(account))[0]


@trap("neon", "6: after a restore the older snapshots stay with the old branch: restored recently, not lost")
async def test_after_a_restore_no_backup_is_called_lost(account: Any) -> None:
    await account.create("backups", "production", backups(DAILY, WEEKLY))
    account.clock.advance(3 * 86_400)
    branch = account.branch()["id"]
    told = await account.by_hand("POST", f"/branches/{branch}/snapshot?name=before")
    body = {"target_branch_id": branch, "finalize_restore": True}
    await account.by_hand("POST", f"/snapshots/{told['snapshot']['id']}/restore", body)
    assert "restored from a snapshot" in (await waiting(account))[0]
    account.clock.advance(2 * 86_400)
    assert await waiting(account) == ()


def test_without_a_daily_entry_a_week_is_long_enough() -> None:
    made = [{"source_branch_id": "br-1", "manual": False, "created_at": "2026-01-01T04:00:00Z"}]
    weekly = ({"frequency": "weekly", "day": 4, "hour": 4},)
    for days, late in ((6, False), (7, False), (8, True)):
        now = datetime(2026, 1, 1, 4, 30, tzinfo=UTC) + timedelta(days=days)
        assert bool(overdue(weekly, {"id": "br-1"}, made, now)) is late
    assert overdue((), {"id": "br-1"}, (), now) == ""
