"""The kinds of the simulated API, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler_betterstack.sandbox.schema import (
    ALERTING,
    EXPIRY,
    MARKED,
    MONITOR_TYPES,
    REFERENCE,
    REGIONS,
    ROW_TYPES,
    TEXT,
    WHOLE,
    Attribute,
    Schema,
    flag,
    one_of,
)

GROUP = {"name": Attribute("string"), "sort_index": WHOLE}

MONITOR = Schema(
    "monitors",
    "/api/v2/monitors",
    "monitor",
    {
        **ALERTING,
        "url": TEXT,
        "pronounceable_name": TEXT,
        "monitor_type": one_of(*MONITOR_TYPES),
        "expected_status_codes": Attribute("integers", []),
        "required_keyword": TEXT,
        "port": TEXT,
        "check_frequency": one_of(30, 45, 60, 120, 180, 300, 600, 900, 1800, default=180),
        "confirmation_period": one_of(0, 5, 10, 15, 30, 60, 120, 180, 300, default=0),
        "recovery_period": one_of(0, 60, 180, 300, 900, 1800, 3600, 7200, default=180),
        "request_timeout": WHOLE,
        "regions": Attribute("strings", list(REGIONS), values=REGIONS),
        "ssl_expiration": EXPIRY,
        "domain_expiration": EXPIRY,
        "expiration_policy_id": REFERENCE,
        "monitor_group_id": REFERENCE,
        "verify_ssl": flag(True),
        "follow_redirects": flag(True),
        "remember_cookies": flag(True),
        "http_method": one_of("GET", "HEAD", "POST", "PUT", "PATCH", default="GET"),
        "request_body": TEXT,
        "request_headers": Attribute("objects", []),
        "auth_username": TEXT,
        "auth_password": Attribute("string", null=True, write_only=True),
        "proxy_host": TEXT,
        "proxy_port": Attribute("integer", null=True, least=1, most=65535),
        "ip_version": one_of("ipv4", "ipv6", null=True),
        "playwright_script": TEXT,
        "scenario_name": TEXT,
        "environment_variables": Attribute("object", {}),
    },
    required=("monitor_type",),
    identity="pronounceable_name",
    filters=("url", "pronounceable_name"),
    created_type="endpoint",
)
MONITOR_GROUP = Schema(
    "monitor_groups", "/api/v2/monitor-groups", "monitor_group", {**GROUP, "paused": flag()}, required=("name",)
)
HEARTBEAT = Schema(
    "heartbeats",
    "/api/v2/heartbeats",
    "heartbeat",
    {
        **ALERTING,
        "name": Attribute("string"),
        "period": Attribute("integer", least=30),
        "grace": Attribute("integer", least=0),
        "server_timezone": TEXT,
        "heartbeat_group_id": REFERENCE,
        "sort_index": WHOLE,
    },
    required=("name", "period", "grace"),
)
HEARTBEAT_GROUP = Schema(
    "heartbeat_groups", "/api/v2/heartbeat-groups", "heartbeat_group", {**GROUP, "paused": flag()}, required=("name",)
)
POLICY = Schema(
    "policies",
    "/api/v3/policies",
    "policy",
    {
        "name": Attribute("string"),
        "repeat_count": Attribute("integer", 0, least=0),
        "repeat_delay": Attribute("integer", 0, least=0),
        "fallback_policy_id": REFERENCE,
        "policy_group_id": REFERENCE,
        "steps": Attribute("objects", []),
        "incident_token": Attribute("string", read_only=True),
    },
    required=("name",),
    unique=True,
    moments=False,
)
URGENCY = Schema(
    "urgencies",
    "/api/v2/urgencies",
    "urgency",
    {
        "name": Attribute("string"),
        "call": flag(),
        "sms": flag(),
        "email": flag(True),
        "push": flag(True),
        "critical_alert": flag(),
        "urgency_group_id": REFERENCE,
    },
    required=("name",),
    moments=False,
)
PAGE = Schema(
    "status_pages",
    "/api/v2/status-pages",
    "status_page",
    {
        "company_name": Attribute("string"),
        "company_url": Attribute("string"),
        "subdomain": Attribute("string", pattern=r"^[a-z0-9-]+$"),
        "timezone": Attribute("string", zone=True),
        "custom_domain": TEXT,
        "contact_url": TEXT,
        "history": Attribute("integer", 90, least=7, most=365),
        "min_incident_length": Attribute("integer", null=True, least=0),
        "subscribable": flag(),
        "published": flag(True),
        "hide_from_search_engines": flag(),
        "design": one_of("v1", "v2", default="v1"),
        "theme": one_of("light", "dark", default="light"),
        "layout": one_of("vertical", "horizontal", default="vertical"),
        "automatic_reports": flag(),
        "announcement": TEXT,
        "announcement_embed_visible": flag(),
        "announcement_embed_link": TEXT,
        "announcement_embed_css": TEXT,
        "navigation_links": Attribute("objects", [], most=4),
        "custom_css": TEXT,
        "custom_javascript": TEXT,
        "google_analytics_id": TEXT,
        "whitelabeled": flag(),
        "ip_allowlist": Attribute("strings", []),
        "password_enabled": flag(),
        "password": Attribute("string", null=True, write_only=True),
        "require_sso": flag(),
        "status_page_group_id": REFERENCE,
        "logo_remote_url": TEXT,
        "dark_logo_remote_url": TEXT,
    },
    required=("company_name", "company_url", "subdomain", "timezone"),
    identity="subdomain",
    unique=True,
    team=False,
)
SECTION = Schema(
    "sections",
    "",
    "status_page_section",
    {
        "name": Attribute("string", "", null=True),
        "position": Attribute("integer", least=0),
        "fixed_position": Attribute("boolean", False, write_only=True),
    },
    team=False,
    moments=False,
)
ROW = Schema(
    "resources",
    "",
    "status_page_resource",
    {
        "status_page_section_id": REFERENCE,
        "resource_id": REFERENCE,
        "resource_type": one_of(*ROW_TYPES),
        "public_name": Attribute("string"),
        "explanation": Attribute("string", ""),
        "history": flag(True),
        "position": Attribute("integer", least=0),
        "fixed_position": Attribute("boolean", False, write_only=True),
        "widget_type": one_of("plain", "history", "intraday_history", "response_times", default="history"),
        "mark_as_down_for": one_of(*MARKED, default="any_incident"),
        "mark_as_down_metadata_rule": Attribute("object", null=True),
        "mark_as_degraded_for": one_of(*MARKED, default="no_incident"),
        "mark_as_degraded_metadata_rule": Attribute("object", null=True),
    },
    required=("resource_type", "public_name"),
    identity="public_name",
    team=False,
    moments=False,
)
SLACK = Schema(
    "slack_integrations",
    "/api/v2/slack-integrations",
    "slack_integration",
    {
        name: Attribute("boolean" if name.startswith("no") or name.startswith("on") else "string", read_only=True)
        for name in (
            [
                "slack_team_id",
                "slack_team_name",
                "slack_channel_id",
                "slack_channel_name",
                "slack_status",
                "integration_type",
                "on_call_notifications",
                "notify_alongside_primary_responder",
            ]
        )
    },
    moments=False,
)
WEBHOOK = Schema(
    "outgoing_webhooks",
    "/api/v2/outgoing-webhooks",
    "outgoing_webhook",
    {
        "name": TEXT,
        "url": Attribute("string"),
        "trigger_type": one_of("incident_change", "on_call_change", "monitor_change"),
        **{
            f"on_incident_{moment}": flag() for moment in ("started", "acknowledged", "resolved", "reopened", "comment")
        },
        "notify_alongside_primary_responder": flag(True),
        "custom_webhook_template_attributes": Attribute("object", null=True),
    },
    required=("url", "trigger_type"),
    moments=False,
)


def _group(kind: str, path: str, type_: str) -> Schema:
    return Schema(kind, f"/api/v2/{path}", type_, dict(GROUP), required=("name",))


CALENDAR = Schema(
    "on_calls",
    "/api/v2/on-calls",
    "on_call_calendar",
    {"name": Attribute("string"), "default_calendar": Attribute("boolean", False, read_only=True)},
    required=("name",),
    moments=False,
)
TOP: Mapping[str, Schema] = {
    schema.kind: schema
    for schema in (
        MONITOR,
        MONITOR_GROUP,
        HEARTBEAT,
        HEARTBEAT_GROUP,
        POLICY,
        URGENCY,
        PAGE,
        CALENDAR,
        SLACK,
        WEBHOOK,
        _group("policy_groups", "policy-groups", "policy_group"),
        _group("urgency_groups", "urgency-groups", "urgency_group"),
        _group("status_page_groups", "status-page-groups", "status_page_group"),
    )
}
READ_ONLY = frozenset({"slack_integrations"})
