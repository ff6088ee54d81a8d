"""Metric monitors: detectors, and every way to get one wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Refused
from reconciler_sentry.models import MetricMonitor

COUNT = {"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "timeWindow": "1h"}
RESOLVE = {"type": "lte", "comparison": 5, "conditionResult": 0}
STATIC: dict[str, Any] = {
    "name": "Many errors",
    "config": {"detectionType": "static"},
    "dataSources": [COUNT],
    "conditionGroup": {"conditions": [{"type": "gt", "comparison": 10, "conditionResult": 75}, RESOLVE]},
}
DYNAMIC = {
    "type": "anomaly_detection",
    "comparison": {"sensitivity": "low", "thresholdType": 0},
    "conditionResult": 75,
}


def percent(*conditions: dict[str, Any]) -> dict[str, Any]:
    config = {"detectionType": "percent", "comparisonDelta": "1w"}
    return {**STATIC, "config": config, "conditionGroup": {"conditions": list(conditions)}}


def with_conditions(*conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**STATIC, "conditionGroup": {"conditions": list(conditions)}, **more}


def found(account: Any, fields: dict[str, Any]) -> list[str]:
    resource = account.resource("metric_monitors", "m", fields)
    return [message for _, _, message, _ in MetricMonitor.cross_check((resource,), account.harness.model_settings())]


@pytest.mark.trap("sentry", "7: percent compares with one window, no average, and is skipped while that was zero")
@pytest.mark.trap("sentry", "7: a percent threshold is the whole percentage: ten times is 1000")
async def test_ten_times_is_a_thousand_percent_on_the_wire(account: Any) -> None:
    fields = percent(
        {"type": "gt", "times": 10, "conditionResult": 75}, {"type": "lte", "times": 2, "conditionResult": 0}
    )
    await account.create("metric_monitors", "spike", fields)
    kept = account.kept("detectors", name="Many errors")
    assert [c["comparison"] for c in kept["conditionGroup"]["conditions"]] == [1000, 200]
    assert kept["config"] == {"detectionType": "percent", "comparisonDelta": 604800}
    change = account.creation("metric_monitors", "spike", fields)
    assert change.desired.origins["conditionGroup"] == (
        "times: 10 is 1000 % of the earlier value, times: 2 is 200 % of the earlier value"
    )
    notes = " ".join(account.provider.preview(change).notes)
    assert "above 10 times: high, at or below 2 times: resolved" in notes
    assert "skipped while that was zero" in notes


@pytest.mark.trap("sentry", "7: a percentage that is meant as a difference is caught")
@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"type": "gt", "comparison": 50, "conditionResult": 75}, "gt 50 in a percent monitor is 50 % of the earlier"),
        ({"type": "lt", "comparison": 150, "conditionResult": 75}, "which is more than it was"),
        ({"type": "gt", "comparison": 900, "conditionResult": 75}, ""),
        ({"type": "lt", "comparison": 50, "conditionResult": 75}, ""),
    ],
    ids=["half-more", "below-more", "nine-times", "half"],
)
def test_percentages_that_would_nearly_always_be_crossed(account: Any, condition: dict[str, Any], said: str) -> None:
    messages = found(account, percent(condition, {"type": "lte", "comparison": 100, "conditionResult": 0}))
    assert bool(messages) == bool(said)
    assert said in "".join(messages)


@pytest.mark.trap("sentry", "7: the retired rules took the difference: 900 there is 1000 here")
def test_a_plain_percentage_is_spelled_out_in_the_plan(account: Any) -> None:
    fields = percent({"type": "gt", "comparison": 900, "conditionResult": 75}, {**RESOLVE, "comparison": 150})
    notes = account.provider.preview(account.creation("metric_monitors", "m", fields)).notes
    assert "above 9 times: high" in notes[0], "whoever wrote 900 for ten times sees it here"


def test_times_needs_something_to_multiply(account: Any) -> None:
    with pytest.raises(ValueError, match="needs detectionType percent"):
        account.resource(
            "metric_monitors",
            "m",
            with_conditions({"type": "gt", "times": 10, "conditionResult": 75}, RESOLVE),
        )


@pytest.mark.trap("sentry", "7: a resolve condition is required, an anomaly stands alone, three are the most")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (with_conditions({"type": "gt", "comparison": 10, "conditionResult": 75}), "no condition resolves"),
        (with_conditions(RESOLVE), "no condition opens an issue"),
        (with_conditions(DYNAMIC, RESOLVE, config={"detectionType": "dynamic"}), "exactly one condition"),
        (with_conditions(DYNAMIC), "exactly one condition"),
        (with_conditions({**DYNAMIC, "comparison": 3}, config={"detectionType": "dynamic"}), "here"),
        (with_conditions(DYNAMIC, config={"detectionType": "dynamic"}), ""),
        (STATIC, ""),
    ],
    ids=["never-resolves", "never-opens", "not-alone", "not-dynamic", "no-mapping", "dynamic", "static"],
)
def test_conditions_that_sentry_would_refuse(account: Any, fields: dict[str, Any], said: str) -> None:
    messages = found(account, fields)
    assert bool(messages) == bool(said), messages
    assert said in " ".join(messages)


@pytest.mark.trap("sentry", "7: time windows are seconds of a short list")
@pytest.mark.parametrize(
    "wrong",
    [
        with_conditions(*[{"type": "gt", "comparison": n, "conditionResult": 75} for n in range(4)]),
        {**STATIC, "dataSources": [COUNT, COUNT]},
        {**STATIC, "dataSources": [{**COUNT, "dataset": "transactions"}]},
        {**STATIC, "dataSources": [{**COUNT, "extrapolationMode": "server_weighted"}]},
        {**STATIC, "dataSources": [{**COUNT, "timeWindow": "7m"}]},
        {**STATIC, "config": {"detectionType": "percent"}},
        {**STATIC, "config": {"detectionType": "static", "comparisonDelta": 3600}},
        {**STATIC, "config": {"detectionType": "percent", "comparisonDelta": 60}},
        with_conditions({"type": "gt", "comparison": 1, "times": 2, "conditionResult": 75}, RESOLVE),
        with_conditions({"type": "gt", "conditionResult": 75}, RESOLVE),
    ],
    ids=[
        "four-conditions",
        "two-sources",
        "old-dataset",
        "old-extrapolation",
        "odd-window",
        "percent-of-what",
        "delta-of-static",
        "minutes-for-seconds",
        "two-thresholds",
        "no-threshold",
    ],
)
@pytest.mark.trap("sentry", "7: one data source, closed lists, and seconds where the document says minutes")
def test_the_model_refuses_what_sentry_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MetricMonitor.model_validate(wrong)


@pytest.mark.trap("sentry", "7: durations are in milliseconds: p95 over 5 s is 5000")
def test_a_duration_is_spelled_out_in_seconds(account: Any) -> None:
    source = {**COUNT, "aggregate": "p95(span.duration)", "dataset": "events_analytics_platform"}
    fields = {**STATIC, "dataSources": [{**source, "eventTypes": ["trace_item_span"]}]}
    fields["conditionGroup"] = {
        "conditions": [
            {"type": "gt", "comparison": 5000, "conditionResult": 50},
            {"type": "lte", "comparison": 4000, "conditionResult": 0},
        ]
    }
    notes = account.provider.preview(account.creation("metric_monitors", "m", fields)).notes
    assert notes == ("durations are in milliseconds: above 5 s: medium, at or below 4 s: resolved",)


@pytest.mark.trap("sentry", "7: an owner is written as a text and read as an object")
@pytest.mark.trap("sentry", "7: what is read has another shape than what is written")
async def test_a_monitor_made_by_hand_reads_as_it_would_be_written(account: Any) -> None:
    team = await account.named("actors", "team:lms")
    body = {
        "name": "By hand",
        "type": "metric_issue",
        "owner": team,
        "config": {"detectionType": "static"},
        "dataSources": [{**COUNT, "timeWindow": 3600, "queryType": 0}],
        "conditionGroup": {"logicType": "any", "conditions": [*STATIC["conditionGroup"]["conditions"]], "actions": []},
    }
    await account.api("POST", "/organizations/ai-gurus/projects/ai-gurus-lms/detectors/", body, 201)
    values = (await account.listed("metric_monitors"))["By hand"].values
    assert values["owner"] == team, "written team:<id>, read as an object"
    assert values["config"] == {"detectionType": "static"}
    assert values["dataSources"] == (
        {
            "aggregate": "count()",
            "dataset": "events",
            "query": "",
            "timeWindow": 3600,
            "eventTypes": ("error",),
            "extrapolationMode": "unknown",
        },
    )
    assert values["conditionGroup"]["conditions"][1] == RESOLVE


@pytest.mark.trap("sentry", "7: queryType is written and never read, so it follows from the dataset")
@pytest.mark.parametrize(
    ("dataset", "event", "kind"),
    [("events", "error", 0), ("events_analytics_platform", "trace_item_span", 1)],
    ids=["errors", "spans"],
)
async def test_the_query_type_is_sent_along(account: Any, dataset: str, event: str, kind: int) -> None:
    source = {**COUNT, "dataset": dataset, "eventTypes": [event]}
    await account.create("metric_monitors", "m", {**STATIC, "dataSources": [source]})
    [(_, body)] = [r for r in account.requests("POST") if r[0].endswith("/detectors/")]
    assert body["dataSources"][0]["queryType"] == kind


@pytest.mark.trap("sentry", "7: an update sends the whole monitor, and changes its data source in place")
async def test_an_update_keeps_ids_and_what_is_not_managed(account: Any) -> None:
    live = await account.create("metric_monitors", "m", {**STATIC, "description": "before"})
    before = account.kept("detectors", name="Many errors")
    ids = [c["id"] for c in before["conditionGroup"]["conditions"]]
    source = before["dataSources"][0]["id"]
    before["dataSources"][0]["queryObj"]["snubaQuery"]["environment"] = "production"
    changed = {
        "conditions": [
            {"type": "gt", "comparison": 20, "conditionResult": 75},
            {"type": "gt", "comparison": 15, "conditionResult": 50},
            RESOLVE,
        ]
    }
    fields = {**STATIC, "dataSources": [{**COUNT, "timeWindow": 60}], "conditionGroup": changed}
    await account.update(live, fields, ["conditionGroup", "dataSources"])
    after = account.kept("detectors", name="Many errors")
    assert after["description"] == "before"
    assert after["dataSources"][0]["id"] == source
    query = after["dataSources"][0]["queryObj"]["snubaQuery"]
    assert (query["timeWindow"], query["environment"]) == (60, "production")
    conditions = after["conditionGroup"]["conditions"]
    assert [conditions[0]["id"], conditions[2]["id"]] == ids
    [(_, body)] = [r for r in account.requests("PUT") if "/detectors/" in r[0]]
    assert (body["name"], body["type"]) == ("Many errors", "metric_issue")


@pytest.mark.trap("sentry", "7: workflowIds are left out, so that alerts alone say what they listen to")
async def test_an_update_leaves_the_alerts_that_listen(account: Any) -> None:
    live = await account.create("metric_monitors", "m", STATIC)
    alert = {"config": {"frequency": 5}, "metric_monitors": [live.id]}
    await account.create("alerts", "a", alert)
    await account.update(live, {**STATIC, "enabled": False}, ["enabled"])
    assert account.kept("detectors", name="Many errors")["enabled"] is False
    assert account.kept("workflows", name="a")["detectorIds"] == [live.id]


@pytest.mark.trap("sentry", "7: Sentry's own error and issue_stream detectors are no metric monitors")
async def test_built_in_detectors_are_neither_listed_nor_deleted(account: Any) -> None:
    assert await account.listed("metric_monitors") == {}
    assert sorted(d["type"] for d in account.store.all("detectors")) == ["error", "issue_stream"]


@pytest.mark.trap("sentry", "7: bulk calls on the list are never made")
async def test_a_monitor_is_deleted_by_its_id_and_no_other_goes(account: Any) -> None:
    live = await account.create("metric_monitors", "m", STATIC)
    await account.create("metric_monitors", "other", {**STATIC, "name": "Other"})
    await account.provider.delete(live)
    assert [d["name"] for d in account.store.all("detectors") if d["type"] == "metric_issue"] == ["Other"]
    assert {path for path, _ in account.requests("DELETE")} == {f"/api/0/organizations/ai-gurus/detectors/{live.id}/"}


@pytest.mark.trap("sentry", "7: percent and dynamic detection depend on the plan: 400 there is no bug")
@pytest.mark.parametrize("feature", ["change-alerts", "anomaly-detection-alerts"])
async def test_a_plan_limit_is_told_as_one(account: Any, feature: str) -> None:
    account.store.features.discard(feature)
    fields = percent({"type": "gt", "times": 10, "conditionResult": 75}, {**RESOLVE, "comparison": 200})
    if feature.startswith("anomaly"):
        fields = with_conditions(DYNAMIC, config={"detectionType": "dynamic"})
    with pytest.raises(Refused, match="limit of the organisation's plan") as caught:
        await account.create("metric_monitors", "m", fields)
    assert "Subscription" in caught.value.fix


@pytest.mark.trap("sentry", "7: other refusals are not blamed on the plan")
async def test_a_wrong_value_is_not_a_plan_limit(account: Any) -> None:
    with pytest.raises(Refused, match="Could not parse actor") as caught:
        await account.create("metric_monitors", "m", {**STATIC, "owner": "team:none"})
    assert "plan" not in caught.value.message
