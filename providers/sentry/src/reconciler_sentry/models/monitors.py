"""Metric monitors: detectors of type `metric_issue`. The retired metric alert rules are not used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Address,
    AtLeastOne,
    Expansion,
    ListOf,
    Live,
    NotBoth,
    OneOf,
    OnlyIf,
    Part,
    ProviderSettings,
    RequiredIf,
    Resource,
    Seconds,
    ServerDefault,
    SetOf,
    Sugar,
    written,
)
from reconciler_sentry.models import checks
from reconciler_sentry.models.common import Actor, Project, SentryKind, Text

EventType = Literal["error", "default", "transaction", "trace_item_span", "trace_item_log", "trace_item_metric"]
Dataset = Literal["events", "events_analytics_platform"]
Extrapolation = Literal["unknown", "none", "client_and_server_weighted"]
"""Without `server_weighted`, which migrated monitors may hold and Sentry takes from nobody."""
WINDOWS = (60, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400)
"""Seconds. The list of the retired rules, which were in minutes; that detectors take no others is unconfirmed."""
EARLIER = (300, 900, 3600, 86_400, 604_800, 2_592_000)


class DataSource(Part):
    """What is measured. `queryType` follows from the dataset and is sent along."""

    aggregate: Text = Field(description="count(), p95(span.duration), …; durations are in milliseconds")
    dataset: Dataset = Field(description="events for errors; events_analytics_platform for spans, logs and metrics")
    query: Annotated[str, ServerDefault("")] = Field("", description="as in Sentry's search")
    eventTypes: Annotated[SetOf[EventType], Field(min_length=1)]
    timeWindow: Annotated[Seconds, OneOf(*WINDOWS)] = Field(description="over which is measured")
    environment: Annotated[Text | None, ServerDefault(None)] = Field(None, description="by name; null: all")
    extrapolationMode: Annotated[Extrapolation, ServerDefault("unknown")] = Field(
        "unknown", description="of sampled data; left out: a migrated monitor keeps its server_weighted"
    )


DetectionType = Literal["static", "percent", "dynamic"]


class Detection(Part):
    """How a threshold is meant."""

    rules: ClassVar = (
        RequiredIf("comparisonDelta", when={"detectionType": ("percent",)}),
        OnlyIf("comparisonDelta", when={"detectionType": ("percent",)}),
    )

    detectionType: DetectionType = Field(
        description="static: a number; percent: percentage of the value comparisonDelta ago; dynamic: anomalies"
    )
    comparisonDelta: Annotated[Seconds, OneOf(*EARLIER)] | None = Field(
        None, description="seconds, although Sentry's document says minutes; one window that long ago, no average"
    )


class Anomaly(Part):
    """What counts as an anomaly."""

    seasonality: Annotated[Literal["auto"], ServerDefault("auto")] = "auto"
    sensitivity: Literal["low", "medium", "high"]
    thresholdType: Literal[0, 1, 2] = Field(description="0 above, 1 below, 2 both")


Operator = Literal["gt", "gte", "lt", "lte", "anomaly_detection"]
Priority = Literal[75, 50, 0]


class MonitorCondition(Part):
    """One threshold, and the priority an issue gets when it is crossed."""

    rules: ClassVar = (
        NotBoth(("comparison", "times"), "they are two spellings of one threshold"),
        AtLeastOne(("comparison", "times"), when={}),
        OnlyIf("times", when={"type": ("gt", "gte", "lt", "lte")}),
    )

    type: Operator
    times: Annotated[Annotated[float | int, Field(gt=0, le=10_000)] | None, Sugar()] = Field(
        None, description="for percent: as a multiple of the earlier value; 10 is a comparison of 1000"
    )
    comparison: float | int | Anomaly | None = Field(
        None,
        description="static: the number; percent: the whole percentage of the earlier value, so that 110 is 10 % more "
        "and 1000 ten times as much; anomaly_detection: a mapping",
    )
    conditionResult: Priority = Field(description="75 high, 50 medium, 0 resolved")


class ConditionGroup(Part):
    """The thresholds: at most three, one of which resolves."""

    logicType: Annotated[Literal["any", "any-short", "all", "none"], ServerDefault("any")] = "any"
    conditions: Annotated[ListOf[MonitorCondition], Field(min_length=1, max_length=3)]


class MetricMonitor(SentryKind, collection="metric_monitors", identity="name"):
    """A monitor that opens an issue when a metric crosses a threshold. An alert tells people about it.

    What a migrated monitor holds and Sentry takes from nobody, such as the extrapolation mode server_weighted, stays as
    it is unless something else is written; plans name it.
    """

    loses = "its open issues' history, and what alerts listen to"

    name: Text = Field("", max_length=200, description="not unique at Sentry: two of one name are left alone")
    project: Project | None = Field(None, description="orders the creation of the project and its monitors")
    description: Text | None = Field(None, description="shown in the issue")
    owner: Actor | None = Field(None, description="team:<slug> or user:<e-mail>")
    enabled: Annotated[bool, ServerDefault(True)] = True
    config: Detection
    dataSources: Annotated[ListOf[DataSource], Field(min_length=1, max_length=1)]
    conditionGroup: ConditionGroup

    def expand(self) -> Expansion:
        """Return the vendor's fields: `times: 10` is a comparison of 1000, the percentage of the earlier value.

        Raises ValueError where `times` has no earlier value to multiply.
        """
        spec: dict[str, Any] = written(self)
        group = spec["conditionGroup"]
        told = [c["times"] for c in group["conditions"] if c.get("times") is not None]
        if not told:
            return Expansion(spec)
        if self.config.detectionType != "percent":
            raise ValueError("times is a multiple of an earlier value: it needs detectionType percent")
        spec["conditionGroup"] = {**group, "conditions": tuple(_as_percentage(c) for c in group["conditions"])}
        said = ", ".join(f"times: {times:g} is {times * 100:g} % of the earlier value" for times in told)
        return Expansion(spec, {"conditionGroup": said})

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find monitors that can never resolve, and percentages that were meant as a difference."""
        yield from checks.monitors(checks.own(cls.collection, resources))

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why a monitor cannot be written: it was migrated with a value that Sentry takes from nobody."""
        return checks.beyond(live.private.get("kept", ()))


def _as_percentage(condition: Any) -> Any:
    if condition.get("times") is None:
        return {name: value for name, value in condition.items() if name != "times"}
    exact = condition["times"] * 100
    whole = round(exact, 6)
    comparison = int(whole) if float(whole).is_integer() else whole
    rest = {name: value for name, value in condition.items() if name not in ("times", "comparison")}
    return {"type": rest.pop("type"), "comparison": comparison, **rest}
