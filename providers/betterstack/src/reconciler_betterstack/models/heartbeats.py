"""Heartbeats, which expect to be pinged, and their groups. Fields: vendor API documents and Terraform provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from reconciler import (
    Address,
    Handle,
    OutputField,
    ProviderSettings,
    RefTo,
    Resource,
    Seconds,
    ServerDefault,
)
from reconciler_betterstack.models import checks
from reconciler_betterstack.models.common import POLICY_DECIDES, Alerting, BetterStackKind, NotNegative
from reconciler_betterstack.timezones import IanaZone

SHORTEST_WITH_ZONE = 3600


class Schedule(BetterStackKind):
    """When a job has to report: the fields of a heartbeat before those about alerting."""

    name: str = Field("", min_length=1)
    period: Annotated[Seconds, Field(ge=30)] = Field(description="how often the job reports")
    grace: NotNegative = Field(description="how late it may be; the vendor suggests 20 % of the period")
    server_timezone: Annotated[IanaZone | None, ServerDefault(None)] = Field(
        None, description="IANA name; makes daily periods follow local time. Dropped when period is under 3600"
    )
    heartbeat_group: Annotated[Handle | None, RefTo("heartbeat_groups"), ServerDefault(None)] = None
    sort_index: Annotated[int | None, ServerDefault(None)] = None


class Heartbeat(Alerting, Schedule, collection="heartbeats", identity="name"):
    """An alarm that goes off when a job stops reporting. Until it was pinged once, it never does."""

    loses = "its history, and its ping address: whatever pings it must get the new one"
    pingable = True
    rules: ClassVar = POLICY_DECIDES
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "url": OutputField("where the job reports; append /fail to report a failure. Needs no token", secret=True)
    }

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find a time zone that the server would drop, and two places that pause."""
        yield from checks.paused_with_group(resources, "heartbeat_group", "heartbeat_groups")
        for resource in checks.own(cls, resources):
            period, zone = resource.spec.get("period"), resource.spec.get("server_timezone")
            if zone and isinstance(period, int) and period < SHORTEST_WITH_ZONE:
                message = f"server_timezone is kept only for a period of an hour or more, and this one is {period} s"
                yield resource.address, "server_timezone", message, "remove the line, or make the period 3600 or more"


class HeartbeatGroup(BetterStackKind, collection="heartbeat_groups", identity="name"):
    """A group of heartbeats in the dashboard."""

    loses = "the grouping; its heartbeats stay"

    name: str = Field("", min_length=1)
    paused: Annotated[bool, ServerDefault(False)] = Field(
        False, description="acts on the members it has when it changes, not on those added later"
    )
    sort_index: Annotated[int | None, ServerDefault(None)] = None
