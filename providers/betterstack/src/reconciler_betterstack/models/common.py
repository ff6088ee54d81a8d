"""What several kinds share: settings, channel flags, maintenance windows, and field types."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from reconciler import (
    Handle,
    Kind,
    NotBoth,
    ProviderSettings,
    Rate,
    RefTo,
    Seconds,
    Secret,
    SecretRef,
    ServerDefault,
    SetOf,
    TokenSettings,
)
from reconciler_betterstack.models.unproven import RIGHTS_TO_APPLY, RIGHTS_TO_PLAN, UNPROVEN
from reconciler_betterstack.timezones import RailsZone

Region = Literal["us", "eu", "as", "au"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REGIONS: tuple[Region, ...] = ("us", "eu", "as", "au")

Text = Annotated[str, Field(min_length=1)]
"""A text that is there; null, not "", takes it away."""
NotNegative = Annotated[Seconds, Field(ge=0)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
HourMinute = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def _hash_first(value: str) -> str:
    return value if value.startswith("#") else f"#{value}"


ChannelName = Annotated[str, AfterValidator(_hash_first), WithJsonSchema({"type": "string"})]
"""A Slack channel, with or without its `#`."""


class BetterStackSettings(TokenSettings):
    """One Better Stack team. `team` is needed with a global token, which opens several."""

    token: Secret = SecretRef("BETTERSTACK_API_TOKEN")
    team: str | None = Field(None, description="name of the team, as Better Stack shows it; with a global token only")

    base_url: ClassVar[str] = "https://uptime.betterstack.com"
    url_variable: ClassVar[str] = "BETTERSTACK_API_URL"
    default_rate: ClassVar[Rate | None] = Rate(per_second=8, burst=16)  # the limit of the vendor's Terraform provider
    rights_to_plan: ClassVar[tuple[str, ...]] = RIGHTS_TO_PLAN
    rights_to_apply: ClassVar[tuple[str, ...]] = RIGHTS_TO_APPLY
    unproven: ClassVar[tuple[str, ...]] = UNPROVEN


class BetterStackKind(Kind, provider="betterstack"):
    """A kind of Better Stack."""

    settings: ClassVar[type[ProviderSettings]] = BetterStackSettings


def _ignored(flag: str) -> NotBoth:
    return NotBoth(("policy", flag), f"an escalation policy decides the channels and {flag} is ignored: drop {flag}")


POLICY_DECIDES = tuple(_ignored(flag) for flag in ("call", "sms", "email", "push"))


class Alerting(BetterStackKind):
    """Who is told, and when not: the fields that monitors and heartbeats share."""

    policy: Annotated[Handle | None, RefTo("escalations"), ServerDefault(None)] = Field(
        None, description="escalation policy; sent as policy_id. With it call, sms, email and push are ignored"
    )
    call: Annotated[bool, ServerDefault(False)] = Field(False, description="phone the person on call")
    sms: Annotated[bool, ServerDefault(False)] = False
    email: Annotated[bool, ServerDefault(True)] = True
    push: Annotated[bool, ServerDefault(True)] = True
    critical_alert: Annotated[bool, ServerDefault(False)] = Field(
        False, description="push that also sounds when the phone is silent"
    )
    team_wait: Annotated[NotNegative | None, ServerDefault(None)] = Field(
        None, description="wait before the whole team is told; null: never"
    )
    paused: Annotated[bool, ServerDefault(False)] = Field(
        False, description="read back through paused_at and status; do not also set it on the group"
    )
    maintenance_from: Annotated[TimeOfDay | None, ServerDefault(None)] = Field(
        None, description="daily window, HH:MM:SS in maintenance_timezone"
    )
    maintenance_to: Annotated[TimeOfDay | None, ServerDefault(None)] = None
    maintenance_days: Annotated[SetOf[Day], ServerDefault(WEEK)] = Field(
        frozenset(WEEK), description="name both days of a window that passes midnight"
    )
    maintenance_timezone: Annotated[RailsZone, ServerDefault("UTC")] = Field(
        "UTC", description="Rails time zone name, such as Berlin or UTC"
    )
