"""What a user of Sentry writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

COUNT = {"aggregate": "count()", "dataset": "events", "eventTypes": ["error", "default"], "timeWindow": "1h"}
P95 = {
    "aggregate": "p95(span.duration)",
    "dataset": "events_analytics_platform",
    "query": "span.op:http.server",
    "eventTypes": ["trace_item_span"],
    "timeWindow": 300,
    "environment": "production",
}
LINE = {"aggregates": ["count()"], "columns": ["transaction"], "orderby": "-count()", "conditions": "level:error"}

SAMPLES = (
    Sample(
        "sentry_project/shop",
        {
            "slug": "shop",
            "name": "Shop",
            "platform": "javascript-nextjs",
            "teams": ["lms"],
            "dataScrubber": True,
            "scrubIPAddresses": True,
            "sensitiveFields": ["password", "Passwort"],
            "safeFields": [],
            "relayPiiConfig": '{"applications": {"$message": ["@ip"]}, "rules": {}}',
            "allowedDomains": ["shop.example.com", "www.example.com"],
            "resolveAge": "1d",
            "digestsMinDelay": "5m",
            "digestsMaxDelay": "1h",
            "securityToken": {"secret": "FETCH_TOKEN"},
            "highlightContext": {"user": ["email"]},
            "filters": {"localhost": True, "legacy-browsers": ["ie", "opera"]},
            "options": {"filters:blacklisted_ips": ["10.0.0.1", "2001:DB8::1"], "filters:chunk-load-error": True},
            "spikeProtection": False,
        },
        {
            "slug": "shop",
            "name": "The shop",
            "platform": "javascript-nextjs",
            "teams": ["lms", "other"],
            "dataScrubber": False,
            "scrubIPAddresses": True,
            "sensitiveFields": ["password", "iban"],
            "safeFields": ["order"],
            "relayPiiConfig": None,
            "allowedDomains": ["*"],
            "resolveAge": None,
            "digestsMinDelay": "1m",
            "digestsMaxDelay": "1h",
            "securityToken": {"secret": "FETCH_TOKEN_2"},
            "securityTokenHeader": "X-Fetch",
            "subjectPrefix": "[shop] ",
            "defaultEnvironment": "production",
            "highlightContext": {"user": ["email", "id"]},
            "filters": {"localhost": False, "legacy-browsers": [], "web-crawlers": False},
            "options": {"filters:blacklisted_ips": [], "filters:chunk-load-error": False},
            "spikeProtection": True,
        },
        single=True,
    ),
    Sample(
        "client_keys/browser",
        {
            "name": "Browser",
            "project": "shop",
            "isActive": False,
            "rateLimit": {"window": "1h", "count": 1000},
            "browserSdkVersion": "7.x",
            "dynamicSdkLoaderOptions": {"hasReplay": False},
        },
        {
            "name": "Browser",
            "project": "shop",
            "isActive": True,
            "rateLimit": None,
            "browserSdkVersion": "latest",
            "dynamicSdkLoaderOptions": {"hasReplay": True, "hasDebug": True},
        },
    ),
    Sample(
        "metric_monitors/spike",
        {
            "name": "Error spike",
            "project": "shop",
            "description": "Ten times as many errors as a week before",
            "owner": "team:lms",
            "config": {"detectionType": "percent", "comparisonDelta": "1w"},
            "dataSources": [COUNT],
            "conditionGroup": {
                "conditions": [
                    {"type": "gt", "times": 10, "conditionResult": 75},
                    {"type": "lte", "times": 2, "conditionResult": 0},
                ]
            },
        },
        {
            "name": "Error spike",
            "project": "shop",
            "description": None,
            "owner": "user:ops@example.com",
            "enabled": False,
            "config": {"detectionType": "static"},
            "dataSources": [{**COUNT, "query": "level:fatal", "environment": "production"}],
            "conditionGroup": {
                "conditions": [
                    {"type": "gt", "comparison": 100, "conditionResult": 75},
                    {"type": "gt", "comparison": 50.5, "conditionResult": 50},
                    {"type": "lte", "comparison": 50.5, "conditionResult": 0},
                ]
            },
        },
    ),
    Sample(
        "metric_monitors/odd",
        {
            "name": "Odd durations",
            "project": "shop",
            "config": {"detectionType": "dynamic"},
            "dataSources": [P95],
            "conditionGroup": {
                "conditions": [
                    {
                        "type": "anomaly_detection",
                        "comparison": {"seasonality": "auto", "sensitivity": "low", "thresholdType": 0},
                        "conditionResult": 75,
                    }
                ]
            },
        },
    ),
    Sample(
        "alerts/critical",
        {
            "name": "Critical",
            "environment": "production",
            "owner": "team:lms",
            "project_monitors": ["error"],
            "metric_monitors": ["spike"],
            "triggers": {"conditions": [{"type": "first_seen_event"}, {"type": "regression_event"}]},
            "config": {"frequency": "1h"},
            "actionFilters": [
                {
                    "logicType": "all",
                    "conditions": [
                        {"type": "tagged_event", "comparison": {"key": "severity", "match": "eq", "value": "P0"}},
                        {"type": "latest_release"},
                    ],
                    "actions": [
                        {
                            "type": "slack",
                            "integration": "slack/AI Gurus",
                            "config": {"targetDisplay": "#alerts-prod"},
                            "data": {"tags": "severity,route"},
                        },
                        {"type": "email", "to": "issue_owners", "data": {"fallthroughType": "AllMembers"}},
                    ],
                }
            ],
        },
        {
            "name": "Critical",
            "environment": None,
            "owner": None,
            "enabled": False,
            "project_monitors": ["error", "issue_stream"],
            "metric_monitors": ["odd"],
            "triggers": {"conditions": [{"type": "reappeared_event"}, {"type": "first_seen_event"}]},
            "config": {"frequency": 5},
            "actionFilters": [
                {
                    "logicType": "any",
                    "conditions": [{"type": "issue_priority_greater_or_equal", "comparison": 75}],
                    "actions": [
                        {
                            "type": "pagerduty",
                            "integration": "pagerduty/On call",
                            "config": {"targetDisplay": "LMS", "targetIdentifier": "77"},
                            "data": {"priority": "critical"},
                        }
                    ],
                },
                {
                    "logicType": "all",
                    "conditions": [
                        {"type": "tagged_event", "comparison": {"key": "severity", "match": "eq", "value": "P1"}}
                    ],
                    "actions": [
                        {
                            "type": "slack",
                            "integration": "slack/AI Gurus",
                            "config": {"targetDisplay": "alerts-prod", "targetIdentifier": "C0123"},
                        },
                        {"type": "email", "to": "user:ops@example.com"},
                    ],
                },
            ],
        },
    ),
    Sample(
        "dashboards/errors",
        {
            "title": "Errors",
            "projects": ["shop"],
            "environment": ["production"],
            "period": "24h",
            "permissions": {"isEditableByEveryone": False},
            "widgets": [
                {
                    "title": "By page",
                    "displayType": "table",
                    "widgetType": "error-events",
                    "queries": [LINE],
                    "limit": 10,
                    "layout": {"x": 0, "y": 0, "w": 4, "h": 2, "minH": 2},
                },
                {"title": "Trend", "displayType": "line", "queries": [{"aggregates": ["count()"]}]},
            ],
        },
        {
            "title": "Errors",
            "projects": [],
            "environment": [],
            "period": "7d",
            "permissions": {"isEditableByEveryone": True},
            "widgets": [
                {"title": "New", "displayType": "big_number", "queries": [{"aggregates": ["count()"]}]},
                {
                    "title": "By page",
                    "displayType": "table",
                    "widgetType": "error-events",
                    "queries": [{**LINE, "conditions": ""}],
                    "limit": 5,
                },
            ],
        },
    ),
)
