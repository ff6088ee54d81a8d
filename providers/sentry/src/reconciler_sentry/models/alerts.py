"""Alerts: workflows, which join monitors to notifications. The retired issue alert rules are not used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from reconciler import (
    Address,
    External,
    Handle,
    KeyedBy,
    ListOf,
    Minutes,
    OneOf,
    OnlyIf,
    Part,
    ProviderSettings,
    RefTo,
    RequiredIf,
    Resource,
    ServerDefault,
    SetOf,
)
from reconciler import Live as Live
from reconciler_sentry.models import checks
from reconciler_sentry.models.common import INTEGRATION, Actor, SentryKind, Text
from reconciler_sentry.models.conditions import FilterCondition, LogicType

FREQUENCIES = (0, 5, 10, 30, 60, 180, 720, 1440)
TriggerType = Literal["first_seen_event", "issue_resolved_trigger", "reappeared_event", "regression_event"]
TRIGGERS: tuple[TriggerType, ...] = (
    "first_seen_event",
    "issue_resolved_trigger",
    "reappeared_event",
    "regression_event",
)
MESSENGERS = ("slack", "pagerduty", "opsgenie", "discord", "msteams")
ACTION_TYPES = ("email", *MESSENGERS, "webhook")


class Trigger(Part):
    """An event of an issue on which the alert looks at it."""

    type: TriggerType


class Triggers(Part):
    """What makes the alert look. Any one of them is enough.

    Triggers of other types, as migrated rules have them, are kept as they are.
    """

    logicType: Annotated[LogicType, ServerDefault("any-short")] = "any-short"
    conditions: Annotated[ListOf[Trigger], KeyedBy("type")]


class ActionTarget(Part):
    """Where a message goes: a channel, a service, a team of an on-call tool."""

    targetDisplay: Annotated[Text, AfterValidator(lambda name: name.lstrip("#"))] = Field(
        "", description="name of the channel, service or team; a leading # does not count"
    )
    targetIdentifier: Text = Field(
        "", description="its id, C… for Slack: safer than the name, which Sentry has to look up"
    )


class ActionData(Part):
    """What is sent along."""

    tags: Text = Field("", description="Slack, Discord: tags to show, joined with commas")
    notes: Text = Field("", description="Slack: a text to add, as a mention")
    priority: Text = Field("", description="PagerDuty: default, critical, error, warning, info; Opsgenie: P1 to P5")
    fallthroughType: Annotated[
        Literal["ActiveMembers", "AllMembers", "NoOne"], Field(description="email to owners, when there are none")
    ] = "ActiveMembers"


class Action(Part):
    """One notification. `email` is Sentry's own: members who turned e-mail off get it elsewhere, or nowhere."""

    rules: ClassVar = (
        RequiredIf("to", when={"type": ("email",)}),
        OnlyIf("to", when={"type": ("email",)}),
        RequiredIf("integration", when={"type": MESSENGERS}),
        OnlyIf("integration", when={"type": MESSENGERS}),
        RequiredIf("config", when={"type": (*MESSENGERS, "webhook")}),
        OnlyIf("config", when={"type": (*MESSENGERS, "webhook")}),
    )

    type: Literal["email", "slack", "pagerduty", "opsgenie", "discord", "msteams", "webhook"]
    to: Actor = Field("", description="team:<slug>, user:<e-mail> or issue_owners; sent as targetType and its id")
    integration: Annotated[str, External("integrations", create=INTEGRATION)] = Field(
        "", description="as <provider>/<name>, slack/AI Gurus; sent as integrationId"
    )
    config: ActionTarget | None = None
    data: ActionData | None = None


class ActionFilter(Part):
    """A block: when its conditions hold, its actions are carried out. Several blocks are tiers."""

    logicType: LogicType = Field(description="how the conditions are joined")
    conditions: ListOf[FilterCondition] = ()
    actions: ListOf[Action] = ()


class AlertConfig(Part):
    """How often it may act."""

    frequency: Annotated[Minutes, OneOf(*FREQUENCIES)] = Field(
        description="time between two actions for one issue; another issue acts at once"
    )


class Alert(SentryKind, collection="alerts", identity="name"):
    """An alert: issues of some monitors, in one environment, told to people.

    Sentry sends no text messages and no daily digests; `alert_tiers` say who does.
    """

    loses = "its notifications"

    name: Text = Field("", max_length=256, description="not unique at Sentry: two of one name are left alone")
    enabled: Annotated[bool, ServerDefault(True)] = True
    environment: Annotated[Text | None, ServerDefault(None)] = Field(None, description="by name; null: all")
    owner: Annotated[Actor | None, ServerDefault(None)] = Field(None, description="team:<slug> or user:<e-mail>")
    project_monitors: SetOf[Literal["error", "issue_stream"]] = Field(
        frozenset(),
        description="the monitors every project has: error (its errors), issue_stream (all its issues). "
        "Sent in detectorIds",
    )
    metric_monitors: SetOf[Annotated[Handle, RefTo("metric_monitors")]] = Field(
        frozenset(), description="sent in detectorIds"
    )
    triggers: Triggers | None = None
    actionFilters: ListOf[ActionFilter] = ()
    config: AlertConfig

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find alerts that listen to nothing, and conditions whose comparison is of another type."""
        yield from checks.alerts(checks.own(cls.collection, resources))

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why an alert cannot be written: it acts, or decides, in a way that has no field here."""
        return checks.beyond(live.private.get("beyond", ()))
