"""Migrated monitors: what they hold and Sentry takes from nobody stays as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import Refused
from reconciler.model import Adopt
from reconciler.testing import FakeClock, Sample
from reconciler.testing.site import Site
from reconciler_sentry.failures import Disturbed
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.births import migrated_monitor
from reconciler_sentry.sandbox.store import Object

TOKEN = "sntrys_sandbox-0123456789abcdef"
WRITTEN: dict[str, Any] = {
    "name": "Old rule",
    "config": {"detectionType": "static"},
    "dataSources": [
        {
            "aggregate": "count(span.duration)",
            "dataset": "events_analytics_platform",
            "eventTypes": ["trace_item_span"],
            "timeWindow": "1h",
        }
    ],
    "conditionGroup": {
        "conditions": [
            {"type": "gt", "comparison": 10, "conditionResult": 75},
            {"type": "lte", "comparison": 5, "conditionResult": 0},
        ]
    },
}


def query_of(monitor: Object) -> dict[str, Any]:
    found: dict[str, Any] = monitor["dataSources"][0]["queryObj"]["snubaQuery"]
    return found


@pytest.fixture
async def migrated(on_simulator: Any, tmp_path: Path) -> AsyncIterator[tuple[Site, Object]]:
    clock = FakeClock()
    store = new_store(now=clock.now)
    [project] = store.all("projects")
    monitor = migrated_monitor(store, project["id"], "Old rule")
    harness = on_simulator(SentryApp(store, TOKEN), clock)
    yield Site(harness, tmp_path), monitor
    await harness.close()


@pytest.mark.trap("sentry", "7: server_weighted of a migrated monitor is refused, so it is never sent back")
async def test_a_migrated_monitor_is_adopted_renamed_and_keeps_what_nobody_can_write(
    migrated: tuple[Site, Object],
) -> None:
    site, monitor = migrated
    fields = {**WRITTEN, "name": "Ours", "lifecycle": {"id": monitor["id"], "adopt": True}}
    site.desire([Sample("metric_monitors/ours", fields)])
    [change] = (await site.plan()).changes
    assert isinstance(change, Adopt)
    assert [str(f.path[0]) for f in change.fields] == ["name"]
    assert "kept as it is, since nothing here can write it: extrapolationMode server_weighted" in change.notes
    outcome = await site.apply()
    assert [r.status for r in outcome.results] == ["done"], outcome.results
    assert (monitor["name"], query_of(monitor)["extrapolationMode"]) == ("Ours", "server_weighted")
    assert (await site.plan()).changes == ()


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        pytest.param({}, "server_weighted", id="left-out-stays"),
        pytest.param({"extrapolationMode": "none"}, "none", id="written-replaces"),
    ],
)
async def test_a_change_of_its_query_leaves_the_mode_unless_one_is_written(
    migrated: tuple[Site, Object], mode: dict[str, str], kept: str
) -> None:
    site, monitor = migrated
    source = {**WRITTEN["dataSources"][0], "query": "span.op:http.server", **mode}
    site.desire([Sample("metric_monitors/ours", {**WRITTEN, "dataSources": [source], "lifecycle": {"adopt": True}})])
    outcome = await site.apply()
    assert [r.status for r in outcome.results] == ["done"], outcome.results
    assert outcome.not_converged == ()
    query = query_of(monitor)
    assert (query["query"], query["extrapolationMode"]) == ("span.op:http.server", kept)
    assert query["environment"] == "production", "not written, so not changed"


async def test_a_value_that_cannot_be_written_is_a_reason_not_to_import(migrated: tuple[Site, Object]) -> None:
    site, _ = migrated
    site.desire(())
    reasons = {what: why for what, why in (await site.imported()).skipped if "Old rule" in what}
    assert list(reasons.values()) == ["it holds extrapolationMode server_weighted, which cannot be written here"]


@pytest.mark.trap(
    "sentry", "7: the retired dataset transactions is refused: a field that holds what is refused stays out"
)
@pytest.mark.parametrize(
    "held",
    [
        pytest.param({"dataset": "transactions", "eventTypes": ["transaction"]}, id="retired-dataset"),
        pytest.param({"timeWindow": 420}, id="odd-window"),
        pytest.param({"extrapolationMode": "server_weighted"}, id="mode"),
    ],
)
async def test_what_sentry_would_refuse_does_not_come_back_to_it(account: Any, held: dict[str, Any]) -> None:
    [project] = account.store.all("projects")
    monitor = migrated_monitor(account.store, project["id"], "Old rule", **held)
    before = dict(query_of(monitor))
    path = f"/organizations/ai-gurus/detectors/{monitor['id']}/"
    sent = {"name": "Old rule", "type": "metric_issue", "dataSources": [{**before, "queryType": 1}]}
    refused = await account.client.put(f"https://us.sentry.io/api/0{path}", json=sent)
    assert refused.status_code == 400, "the simulator takes it from nobody"
    live = (await account.listed("metric_monitors"))["Old rule"]
    await account.update(live, {**WRITTEN, "enabled": False}, ["enabled"])
    assert (monitor["enabled"], query_of(monitor)) == (False, before)


@pytest.mark.trap("sentry", "7: that a PUT keeps what it leaves out is unconfirmed, so it is looked at again")
async def test_a_value_that_was_left_alone_and_is_gone_is_told(account: Any) -> None:
    [project] = account.store.all("projects")
    monitor = migrated_monitor(account.store, project["id"], "Old rule")
    live = (await account.listed("metric_monitors"))["Old rule"]
    inner = account.wire.inner.handle_async_request

    async def forgetful(request: httpx.Request) -> httpx.Response:
        answer = await inner(request)
        if request.method == "PUT":
            query_of(monitor)["extrapolationMode"] = "unknown"
        return answer  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = forgetful
    with pytest.raises(Disturbed, match="lost what the update left alone: extrapolationMode server_weighted"):
        await account.update(live, {**WRITTEN, "enabled": False}, ["enabled"])


async def test_a_condition_of_an_unknown_priority_stays(account: Any) -> None:
    [project] = account.store.all("projects")
    monitor = migrated_monitor(account.store, project["id"], "Old rule", extrapolationMode="unknown")
    monitor["conditionGroup"]["conditions"][0]["conditionResult"] = 25
    live = (await account.listed("metric_monitors"))["Old rule"]
    assert live.private["kept"] == ("conditionResult 25",)
    await account.update(live, {**WRITTEN, "enabled": False}, ["enabled"])
    assert (monitor["enabled"], monitor["conditionGroup"]["conditions"][0]["conditionResult"]) == (False, 25)


async def test_a_new_monitor_with_it_is_refused(account: Any) -> None:
    source = {**WRITTEN["dataSources"][0], "timeWindow": 3600, "extrapolationMode": "server_weighted"}
    body = {**WRITTEN, "type": "metric_issue", "dataSources": [source]}
    with pytest.raises(Refused, match="server_weighted extrapolation mode is not supported"):
        await account.provider.api.post("/organizations/ai-gurus/projects/ai-gurus-lms/detectors/", body)
