"""Alert tiers: the compact form of alerts by severity, which says what Sentry cannot deliver and who does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler import Handle, Minutes, OneOf, OnlyIf, Part, RefTo, SetOf, Unfolded
from reconciler_sentry.models.alerts import FREQUENCIES, TriggerType
from reconciler_sentry.models.common import SentryKind, Text

TAG = "severity"
SPEEDS = {"immediate": 5, "hourly": 60, "daily_digest": 1440}
"""Minutes between two messages about one issue, by delivery."""
TOLD: tuple[TriggerType, ...] = ("first_seen_event", "regression_event", "reappeared_event")


class SlackChannel(Part):
    """A channel of a connected Slack workspace."""

    integration: Text = Field(description="as slack/<workspace>")
    channel: Text = Field(description="its name, with or without #")
    channel_id: Text = Field("", description="C…; without it Sentry looks the name up")


class AlertTier(SentryKind, collection="alert_tiers", identity="name"):
    """One severity: issues whose tag `severity` has it, told through channels at a speed. It stands for one alert.

    Sentry sends neither text messages nor daily digests: name the resource that does, or write null.
    """

    unfolds_into = "alerts"
    rules: ClassVar = (OnlyIf("digest_by", when={"delivery": ("daily_digest",)}),)

    name: Text = Field("", max_length=256, description="of the alert; default: severity and handle")
    severity: Literal["P0", "P1", "P2", "P3"] = Field(description="value of the tag `severity`")
    delivery: Literal["immediate", "hourly", "daily_digest"] = Field(
        description="immediate and hourly are sent at once, at most every 5 or 60 minutes for one issue"
    )
    channels: Annotated[SetOf[Literal["slack", "email", "sms"]], Field(min_length=1)]
    environment: Text | None = Field("production", description="production unless written; null: all")
    slack: SlackChannel | None = None
    email_to: Text = Field("issue_owners", description="team:<slug>, user:<e-mail> or issue_owners")
    frequency: Annotated[Minutes, OneOf(*FREQUENCIES)] | None = Field(
        None, description="time between two messages about one issue; default: by delivery"
    )
    triggers: SetOf[TriggerType] = Field(frozenset(TOLD), description="default: first seen, regression, reappeared")
    sms_by: Annotated[Handle, RefTo("escalations", "monitors")] | None = Field(
        None, description="what sends the text message: escalations/p0; null: nothing does"
    )
    digest_by: Annotated[Handle, RefTo("heartbeats", "escalations", "monitors")] | None = Field(
        None, description="what sends the daily digest, or proves that it was sent: heartbeats/digest; null: nothing"
    )
    enabled: bool = Field(True, description="false keeps the alert, and mutes it")

    def unfold(self, handle: str) -> tuple[Unfolded, ...]:
        """Return the alert. Raises ValueError where a channel is declared and nobody was asked who delivers it."""
        asked = self.model_fields_set
        if ("sms" in self.channels) != ("sms_by" in asked):
            raise ValueError(
                "Sentry sends no text messages: sms in channels needs sms_by, the resource that does (escalations/p0), "
                "or sms_by: null if nothing does; without sms in channels there is none"
            )
        if self.delivery == "daily_digest" and "digest_by" not in asked:
            raise ValueError(
                "Sentry sends no daily digest: write digest_by, the resource that does, or digest_by: null if nothing "
                "does"
            )
        if ("slack" in self.channels) != (self.slack is not None):
            raise ValueError("slack in channels and slack: {integration, channel} go together")
        if not {"slack", "email"} & self.channels:
            raise ValueError("Sentry itself has to tell somebody: add slack or email to channels")
        fields: dict[str, Any] = {
            "name": self.name or f"{self.severity} {handle}",
            "enabled": self.enabled,
            "environment": self.environment,
            "project_monitors": ["error"],
            "triggers": {"conditions": [{"type": name} for name in sorted(self.triggers)]},
            "config": {"frequency": SPEEDS[self.delivery] if self.frequency is None else self.frequency},
            "actionFilters": [
                {
                    "logicType": "all",
                    "conditions": [
                        {"type": "tagged_event", "comparison": {"key": TAG, "match": "eq", "value": self.severity}}
                    ],
                    "actions": list(self._actions()),
                }
            ],
        }
        return (Unfolded(handle, fields, tuple(self._notes())),)

    def _actions(self) -> Iterator[dict[str, Any]]:
        if self.slack is not None:
            target = {"targetDisplay": self.slack.channel}
            if self.slack.channel_id:
                target["targetIdentifier"] = self.slack.channel_id
            yield {
                "type": "slack",
                "integration": self.slack.integration,
                "config": target,
                "data": {"tags": f"{TAG},environment,route"},
            }
        if "email" in self.channels:
            mail: dict[str, Any] = {"type": "email", "to": self.email_to}
            if self.email_to == "issue_owners":
                mail["data"] = {"fallthroughType": "ActiveMembers"}
            yield mail

    def _notes(self) -> Iterator[str]:
        """Yield what Sentry cannot do of what is declared, and what covers it."""
        if "sms" in self.channels:
            yield f"Sentry sends no text messages: {_covered(self.sms_by)}"
        if self.delivery == "daily_digest":
            yield (
                f"Sentry sends no daily digest: {_covered(self.digest_by)}; "
                "Sentry itself tells at once, and at most once a day for one issue"
            )
        if self.delivery == "hourly":
            yield "Sentry has no delivery deadline: it tells at once, which is within the hour"


def _covered(by: str | None) -> str:
    return f"{by} does" if by else "nothing that is declared does"
