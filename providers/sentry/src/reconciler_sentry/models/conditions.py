"""The conditions that an alert filters issues by. Types and members: the vendor's document of workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from reconciler import ListOf, Part, ServerDefault
from reconciler_sentry.models.common import Text

LogicType = Literal["any", "any-short", "all", "none"]
Match = Literal["co", "nc", "eq", "ne", "sw", "ew", "is", "ns", "gte", "lte"]
Interval = Literal["1m", "5m", "15m", "1h", "1d", "1w", "30d"]
ConditionType = Literal[
    "age_comparison",
    "assigned_to",
    "event_attribute",
    "event_frequency_count",
    "event_frequency_percent",
    "event_unique_user_frequency_count",
    "issue_category",
    "issue_occurrences",
    "issue_priority_deescalating",
    "issue_priority_greater_or_equal",
    "issue_type",
    "latest_adopted_release",
    "latest_release",
    "level",
    "percent_sessions_count",
    "percent_sessions_percent",
    "tagged_event",
]


class SubFilter(Part):
    """One tag or attribute that counted events must have."""

    key: Text = ""
    attribute: Text = ""
    match: Match
    value: Text = ""


class Comparison(Part):
    """What a condition compares with. Which members belong to which type: `reconcile explain alerts`, and validate."""

    level: Literal[50, 40, 30, 20, 10, 0] | None = Field(
        None, description="level: 50 fatal, 40 error, 30 warning, 20 info, 10 debug, 0 sample"
    )
    key: Text = Field("", description="tagged_event: the tag")
    attribute: Text = Field("", description="event_attribute: message, environment, http.url, …")
    match: Match | None = Field(
        None, description="co nc eq ne sw ew is ns for tags and attributes; eq gte lte for levels"
    )
    value: Text | int | float | None = Field(None, description="more than this; for tags and attributes a text")
    interval: Interval | None = Field(None, description="the time in which it is counted")
    comparisonInterval: Interval | None = Field(None, description="for the percent types: the time compared with")
    filters: ListOf[SubFilter] = ()
    comparisonType: Literal["older", "newer"] | None = None
    time: Literal["minute", "hour", "day", "week"] | None = None
    targetType: Literal["Unassigned", "Member", "Team"] | None = None
    targetIdentifier: Text | int | None = Field(None, description="assigned_to: the id of a member or team")
    environment: Text = ""
    ageComparison: Literal["older", "newer"] | None = None
    releaseAgeType: Literal["oldest", "newest"] | None = None
    include: bool | None = None


class FilterCondition(Part):
    """One condition on the event or its issue."""

    type: ConditionType
    comparison: Annotated[bool | int | Comparison, ServerDefault(True)] = Field(
        True,
        description="issue_priority_greater_or_equal: 75 high, 50 medium, 25 low; "
        "latest_release and issue_priority_deescalating: true; others a mapping",
    )


_COUNTED = ("value", "interval")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "age_comparison": ("comparisonType", "value", "time"),
    "assigned_to": ("targetType",),
    "event_attribute": ("attribute", "match"),
    "event_frequency_count": _COUNTED,
    "event_frequency_percent": (*_COUNTED, "comparisonInterval"),
    "event_unique_user_frequency_count": _COUNTED,
    "issue_category": ("value",),
    "issue_occurrences": ("value",),
    "issue_type": ("value",),
    "latest_adopted_release": ("environment", "ageComparison", "releaseAgeType"),
    "level": ("level", "match"),
    "percent_sessions_count": _COUNTED,
    "percent_sessions_percent": _COUNTED,
    "tagged_event": ("key", "match"),
}
"""What the comparison of each type must have; types that are not here compare with a number or true."""
MAY_HAVE: Mapping[str, tuple[str, ...]] = {
    "assigned_to": ("targetIdentifier",),
    "event_attribute": ("value",),
    "event_frequency_count": ("filters",),
    "event_frequency_percent": ("filters",),
    "event_unique_user_frequency_count": ("filters",),
    "issue_category": ("include",),
    "issue_type": ("include",),
    "percent_sessions_count": ("filters",),
    "percent_sessions_percent": ("comparisonInterval", "filters"),
    "tagged_event": ("value",),
}
"""What it may have besides."""
