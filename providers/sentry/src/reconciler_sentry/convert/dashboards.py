"""Dashboards: payload to YAML shape and back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from reconciler import Live, as_id
from reconciler_sentry.convert.fields import Payload, checked, mappings, moment, only, plain_json
from reconciler_sentry.models.dashboards import DisplayType, WidgetType

QUERY_LISTS = ("aggregates", "columns", "fields", "fieldAliases")
QUERY = ("name", "conditions", "orderby")
WIDGET = ("title", "description", "displayType", "widgetType", "interval", "limit")
LAYOUT = ("x", "y", "w", "h", "minH")
KEPT_WIDGET = (*WIDGET, "thresholds", "layout", "axisRange", "legendType")
KEPT_QUERY = (*QUERY, *QUERY_LISTS, "isHidden", "selectedAggregate", "linkedDashboards")
"""What is sent back of widgets and queries that nobody manages; the rest is the server's."""


def shows(payload: Payload, project_id: str) -> bool:
    """Return whether a dashboard of a listing is one of ours to look at: it shows our project, or whatever one has."""
    projects = [str(p) for p in payload.get("projects") or ()]
    return not payload.get("prebuiltId") and (not projects or project_id in projects)


def live_of(payload: Any) -> Live:
    """Return a dashboard, with its widgets, as a live object."""
    board = checked(payload, "title")
    title = str(board["title"])
    values: dict[str, Any] = {"title": title, **only(board, ("period",))}
    values["projects"] = tuple(sorted(str(p) for p in board.get("projects") or ()))
    values["environment"] = tuple(sorted(str(e) for e in board.get("environment") or ()))
    if isinstance(board.get("permissions"), Mapping):
        values["permissions"] = only(board["permissions"], ("isEditableByEveryone",))
    known, strange = apart(board)
    values["widgets"] = tuple(_widget(w) for w in known)
    created = moment(board.get("dateCreated"))
    private = {
        "prebuilt": bool(board.get("prebuiltId")),
        "kept": tuple(told(w) for w in strange),
        "hidden": {str(w["title"]): told(w) for w in strange if w.get("title") not in {k["title"] for k in known}},
    }
    return Live("dashboards", as_id(board["id"]), (title,), values, name=title, created_at=created, private=private)


def apart(board: Payload) -> tuple[list[Payload], list[Payload]]:
    """Return the widgets that can be written, by their titles, and those that cannot and stay as they are."""
    known: dict[str, Payload] = {}
    strange: list[Payload] = []
    for widget in mappings(board.get("widgets")):
        title = str(widget.get("title") or "")
        if title and title not in known and not any(_unknown(widget)):
            known[title] = widget
        else:
            strange.append(widget)
    return list(known.values()), strange


def told(widget: Payload) -> str:
    """Return a widget that cannot be written, and why, in words."""
    title = widget.get("title")
    name = f"widget {title}" if title else "a widget without a title"
    return f"{name} ({', '.join(_unknown(widget)) or 'another one has its title'})" if title else name


def _unknown(widget: Payload) -> Iterator[str]:
    for name, listed in (("displayType", get_args(DisplayType)), ("widgetType", (None, *get_args(WidgetType)))):
        if widget.get(name) not in listed:
            yield f"{name} {widget.get(name)}"


def disturbed(before: Payload, after: Payload, changed: Mapping[str, Any]) -> list[str]:
    """Return the titles of widgets that an update left alone, and that are not what they were."""
    alone = apart(before)[1] if "widgets" in changed else mappings(before.get("widgets"))
    now = {str(w.get("id")): _sent({}, w) for w in mappings(after.get("widgets"))}
    return [str(w.get("title") or "without a title") for w in alone if now.get(str(w.get("id"))) != _sent({}, w)]


def _widget(widget: Payload) -> dict[str, Any]:
    shown = only(widget, WIDGET)
    if isinstance(widget.get("layout"), Mapping):
        shown["layout"] = only(widget["layout"], LAYOUT)
    shown["queries"] = tuple(_query(q) for q in mappings(widget.get("queries")))
    return shown


def _query(query: Payload) -> dict[str, Any]:
    texts = {name: str(query.get(name) or "") for name in QUERY}
    return {**texts, **{name: tuple(query.get(name) or ()) for name in QUERY_LISTS}}


def body(fields: Mapping[str, Any], live: Payload | None) -> dict[str, Any]:
    """Return the body that makes these fields so.

    Without a change to widgets, none is sent. With one, all are, since those left out would be removed: what cannot be
    written as its id alone, which changes nothing of it. A widget keeps its id, and what is not written of it, by its
    title; a query by its place in the widget.
    """
    have: Payload = live or {}
    sent: dict[str, Any] = {"title": fields.get("title", have.get("title"))}
    projects = fields.get("projects", have.get("projects"))
    sent["projects"] = [int(p) for p in projects or ()]
    for name in ("environment", "period"):
        value = fields.get(name, have.get(name))
        if value is not None or name in fields:
            sent[name] = plain_json(value)
    if have.get("filters"):
        sent["filters"] = have["filters"]
    permissions = {**(have.get("permissions") or {}), **plain_json(fields.get("permissions") or {})}
    if permissions:
        sent["permissions"] = permissions
    if "widgets" in fields:
        known, strange = apart(have)
        by_title = {str(w["title"]): w for w in known}
        ours = [_sent(w, by_title.get(str(w["title"]))) for w in fields["widgets"] or ()]
        sent["widgets"] = [*ours, *({"id": str(w["id"])} for w in strange)]
    return sent


def _sent(wanted: Mapping[str, Any], live: Payload | None) -> dict[str, Any]:
    have: Payload = live or {}
    sent = {name: have[name] for name in KEPT_WIDGET if have.get(name) is not None}
    sent |= {name: plain_json(value) for name, value in wanted.items() if name != "queries"}
    there = mappings(have.get("queries"))
    if "queries" in wanted:
        queries = list(wanted["queries"])
        pairs = [(q, there[i] if i < len(there) else None) for i, q in enumerate(queries)]
    else:
        pairs = [({}, q) for q in there]
    sent["queries"] = [_sent_query(query, known) for query, known in pairs]
    return {"id": str(have["id"]), **sent} if have.get("id") else sent


def _sent_query(wanted: Mapping[str, Any], live: Payload | None) -> dict[str, Any]:
    have: Payload = live or {}
    kept = {name: have[name] for name in KEPT_QUERY if have.get(name) is not None}
    sent = {"name": "", "conditions": "", "orderby": "", **kept, **plain_json(wanted)}
    return {"id": str(have["id"]), **sent} if have.get("id") else sent
