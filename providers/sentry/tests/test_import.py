"""Import: everything that is there is written or named with a reason, and is the same after a reset and an apply."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.testing.site import Site
from reconciler_sentry.sandbox.births import DEFAULT_ALERT

ORG = "/organizations/ai-gurus"
PROJECT = "/projects/ai-gurus/ai-gurus-lms"
COUNT = {
    "aggregate": "count()",
    "dataset": "events",
    "query": "level:fatal",
    "queryType": 0,
    "eventTypes": ["error", "default"],
    "timeWindow": 3600,
    "environment": "production",
}
UP = [
    {"type": "gt", "comparison": 1000, "conditionResult": 75},
    {"type": "lte", "comparison": 200, "conditionResult": 0},
]
WIDGET = {"title": "Table", "displayType": "table", "widgetType": "issue", "limit": 5}
QUERY = {"fields": ["title", "count()"], "columns": ["title"], "aggregates": ["count()"], "conditions": "is:unresolved"}


async def fill(account: Any) -> None:
    """Make by hand what people make in the browser, odd things among them."""
    api, team = account.api, await account.named("actors", "team:lms")
    slack = await account.named("integrations", "slack/AI Gurus")
    settings = {
        "resolveAge": 48,
        "sensitiveFields": ["iban"],
        "relayPiiConfig": '{"rules": {}, "applications": {"$string": ["@email"]}}',
        "defaultEnvironment": "production",
        "highlightContext": {"user": ["email"]},
        "options": {"filters:error_messages": "Load failed\nResizeObserver*"},
    }
    await api("PUT", f"{PROJECT}/", settings)
    await api("PUT", f"{PROJECT}/filters/legacy-browsers/", {"subfilters": ["ie"]}, 204)
    for body in ({"name": "Browser", "rateLimit": {"window": 60, "count": 9}}, {"name": "on"}, {"name": "3:00"}):
        await api("POST", f"{PROJECT}/keys/", body, 201)
    made = []
    for name, config, conditions in (
        ("Spike", {"detectionType": "percent", "comparisonDelta": 604800}, UP),
        ("Odd", {"detectionType": "dynamic"}, None),
    ):
        anomaly = {"type": "anomaly_detection", "comparison": {"sensitivity": "low", "thresholdType": 2}}
        group = conditions or [{**anomaly, "conditionResult": 75}]
        body = {
            "name": name,
            "type": "metric_issue",
            "owner": team,
            "config": config,
            "dataSources": [COUNT],
            "conditionGroup": {"logicType": "any", "conditions": group},
        }
        made.append((await api("POST", f"{ORG}/projects/ai-gurus-lms/detectors/", body, 201))["id"])
    own = [d["id"] for d in account.store.all("detectors") if d["type"] == "error"]
    target = {"targetType": "specific", "targetIdentifier": "C1", "targetDisplay": "#ops"}
    tell = [
        {"type": "slack", "integrationId": slack, "config": target, "data": {"tags": "severity", "notes": "@here"}},
        {"type": "email", "config": {"targetType": "team", "targetIdentifier": team[5:], "targetDisplay": None}},
    ]
    tagged = {"type": "tagged_event", "comparison": {"key": "severity", "match": "eq", "value": "P0"}}
    block = {"logicType": "all", "conditions": [tagged], "actions": tell}
    trigger = {"type": "first_seen_event", "comparison": True, "conditionResult": True}
    base = {"config": {"frequency": 30}, "triggers": {"logicType": "any-short", "conditions": [trigger]}}
    await api(
        "POST", f"{ORG}/workflows/", {"name": "Both", **base, "detectorIds": [*own, *made], "enabled": False}, 201
    )
    await api("POST", f"{ORG}/workflows/", {"name": "Told", **base, "detectorIds": own, "actionFilters": [block]}, 201)
    for _ in range(2):
        await api("POST", f"{ORG}/workflows/", {"name": "Twice", **base, "detectorIds": own}, 201)
    widgets = [{**WIDGET, "queries": [QUERY], "layout": {"x": 0, "y": 0, "w": 3, "h": 2, "minH": 2}}]
    project = int(account.kept("projects", slug="ai-gurus-lms")["id"])
    await api("POST", f"{ORG}/dashboards/", {"title": "Board", "projects": [project], "widgets": widgets}, 201)
    await api("POST", f"{ORG}/dashboards/", {"title": "Empty", "period": "30d", "environment": ["production"]}, 201)
    await api("POST", f"{ORG}/dashboards/", {"title": "Twins", "widgets": [WIDGET, WIDGET]}, 201)


def fresh(account: Any, folder: Path, names: tuple[str, ...] = ()) -> Site:
    site = Site(account.harness, folder, names=set(names))
    site.desire(())
    return site


@pytest.fixture
async def filled(account: Any) -> Any:
    await fill(account)
    return account


async def test_everything_is_imported_or_skipped_with_a_reason(filled: Any, tmp_path: Path) -> None:
    imported = await fresh(filled, tmp_path / "one").imported()
    text = "".join(imported.files.values())
    spoken = text + " ".join(what for what, _ in imported.skipped)
    state = filled.app.api.state()
    for kind, name in (("keys", "name"), ("workflows", "name"), ("dashboards", "title"), ("projects", "slug")):
        assert all(o[name] in spoken for o in state[kind]), kind
    assert all(d["name"] in spoken for d in state["detectors"] if d["type"] == "metric_issue")
    reasons = {what.split(": ")[1].rpartition(" (id")[0]: why for what, why in imported.skipped}
    assert set(reasons) == {DEFAULT_ALERT, "Twice", "Twins"}
    assert "2 objects have this name" in reasons["Twice"]
    assert "new_high_priority_issue" in reasons[DEFAULT_ALERT]
    assert "widget Table (another one has its title)" in reasons["Twins"]


@pytest.mark.trap("sentry", "2, 3: tokens and secrets come in clear with every read, and reach no file")
async def test_no_secret_is_written(filled: Any, tmp_path: Path) -> None:
    imported = await fresh(filled, tmp_path / "one").imported()
    text = "".join(imported.files.values())
    kept = filled.kept("projects", slug="ai-gurus-lms")["settings"]["securityToken"]
    hidden = [kept, *(k["secret"] for k in filled.store.all("keys"))]
    assert [secret for secret in hidden if secret in text] == []
    assert list(imported.secrets) == ["SENTRY_PROJECT_AI_GURUS_LMS_SECURITYTOKEN"]


async def test_an_import_is_the_same_after_a_reset_and_an_apply(filled: Any, tmp_path: Path) -> None:
    one = fresh(filled, tmp_path / "one")
    first = await one.imported()
    filled.store.reset()
    one.names |= set(first.secrets)
    outcome = await one.apply()
    assert {r.status for r in outcome.results} == {"done"}, [r for r in outcome.results if r.status != "done"]
    assert outcome.not_converged == ()
    second = await fresh(filled, tmp_path / "two").imported()
    assert second.files == first.files
    assert json.dumps(second.secrets) == json.dumps(first.secrets)
