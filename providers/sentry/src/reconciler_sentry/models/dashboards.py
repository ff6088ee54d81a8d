"""Dashboards and their widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler import (
    Address,
    Expansion,
    Handle,
    KeyedBy,
    ListOf,
    Part,
    ProviderSettings,
    RefTo,
    Resource,
    ServerDefault,
    SetOf,
    written,
)
from reconciler import Live as Live
from reconciler_sentry.models import checks
from reconciler_sentry.models.common import SentryKind, Text

DisplayType = Literal[
    "line",
    "area",
    "bar",
    "table",
    "big_number",
    "details",
    "categorical_bar",
    "wheel",
    "rage_and_dead_clicks",
    "server_tree",
    "text",
    "agents_traces_table",
    "heatmap",
]
WidgetType = Literal[
    "discover",
    "issue",
    "metrics",
    "error-events",
    "transaction-like",
    "spans",
    "logs",
    "tracemetrics",
    "preprod-app-size",
]


class WidgetQuery(Part):
    """One query of a widget: a line of a chart, or the rows of a table."""

    name: Annotated[str, ServerDefault("")] = Field("", description="the legend")
    aggregates: ListOf[Text] = ()
    columns: ListOf[Text] = Field((), description="grouped by these")
    fields: ListOf[Text] = Field((), description="columns of a table; left out: columns, then aggregates")
    fieldAliases: ListOf[str] = ()
    conditions: Annotated[str, ServerDefault("")] = Field("", description="as in Sentry's search")
    orderby: Annotated[str, ServerDefault("")] = Field("", description="a field, with - for the largest first")


class Layout(Part):
    """Where it stands on a grid six columns wide."""

    x: Annotated[int, Field(ge=0, le=5)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(ge=1, le=6)]
    h: Annotated[int, Field(ge=1)]
    minH: Annotated[int, Field(ge=1)]


class Widget(Part):
    """One chart or table."""

    title: Annotated[Text, Field(max_length=255, description="unique on the dashboard: widgets are matched by it")]
    description: Text | None = None
    displayType: DisplayType
    widgetType: WidgetType | None = Field(None, description="where the data comes from")
    interval: Annotated[Text, Field(max_length=10), ServerDefault("5m")] = "5m"
    queries: ListOf[WidgetQuery] = ()
    limit: Annotated[Annotated[int, Field(ge=1)] | None, ServerDefault(None)] = Field(None, description="rows or lines")
    layout: Layout | None = Field(None, description="left out: where Sentry puts it")


class Permissions(Part):
    """Who may edit it. What people edit is drift."""

    isEditableByEveryone: bool


class Dashboard(SentryKind, collection="dashboards", identity="title"):
    """A dashboard of the organisation that shows this project. Dashboards of other projects are left alone.

    So are widgets that cannot be written here: of a type that is not listed, without a title, or with the title of
    another one. They stay as they are whatever is applied, and plans name them.
    """

    loses = "the dashboard as people know it; the data stays"

    title: Text = Field("", max_length=255)
    projects: SetOf[Annotated[Handle, RefTo("sentry_project")]] = Field(
        frozenset(), description="left out or empty: the projects of whoever looks"
    )
    environment: Annotated[SetOf[Text], ServerDefault(())] = Field(frozenset(), description="empty: all")
    period: Annotated[Text | None, ServerDefault(None)] = Field(None, description="24h, 7d, 14d, 30d, …")
    permissions: Permissions | None = None
    widgets: Annotated[ListOf[Widget], KeyedBy("title"), ServerDefault(())] = ()

    def expand(self) -> Expansion:
        """Return the vendor's fields: queries that leave out `fields` show their columns, then their aggregates."""
        spec: dict[str, Any] = written(self)
        if "widgets" in spec:
            spec["widgets"] = tuple(_with_fields(widget) for widget in spec["widgets"])
        return Expansion(spec)

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find widgets that stand beyond the grid."""
        yield from checks.dashboards(checks.own(cls.collection, resources))

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why a dashboard cannot be written."""
        own = "it is one of Sentry's own" if live.private.get("prebuilt") else ""
        return own or checks.beyond(live.private.get("kept", ()))


def _with_fields(widget: Any) -> Any:
    if "queries" not in widget:
        return widget
    queries = tuple(
        query if "fields" in query else {**query, "fields": (*query.get("columns", ()), *query.get("aggregates", ()))}
        for query in widget["queries"]
    )
    return {**widget, "queries": queries}
