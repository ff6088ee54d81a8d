"""Every call of the client, and every answer of the simulator, against the vendor's OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.testing import Account, FakeClock
from reconciler.testing.conformance import Conforming, documents
from reconciler_sentry.sandbox.app import SentryApp, new_store

TOKEN = "sntrys_sandbox-0123456789abcdef"
NEEDS = {"integrations": ["slack/AI Gurus"], "actors": ["team:lms"], "teams": ["lms", "other"]}
EXCUSED = {
    "lists of detectors and alerts are paged like all others (fact sheet, section 1), which their entry leaves out": (
        r"^GET /api/0/organizations/\{organization_id_or_slug\}/(detectors|workflows)/: request: "
        r"query parameter cursor is not documented"
    ),
    "null takes a rate limit away (fact sheet, section 3)": r"/keys/\{key_id\}/: request at /rateLimit: None",
}
COUNT = {"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "timeWindow": "1h"}
MONITOR: dict[str, Any] = {
    "config": {"detectionType": "percent", "comparisonDelta": "1w"},
    "dataSources": [COUNT],
    "conditionGroup": {
        "conditions": [
            {"type": "gt", "times": 10, "conditionResult": 75},
            {"type": "lte", "times": 2, "conditionResult": 0},
        ]
    },
}
USED = {
    "GET /api/0/organizations/{organization_id_or_slug}/",
    "GET /api/0/organizations/{organization_id_or_slug}/teams/",
    "GET /api/0/organizations/{organization_id_or_slug}/members/",
    "GET /api/0/organizations/{organization_id_or_slug}/integrations/",
    "POST /api/0/teams/{organization_id_or_slug}/{team_id_or_slug}/projects/",
    "GET /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "PUT /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "DELETE /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "GET /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/filters/",
    "PUT /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/filters/{filter_id}/",
    "POST /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/teams/{team_id_or_slug}/",
    "DELETE /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/teams/{team_id_or_slug}/",
    "POST /api/0/organizations/{organization_id_or_slug}/spike-protections/",
    "DELETE /api/0/organizations/{organization_id_or_slug}/spike-protections/",
    "GET /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/",
    "POST /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/",
    "GET /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/{key_id}/",
    "PUT /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/{key_id}/",
    "DELETE /api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/{key_id}/",
    "GET /api/0/organizations/{organization_id_or_slug}/detectors/",
    "POST /api/0/organizations/{organization_id_or_slug}/projects/{project_id_or_slug}/detectors/",
    "GET /api/0/organizations/{organization_id_or_slug}/detectors/{detector_id}/",
    "PUT /api/0/organizations/{organization_id_or_slug}/detectors/{detector_id}/",
    "DELETE /api/0/organizations/{organization_id_or_slug}/detectors/{detector_id}/",
    "GET /api/0/organizations/{organization_id_or_slug}/workflows/",
    "POST /api/0/organizations/{organization_id_or_slug}/workflows/",
    "GET /api/0/organizations/{organization_id_or_slug}/workflows/{workflow_id}/",
    "PUT /api/0/organizations/{organization_id_or_slug}/workflows/{workflow_id}/",
    "DELETE /api/0/organizations/{organization_id_or_slug}/workflows/{workflow_id}/",
    "GET /api/0/organizations/{organization_id_or_slug}/dashboards/",
    "POST /api/0/organizations/{organization_id_or_slug}/dashboards/",
    "GET /api/0/organizations/{organization_id_or_slug}/dashboards/{dashboard_id}/",
    "PUT /api/0/organizations/{organization_id_or_slug}/dashboards/{dashboard_id}/",
    "DELETE /api/0/organizations/{organization_id_or_slug}/dashboards/{dashboard_id}/",
}


AS_LISTED = re.compile(r"/(detectors|workflows|dashboards)/")
FREE = ("data", "filters", "thresholds")


class AsListed(httpx.AsyncBaseTransport):
    """Spells bodies as the document lists them, in snake_case, where the wire is camelCase (fact sheet, section 1).

    So that they are checked at all: a property in the other spelling is one more that the document does not know.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        if content and AS_LISTED.search(request.url.path):
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            body = json.dumps(snake(json.loads(content)))
            request = httpx.Request(request.method, request.url, headers=headers, content=body)
        return await self.inner.handle_async_request(request)


