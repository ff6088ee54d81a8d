"""Escalation policies and the urgencies (severities) they use. API v3 for policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler import (
    Address,
    AtLeastOne,
    Essential,
    External,
    Handle,
    ListOf,
    NotBoth,
    OnlyIf,
    OutputField,
    Part,
    ProviderSettings,
    RefTo,
    Removal,
    RequiredIf,
    ServerDefault,
    SetOf,
)
from reconciler import Live as Live
from reconciler_betterstack.models.common import BetterStackKind, ChannelName, Day, HourMinute, NotNegative
from reconciler_betterstack.timezones import RailsZone

MemberType = Literal[
    "current_on_call",
    "entire_team",
    "all_slack_integrations",
    "all_microsoft_teams_integrations",
    "all_zapier_integrations",
    "all_webhook_integrations",
    "all_splunk_on_call_integrations",
    "incident_metadata",
    "user",
    "webhook",
    "slack_integration",
    "microsoft_teams_integration",
    "zapier_webhook",
    "pagerduty_integration",
    "policy",
]
MetadataType = Literal[
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
BY_ID = ("webhook", "microsoft_teams_integration", "zapier_webhook", "pagerduty_integration")
BUILT_IN_URGENCIES = ("High Severity", "Low Severity")
SLACK = "connect the channel to Better Stack: Integrations, Slack, in its web application"
CALENDAR = "make an on-call calendar of that name in Better Stack: On-call"
GROUP = "make a group of that name in Better Stack"


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_id_text, json_schema_input_type=int | str), Field(pattern=r"^[0-9]+$")]


class StepMember(Part):
    """Who or what one step tells."""

    rules: ClassVar = (
        RequiredIf("email", when={"type": ("user",)}),
        OnlyIf("email", when={"type": ("user",)}),
        RequiredIf("policy", when={"type": ("policy",)}),
        OnlyIf("policy", when={"type": ("policy",)}),
        RequiredIf("slack_channel", when={"type": ("slack_integration",)}),
        OnlyIf("slack_channel", when={"type": ("slack_integration",)}),
        OnlyIf("calendar", when={"type": ("current_on_call",)}),
        RequiredIf("metadata_key", when={"type": ("incident_metadata",)}),
        OnlyIf("metadata_key", when={"type": ("incident_metadata",)}),
        RequiredIf("id", when={"type": BY_ID}),
        OnlyIf("id", when={"type": (*BY_ID, "entire_team")}),
    )

    type: MemberType
    email: str = Field("", min_length=3, description="of a user; never an id as well")
    policy: Annotated[Handle, RefTo("escalations")] = Field("", description="another escalation policy")
    slack_channel: Annotated[ChannelName, External("slack_channels", create=SLACK)] = Field(
        "", description="a connected Slack channel, by its name"
    )
    calendar: Annotated[str, External("on_call_calendars", create=CALENDAR)] = Field(
        "", description="an on-call calendar, by its name; without one the default calendar"
    )
    metadata_key: str = ""
    id: Id = Field("", description="of a webhook, a Microsoft Teams, Zapier or PagerDuty integration, or a team")


class MetadataValue(Part):
    """One value that incident metadata is compared with."""

    type: Annotated[MetadataType | Literal["no_value"], ServerDefault("String")] = Field(
        "String", description="no_value matches when the key is absent"
    )
    value: str = ""
    item_id: Id = ""
    name: str = ""
    email: str = ""


_WINDOW = ("timezone", "days", "time_from", "time_to")


class Step(Part):
    """One step: tell somebody, branch by time or by metadata, or show instructions."""

    rules: ClassVar = (
        NotBoth(("wait_before", "wait_until_time"), "a step waits for a time span or until a time of day"),
        *(OnlyIf(name, when={"type": ("escalation",)}) for name in ("urgency", "step_members")),
        RequiredIf("step_members", when={"type": ("escalation",)}),
        *(OnlyIf(name, when={"type": ("time_branching",)}) for name in _WINDOW),
        *(RequiredIf(name, when={"type": ("time_branching",)}) for name in _WINDOW),
        OnlyIf("metadata_key", when={"type": ("metadata_branching",)}),
        OnlyIf("metadata_values", when={"type": ("metadata_branching",)}),
        RequiredIf("metadata_key", when={"type": ("metadata_branching",)}),
        OnlyIf("policy", when={"type": ("time_branching", "metadata_branching")}),
        OnlyIf("policy_metadata_key", when={"type": ("time_branching", "metadata_branching")}),
        NotBoth(("policy", "policy_metadata_key"), "a branch leads to one policy"),
        AtLeastOne(("policy", "policy_metadata_key"), when={"type": ("time_branching", "metadata_branching")}),
        *(
            OnlyIf(f"instructions_{name}", when={"type": ("instructions",)})
            for name in ("comment", "reminder_enabled", "reminder_interval_hours")
        ),
        RequiredIf("instructions_comment", when={"type": ("instructions",)}),
    )

    type: Literal["escalation", "time_branching", "metadata_branching", "instructions"]
    wait_before: Annotated[NotNegative, ServerDefault(0)] = Field(0, description="time to wait before this step")
    wait_until_time: HourMinute = Field("", description="wait until this time of day instead, HH:MM")
    wait_until_timezone: RailsZone = Field("UTC", description="Rails time zone name")
    urgency: Annotated[Handle, RefTo("urgencies")] = Field("", description="which channels to use; sent as urgency_id")
    step_members: ListOf[StepMember] = ()
    timezone: RailsZone = Field("UTC", description="Rails time zone name")
    days: SetOf[Day] = frozenset()
    time_from: HourMinute = Field("", description="HH:MM; 00:00 to 00:00 is the whole day")
    time_to: HourMinute = ""
    metadata_key: str = ""
    metadata_values: ListOf[MetadataValue] = ()
    policy: Annotated[Handle, RefTo("escalations")] = Field("", description="where the branch leads; policy_id")
    policy_metadata_key: str = Field("", description="metadata key that holds the policy to go to")
    instructions_comment: str = ""
    instructions_reminder_enabled: Annotated[bool, ServerDefault(False)] = False
    instructions_reminder_interval_hours: Annotated[Annotated[int, Field(ge=1)], ServerDefault(1)] = 1


class Escalation(BetterStackKind, collection="escalations", identity="name"):
    """An escalation policy: who is told about an incident, through which channels, and in which order."""

    loses = "the way incidents reach people; monitors that name it fall back to their own channel settings"
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "incident_token": OutputField("lets its bearer start an incident with this policy", secret=True)
    }

    name: str = Field("", min_length=1, description="unique in the team")
    repeat_count: Annotated[Annotated[int, Field(ge=0)], ServerDefault(0)] = Field(
        0, description="how often all steps are gone through again while nobody acknowledges"
    )
    repeat_delay: Annotated[NotNegative, ServerDefault(0)] = Field(0, description="time before they are repeated")
    fallback_policy: Annotated[Handle | None, RefTo("escalations"), ServerDefault(None)] = Field(
        None, description="what follows the last repetition; sent as fallback_policy_id"
    )
    policy_group: Annotated[str | None, External("policy_groups", create=GROUP), ServerDefault(None)] = Field(
        None, description="a group of policies, by its name; sent as policy_group_id"
    )
    steps: Annotated[ListOf[Step], Essential(), ServerDefault(())] = Field(
        (), description="replaced as a whole; an empty list makes a silent policy"
    )


class Urgency(BetterStackKind, collection="urgencies", identity="name"):
    """A severity: which channels a step of an escalation policy uses.

    `High Severity` and `Low Severity` exist in every account, and are never deleted.
    """

    loses = "the channel choice of every step that uses it"

    name: str = Field("", min_length=1)
    call: Annotated[bool, ServerDefault(False)] = False
    sms: Annotated[bool, ServerDefault(False)] = False
    email: Annotated[bool, ServerDefault(True)] = True
    push: Annotated[bool, ServerDefault(True)] = True
    critical_alert: Annotated[bool, ServerDefault(False)] = False
    urgency_group: Annotated[str | None, External("urgency_groups", create=GROUP), ServerDefault(None)] = Field(
        None, description="a group of urgencies, by its name; sent as urgency_group_id"
    )

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to delete the two that every account has."""
        return {
            removal.address: f"{removal.live.title} exists in every Better Stack account; write on_remove: retain first"
            for removal in removals
            if removal.after is None and removal.live.title in BUILT_IN_URGENCIES
        }
