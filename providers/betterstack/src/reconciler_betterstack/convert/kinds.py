"""The table of kinds: for each collection its path, its model, and the fields that are not plain copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler import Live, ProtocolError, SecretValue
from reconciler_betterstack.convert import checks, policies
from reconciler_betterstack.convert.fields import Attributes, Codec, Reference, id_text, secret, set_of
from reconciler_betterstack.models import (
    Escalation,
    Heartbeat,
    HeartbeatGroup,
    Monitor,
    MonitorGroup,
    StatusPage,
    Urgency,
)

_CHANNELS = {flag: checks.unless_overridden(flag) for flag in checks.POLICY_OVERRIDES}


CODECS = (
    Codec(
        "urgencies",
        Urgency,
        "/api/v2/urgencies",
        references={"urgency_group": Reference("urgency_group_id")},
        whole=("name", "call", "sms", "email", "push", "critical_alert"),
    ),
    Codec(
        "escalations",
        Escalation,
        "/api/v3/policies",
        references={
            "fallback_policy": Reference("fallback_policy_id"),
            "policy_group": Reference("policy_group_id"),
        },
        readers={"steps": policies.steps},
        writers={"steps": policies.steps_sent},
        outputs={"incident_token": "incident token"},  # nosec B105  # what it is called
    ),
    Codec("monitor_groups", MonitorGroup, "/api/v2/monitor-groups", shown_as="MonitorGroup"),
    Codec("heartbeat_groups", HeartbeatGroup, "/api/v2/heartbeat-groups", shown_as="HeartbeatGroup"),
    Codec(
        "monitors",
        Monitor,
        "/api/v2/monitors",
        references={
            "policy": Reference("policy_id", integer=False),
            "expiration_policy": Reference("expiration_policy_id"),
            "monitor_group": Reference("monitor_group_id"),
        },
        readers={
            **_CHANNELS,
            "paused": checks.paused,
            "http_method": checks.http_method,
            "port": checks.port,
            "regions": set_of("regions"),
            "maintenance_days": set_of("maintenance_days"),
            "expected_status_codes": checks.only_for("expected_status_code", "expected_status_codes"),
            "playwright_script": checks.only_for("playwright", "playwright_script"),
            "scenario_name": checks.only_for("playwright", "scenario_name"),
            "request_headers": checks.request_headers,
            "auth_username": secret("auth_username"),
            "proxy_host": secret("proxy_host"),
            "environment_variables": checks.environment_variables,
        },
        shown_as="Monitor",
        private=checks.header_records,
    ),
    Codec(
        "heartbeats",
        Heartbeat,
        "/api/v2/heartbeats",
        references={
            "policy": Reference("policy_id", integer=False, clear=""),
            "heartbeat_group": Reference("heartbeat_group_id"),
        },
        readers={**_CHANNELS, "paused": checks.paused, "maintenance_days": set_of("maintenance_days")},
        clear={"server_timezone": ""},
        outputs={"url": "heartbeat address"},
        shown_as="Heartbeat",
        pending=checks.heartbeat_pending,
        private=checks.header_records,
    ),
    Codec(
        "status_pages",
        StatusPage,
        "/api/v2/status-pages",
        references={"status_page_group": Reference("status_page_group_id")},
        clear={"custom_domain": "", "password": ""},  # nosec B105  # what removes one
        apart=frozenset({"sections"}),
        team=False,
    ),
)
KINDS: Mapping[str, Codec] = {codec.collection: codec for codec in CODECS}

EXTERNALS: Mapping[str, tuple[str, str]] = {
    "slack_channels": ("/api/v2/slack-integrations", "slack_channel_name"),
    "on_call_calendars": ("/api/v2/on-calls", "name"),
    "policy_groups": ("/api/v2/policy-groups", "name"),
    "urgency_groups": ("/api/v2/urgency-groups", "name"),
    "status_page_groups": ("/api/v2/status-page-groups", "name"),
}
"""Things we refer to by name and do not manage: the listing, and the attribute that holds the name."""


def attributes_of(item: Any) -> Attributes:
    """Return the attributes of a JSON:API object. Raises ProtocolError when it is none."""
    if isinstance(item, Mapping) and id_text(item.get("id")) and isinstance(item.get("attributes"), Mapping):
        attributes: Attributes = item["attributes"]
        return attributes
    raise ProtocolError(
        "Better Stack sent an object without id or attributes; nothing of this answer is used",
        fix="run it again; if it stays so, the API has changed",
    )


def live_of(codec: Codec, item: Any, now: datetime, *, more: Mapping[str, Any] | None = None) -> Live:
    """Return a payload as a live object. `more` holds values that take calls of their own.

    The `type` of a payload is not looked at: the reply to the creation of a monitor says `endpoint`.
    """
    attributes = attributes_of(item)
    name = str(attributes.get(codec.model.identity[0]) or "")
    outputs = {
        output: SecretValue(str(attributes[output]), label)
        for output, label in codec.outputs.items()
        if attributes.get(output)
    }
    return Live(
        kind=codec.collection,
        id=str(item["id"]),
        identity=(name,),
        values={**codec.values(attributes), **(more or {})},
        outputs=outputs,
        name=name,
        pending=codec.pending(attributes, now),
        created_at=checks.moment(attributes.get("created_at")),
        private=codec.private(attributes),
    )


def external_name(kind: str, attributes: Attributes) -> str:
    """Return the name by which an unmanaged object is referred to; "" for one that cannot be.

    A Slack channel has its `#`, and counts only while its connection is active.
    """
    name = str(attributes.get(EXTERNALS[kind][1]) or "")
    if name and kind == "slack_channels":
        name = f"#{name.lstrip('#')}" if attributes.get("slack_status", "active") == "active" else ""
    return name


def error_text(body: Any) -> str:
    """Return what the API says in an error: `errors` is a text, a list, or texts by field (`base` for none)."""
    errors = body.get("errors", body.get("error")) if isinstance(body, Mapping) else None
    if isinstance(errors, Mapping):
        return "; ".join(_of_field(str(name), texts) for name, texts in errors.items())
    return _joined(errors)


def _of_field(name: str, texts: Any) -> str:
    return _joined(texts) if name == "base" else f"{name} {_joined(texts)}"


def _joined(texts: Any) -> str:
    if isinstance(texts, list):
        return ", ".join(str(t) for t in texts)
    return "" if texts is None else str(texts)
