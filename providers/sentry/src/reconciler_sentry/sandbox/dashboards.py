"""Dashboards. A PUT brings the widgets into line by id: what it leaves out is removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox.answers import Answering, Rejected, body_of, invalid, missing, page
from reconciler_sentry.sandbox.projects import check_organization
from reconciler_sentry.sandbox.shapes import user
from reconciler_sentry.sandbox.store import Object, Store, stamp

DISPLAYS = [
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
WIDGETS: tuple[str | None, ...] = (
    None,
    "discover",
    "issue",
    "metrics",
    "error-events",
    "transaction-like",
    "spans",
    "logs",
    "tracemetrics",
    "preprod-app-size",
)
CREATOR = "admin@example.com"


class Dashboards:
    """The endpoints of dashboards."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        base = "/organizations/{org}/dashboards/"
        return [
            answering.route(base, GET=self.listing, POST=self.create),
            answering.route(f"{base}{{id}}/", GET=self.read, PUT=self.update, DELETE=self.delete),
        ]

    def show(self, made: Object) -> dict[str, Any]:
        """Return a dashboard with its widgets."""
        shown = {name: value for name, value in made.items() if not name.startswith("_") and value is not None}
        return {
            **shown,
            "permissions": made["permissions"],
            "createdBy": user("9001", CREATOR),
            "isFavorited": False,
            "prebuiltId": made.get("prebuiltId"),
            **made.get("_unannounced", {}),
        }

    def _listed(self, made: Object) -> dict[str, Any]:
        shown = self.show(made)
        for name in ("widgets", "period", "utc", "start", "end"):
            shown.pop(name, None)
        displays = [w["displayType"] for w in made["widgets"]]
        return {**shown, "lastVisited": None, "widgetDisplay": displays, "widgetPreview": []}

    async def listing(self, request: Request) -> Response:
        check_organization(self.store, request)
        return page(self.store, request, self.store.all("dashboards"), self._listed)

    def _find(self, request: Request) -> Object:
        check_organization(self.store, request)
        found = self.store.get("dashboards", request.path_params["id"])
        if found is None:
            raise missing()
        return found

    async def read(self, request: Request) -> Response:
        return JSONResponse(self.show(self._find(request)))

    async def create(self, request: Request) -> Response:
        check_organization(self.store, request)
        body = await body_of(request)
        if not body.get("title"):
            raise invalid("title", "This field is required.")
        empty: dict[str, Any] = {
            "projects": [],
            "environment": [],
            "period": None,
            "filters": {},
            "permissions": None,
            "widgets": [],
        }
        fields = self._checked(body, None)
        made = self.store.add("dashboards", {**empty, **fields})
        for widget in made["widgets"]:
            widget["dashboardId"] = made["id"]
        return JSONResponse(self.show(made), 201)

    async def update(self, request: Request) -> Response:
        made, body = self._find(request), await body_of(request)
        made.update(self._checked(body, made))
        return JSONResponse(self.show(made))

    async def delete(self, request: Request) -> Response:
        self.store.delete("dashboards", self._find(request)["id"], scheduled=False)
        return Response(status_code=204)

    def _checked(self, body: Mapping[str, Any], made: Object | None) -> dict[str, Any]:
        names = ("title", "projects", "environment", "period", "filters", "permissions")
        fields = {name: body[name] for name in names if name in body}
        title = fields.get("title")
        if len(str(title or "")) > 255:
            raise invalid("title", "Ensure this field has no more than 255 characters.")
        if any(d["title"] == title and d is not made for d in self.store.all("dashboards")):
            raise Rejected(409, {"detail": "Dashboard with that title already exists."})
        known = {int(p["id"]) for p in self.store.all("projects")}
        if set(fields.get("projects") or ()) - known:
            raise invalid("projects", "Project does not exist or you do not have access.")
        fields["environment"] = fields.get("environment") or ([] if made is None else made["environment"])
        if "environment" in body and not body["environment"]:
            fields["environment"] = []
        if fields.get("permissions"):
            fields["permissions"] = {"teamsWithEditAccess": [], **fields["permissions"]}
        if "widgets" in body:
            number = made["id"] if made else "0"
            before = made["widgets"] if made else []
            fields["widgets"] = [self._widget(w, n, before, number) for n, w in enumerate(body["widgets"] or ())]
        return fields

    def _widget(
        self, sent: Mapping[str, Any], number: int, before: Sequence[Mapping[str, Any]], dashboard: str
    ) -> dict[str, Any]:
        """Return a widget as it is kept. One that is named by its id alone is left alone, of whatever type it is."""
        own = next((w for w in before if sent.get("id") and w["id"] == str(sent["id"])), None)
        if sent.get("id") and own is None:
            raise invalid("widgets", "You cannot update widgets that are not part of this dashboard.")
        if own is not None and set(sent) == {"id"}:
            return dict(own)
        if not sent.get("title") or sent.get("displayType") not in DISPLAYS:
            raise invalid(f"widgets.{number}.displayType", f'"{sent.get("displayType")}" is not a valid choice.')
        if sent.get("widgetType") not in WIDGETS:
            raise invalid(f"widgets.{number}.widgetType", f'"{sent.get("widgetType")}" is not a valid choice.')
        layout = sent.get("layout")
        if layout and layout["x"] + layout["w"] > 6:
            raise invalid(f"widgets.{number}.layout", "x + w must not exceed 6")
        automatic = {"x": number % 3 * 2, "y": number // 3 * 2, "w": 2, "h": 2, "minH": 2}
        queries = [self._query(q, (own or {}).get("queries") or []) for q in sent.get("queries") or ()]
        made_id = own["id"] if own else self.store.new_id()
        for query in queries:
            query["widgetId"] = made_id
        return {
            "id": made_id,
            "title": sent["title"],
            "description": sent.get("description"),
            "displayType": sent["displayType"],
            "thresholds": sent.get("thresholds"),
            "interval": sent.get("interval") or "5m",
            "dateCreated": own["dateCreated"] if own else stamp(self.store.now()),
            "dashboardId": dashboard,
            "queries": queries,
            "limit": sent.get("limit"),
            "widgetType": sent.get("widgetType") or "error-events",
            "layout": layout or (own or {}).get("layout") or automatic,
            "axisRange": sent.get("axisRange"),
            "legendType": sent.get("legendType"),
            "datasetSource": "user",
            "exploreUrls": None,
            "changedReason": None,
        }

    def _query(self, sent: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        own = next((q for q in before if sent.get("id") and q["id"] == str(sent["id"])), None)
        if sent.get("id") and own is None:
            raise invalid("widgets", "You cannot update queries that are not part of this widget.")
        lists = {name: list(sent.get(name) or ()) for name in ("fields", "aggregates", "columns", "fieldAliases")}
        return {
            "id": own["id"] if own else self.store.new_id(),
            "name": sent.get("name") or "",
            **lists,
            "conditions": sent.get("conditions") or "",
            "orderby": sent.get("orderby") or "",
            "onDemand": [],
            "isHidden": bool(sent.get("isHidden")),
            "selectedAggregate": sent.get("selectedAggregate"),
            "linkedDashboards": [],
        }
