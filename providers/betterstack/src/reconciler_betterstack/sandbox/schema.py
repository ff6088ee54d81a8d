"""What the simulated API accepts: the fields of every kind, their types, values and defaults.

Written down from the vendor's API documents and its Terraform provider 0.21.10, not from what our client sends. Where
they say nothing about a default, one is chosen here; the reference page lists those. Value lists that the vendor does
not publish (check_frequency and the like) are enforced as users reported them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal["string", "integer", "boolean", "strings", "integers", "objects", "object", "reference"]


@dataclass(frozen=True)
class Attribute:
    """One attribute. `null`: null is accepted; `write_only`: never returned; `read_only`: refused on write."""

    type: FieldType
    default: Any = None
    values: tuple[Any, ...] = ()
    null: bool = False
    least: int | None = None
    most: int | None = None
    pattern: str = ""
    zone: bool = False
    write_only: bool = False
    read_only: bool = False
    text: bool = False  # a reference that is sent and returned as a string


@dataclass(frozen=True)
class Schema:
    """One kind: where it is served, what its payloads call it, its attributes, and what a create must have."""

    kind: str
    path: str
    type: str
    attributes: Mapping[str, Attribute]
    required: tuple[str, ...] = ()
    identity: str = "name"
    unique: bool = False
    filters: tuple[str, ...] = ()
    per_page: int = 50
    most_per_page: int = 250
    team: bool = True
    created_type: str = ""
    moments: bool = True  # has created_at and updated_at


TEXT = Attribute("string", null=True)
WHOLE = Attribute("integer", null=True)
REFERENCE = Attribute("reference", null=True)
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
MINUTES = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REGIONS = ("us", "eu", "as", "au")


def flag(default: bool = False) -> Attribute:
    """Return a boolean attribute."""
    return Attribute("boolean", default)


def one_of(*values: Any, default: Any = None, null: bool = False) -> Attribute:
    """Return an attribute with a closed list of values."""
    kind: FieldType = "integer" if isinstance(values[0], int) else "string"
    return Attribute(kind, default, values=values, null=null)


ALERTING: Mapping[str, Attribute] = {
    "policy_id": Attribute("reference", null=True, text=True),
    "call": flag(),
    "sms": flag(),
    "email": flag(True),
    "push": flag(True),
    "critical_alert": flag(),
    "team_wait": Attribute("integer", null=True, least=0),
    "paused": Attribute("boolean", False, write_only=True),
    "maintenance_from": Attribute("string", null=True, pattern=CLOCK),
    "maintenance_to": Attribute("string", null=True, pattern=CLOCK),
    "maintenance_timezone": Attribute("string", "UTC", zone=True),
    "maintenance_days": Attribute("strings", list(DAYS), values=DAYS),
}
EXPIRY = one_of(1, 2, 3, 7, 14, 30, 60, null=True)
MONITOR_TYPES = [
    "status",
    "expected_status_code",
    "keyword",
    "keyword_absence",
    "ping",
    "tcp",
    "udp",
    "smtp",
    "pop",
    "imap",
    "dns",
    "playwright",
]
METADATA_TYPES = [
    "String",
    "User",
    "Team",
    "Policy",
    "Schedule",
    "SlackIntegration",
    "LinearIntegration",
    "JiraIntegration",
    "MicrosoftTeamsWebhook",
    "ZapierWebhook",
    "NativeWebhook",
    "PagerDutyWebhook",
]
STEP_TYPES = ("escalation", "time_branching", "metadata_branching", "instructions")
MEMBERS_WITHOUT_ID = [
    "current_on_call",
    "entire_team",
    "all_slack_integrations",
    "all_microsoft_teams_integrations",
    "all_zapier_integrations",
    "all_webhook_integrations",
    "all_splunk_on_call_integrations",
    "incident_metadata",
]
MEMBERS_WITH_ID = [
    "user",
    "webhook",
    "slack_integration",
    "microsoft_teams_integration",
    "zapier_webhook",
    "pagerduty_integration",
    "policy",
]
ROW_TYPES = [
    "ManuallyTrackedItem",
    "Monitor",
    "MonitorGroup",
    "Heartbeat",
    "HeartbeatGroup",
    "WebhookIntegration",
    "EmailIntegration",
    "IncomingWebhook",
    "ResourceGroup",
    "LogsChart",
    "CatalogReference",
]
MARKED = ("no_incident", "any_incident", "incident_matching_metadata")
