"""What Sentry makes by itself: a project's key, its detectors, and an alert that nobody asked for."""

from __future__ import annotations

import copy
from typing import Any

from reconciler_sentry.sandbox.settings import FILTERS, OPTIONS, SETTINGS
from reconciler_sentry.sandbox.store import BIRTH, Object, Store, stamp

TYPES = {"error": "Error Monitor", "issue_stream": "Issue Stream"}
DEFAULT_ALERT = "Send a notification for high priority issues"


def new_project(
    store: Store,
    name: str,
    slug: str,
    teams: list[str],
    *,
    platform: str | None = None,
    default_rules: bool = True,
    at_once: bool = False,
) -> Object:
    """Return a new project with its key; its detectors come a moment later, unless `at_once`.

    With `default_rules` there is an alert on every high-priority issue too.
    """
    made = store.add(
        "projects",
        {
            "slug": slug,
            "name": name,
            "platform": platform,
            "teamIds": teams,
            "settings": {**copy.deepcopy(dict(SETTINGS)), "securityToken": store.made_up(f"token of {slug}")},
            "options": dict(OPTIONS),
            "filters": copy.deepcopy(dict(FILTERS)),
            "ownership": {
                "raw": None,
                "fallthrough": False,
                "dateCreated": None,
                "lastUpdated": None,
                "isActive": True,
                "autoAssignment": "Auto Assign to Issue Owner",
                "codeownersAutoSync": True,
                "schema": None,
            },
        },
    )
    new_key(store, made, {"name": "Default"})
    born = store.now() if at_once else store.now() + BIRTH
    detectors = [
        store.add("detectors", {**detector(made["id"], kind, title), "_born": stamp(born)})
        for kind, title in TYPES.items()
    ]
    if default_rules:
        store.add("workflows", default_alert(store, detectors[0]["id"]))
    return made


def detector(project_id: str, kind: str, name: str) -> dict[str, Any]:
    """Return a detector without a data source, as Sentry makes them."""
    return {
        "projectId": project_id,
        "name": name,
        "type": kind,
        "description": None,
        "owner": None,
        "dataSources": None,
        "conditionGroup": None,
        "config": {},
        "enabled": True,
    }


def migrated_monitor(store: Store, project_id: str, name: str, **query: Any) -> Object:
    """Return a metric monitor that was a metric rule: it holds what no request may bring, `query` in its query."""
    new, group = store.new_id, {"id": store.new_id(), "organizationId": "4507", "logicType": "any", "actions": []}
    thresholds = [{"type": "gt", "comparison": 10, "conditionResult": 75}, {"type": "lte", "comparison": 5}]
    conditions = [{"id": new(), "conditionResult": 0, **condition} for condition in thresholds]
    inner = {
        "id": new(),
        "dataset": "events_analytics_platform",
        "query": "",
        "aggregate": "count(span.duration)",
        "timeWindow": 3600,
        "environment": "production",
        "eventTypes": ["trace_item_span"],
        "extrapolationMode": "server_weighted",
        **query,
    }
    subscription = {"id": new(), "status": 0, "subscription": None, "snubaQuery": inner}
    source = {"id": new(), "organizationId": "4507", "sourceId": new(), "queryObj": subscription}
    return store.add(
        "detectors",
        {
            **detector(project_id, "metric_issue", name),
            "config": {"detectionType": "static", "comparisonDelta": None},
            "dataSources": [{**source, "type": "snuba_query_subscription"}],
            "conditionGroup": {**group, "conditions": conditions},
        },
    )


def new_key(store: Store, project: Object, fields: dict[str, Any]) -> Object:
    """Return a new client key of a project."""
    number = len(store.objects["keys"])
    public = store.made_up(f"public key {project['id']} {number} {store.new_id()}")
    return store.add(
        "keys",
        {
            "projectId": int(project["id"]),
            "secret": store.made_up(f"secret key {public}"),
            "name": "Liked Pegasus",
            "isActive": True,
            "rateLimit": None,
            "useCase": "user",
            "browserSdkVersion": "latest",
            "dynamicSdkLoaderOptions": {
                "hasReplay": True,
                "hasPerformance": True,
                "hasDebug": False,
                "hasFeedback": False,
                "hasLogsAndMetrics": False,
            },
            **fields,
        },
        live_id=public,
    )


def default_alert(store: Store, detector_id: str) -> dict[str, Any]:
    """Return the alert of a new project, in the form into which Sentry migrated its rules."""
    kinds = ("new_high_priority_issue", "existing_high_priority_issue")
    conditions = [{"id": store.new_id(), "type": k, "comparison": True, "conditionResult": True} for k in kinds]
    action = {
        "id": store.new_id(),
        "type": "email",
        "integrationId": None,
        "data": {"fallthroughType": "ActiveMembers"},
        "config": {"targetType": "issue_owners", "targetIdentifier": None, "targetDisplay": None},
        "status": "active",
    }
    return {
        "name": DEFAULT_ALERT,
        "enabled": True,
        "environment": None,
        "owner": None,
        "detectorIds": [detector_id],
        "config": {"frequency": 30},
        "triggers": {"id": store.new_id(), "logicType": "any-short", "conditions": conditions, "actions": []},
        "actionFilters": [{"id": store.new_id(), "logicType": "all", "conditions": [], "actions": [action]}],
    }