def snake(value: Any) -> Any:
    if isinstance(value, dict):
        spelt = {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower(): name for name in value}
        return {new: value[old] if old in FREE else snake(value[old]) for new, old in spelt.items()}
    return [snake(v) for v in value] if isinstance(value, list) else value


@pytest.fixture
async def watched(on_simulator: Any) -> AsyncIterator[tuple[Account, Conforming]]:
    """Yield an organisation without a project, everything that passes being checked."""
    clock = FakeClock()
    app = SentryApp(new_store(project=None, now=clock.now, needs=NEEDS), TOKEN)
    app.store.page_size = 1
    wire = Conforming(httpx.ASGITransport(app), documents("sentry.json", beside=Path(__file__)), excused=EXCUSED)
    harness = on_simulator(app, clock)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with Account.open(harness, base_url="https://us.sentry.io/api/0", headers=headers) as account:
        account.wire.inner = AsListed(wire)
        yield account, wire


@pytest.mark.trap("sentry", "1: there is no PATCH: every update is a PUT")
@pytest.mark.trap("sentry", "6: what lists channels and checks one is no public API, and is not used")
async def test_every_call_and_every_answer_is_as_documented(watched: tuple[Account, Conforming]) -> None:
    account, wire = watched
    await everything(account)
    assert wire.problems == []
    assert wire.seen == USED
    assert wire.used == set(EXCUSED), "an excuse that nothing needs"


async def everything(account: Account) -> None:
    """Use every operation there is."""
    provider = account.provider
    await provider.whoami()
    named = {
        kind: {o.name: o.id async for o in provider.externals(kind)} for kind in ("teams", "actors", "integrations")
    }
    teams = named["teams"]
    project = await account.create(
        "sentry_project", "ai-gurus-lms", {"teams": [teams["lms"]], "name": "LMS", "platform": "python"}
    )
    settings: dict[str, Any] = {
        "teams": [teams["other"]],
        "resolveAge": 24,
        "filters": {"localhost": True, "legacy-browsers": ["ie"]},
        "options": {"filters:chunk-load-error": False},
        "highlightTags": ["severity"],
        "subjectPrefix": "[lms] ",
        "spikeProtection": False,
    }
    project = await account.update(project, settings, settings)
    await account.update(project, {"spikeProtection": True}, ["spikeProtection"])
    key = await account.create("client_keys", "k", {"rateLimit": {"window": 60, "count": 5}})
    key = await account.update(key, {"isActive": False, "rateLimit": None}, ["isActive", "rateLimit"])
    owner = named["actors"]["team:lms"]
    monitor = await account.create("metric_monitors", "m", {**MONITOR, "owner": owner, "description": "why"})
    monitor = await account.update(monitor, {**MONITOR, "enabled": False}, ["enabled"])
    slack = {"type": "slack", "integration": named["integrations"]["slack/AI Gurus"]}
    block = {
        "logicType": "all",
        "conditions": [
            {"type": "tagged_event", "comparison": {"key": "severity", "match": "eq", "value": "P0"}},
            {"type": "issue_priority_greater_or_equal", "comparison": 75},
        ],
        "actions": [{**slack, "config": {"targetDisplay": "#ops"}}, {"type": "email", "to": owner}],
    }
    wanted = {
        "owner": owner,
        "project_monitors": ["error"],
        "metric_monitors": [monitor.id],
        "triggers": {"conditions": [{"type": "first_seen_event"}]},
        "config": {"frequency": 5},
        "actionFilters": [block],
    }
    alert = await account.create("alerts", "a", wanted)
    alert = await account.update(alert, {**wanted, "environment": "production"}, ["environment"])
    widget = {"title": "T", "displayType": "line", "queries": [{"aggregates": ["count()"]}]}
    shown = {
        "projects": [project.id],
        "widgets": [widget],
        "permissions": {"isEditableByEveryone": False},
        "environment": ["production"],
        "period": "7d",
    }
    board = await account.create("dashboards", "d", shown)
    board = await account.update(board, {**shown, "period": "30d"}, ["period"])
    await account.create("dashboards", "second", {})
    await account.create("metric_monitors", "second", {**MONITOR, "name": "second"})
    await account.create("alerts", "second", {"config": {"frequency": 5}, "project_monitors": ["error"]})
    for collection in ("sentry_project", "client_keys", "metric_monitors", "alerts", "dashboards"):
        assert [live async for live in provider.list(collection)]
    for live in (board, alert, monitor, key, project):
        await provider.delete(live)
