"""Monitors: detectors, which are read in another form than they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox.answers import Answering, Rejected, body_of, invalid, missing, page
from reconciler_sentry.sandbox.births import detector
from reconciler_sentry.sandbox.projects import Projects, check_organization
from reconciler_sentry.sandbox.store import Object, Store, stamp

OPERATORS = ("gt", "gte", "lt", "lte", "anomaly_detection")
RESULTS = (75, 50, 0)
DELTAS = (300, 900, 3600, 86_400, 604_800, 2_592_000)
WINDOWS = (60, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400)
DETECTIONS = {"static": "", "percent": "change-alerts", "dynamic": "anomaly-detection-alerts"}
EVENTS = ("error", "default", "transaction", "trace_item_span", "trace_item_log", "trace_item_metric")


class Detectors:
    """The endpoints of detectors."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self.store = store
        self.projects = projects

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        base = "/organizations/{org}/detectors/"
        return [
            answering.route(base, GET=self.listing, PUT=self.update_many, DELETE=self.delete_many),
            answering.route(f"{base}{{id}}/", GET=self.read, PUT=self.update, DELETE=self.delete),
            answering.route("/organizations/{org}/projects/{project}/detectors/", POST=self.create),
        ]

    def show(self, made: Object) -> dict[str, Any]:
        """Return a detector; what it tells is computed from the alerts that listen to it."""
        told = [w["id"] for w in self.store.all("workflows") if made["id"] in w["detectorIds"]]
        shown = {name: value for name, value in made.items() if not name.startswith("_")}
        return {
            "createdBy": None,
            "latestGroup": None,
            "dateUpdated": made["dateCreated"],
            **shown,
            "owner": self._owner(made["owner"]),
            "workflowIds": told,
            **made.get("_unannounced", {}),
        }

    def _owner(self, owner: str | None) -> dict[str, Any] | None:
        if owner is None:
            return None
        kind, _, number = owner.partition(":")
        if kind == "team":
            team = self.store.get("teams", number)
            return {"type": "team", "id": number, "name": team["name"] if team else ""}
        member = next((m for m in self.store.all("members") if m["userId"] == number), {"email": ""})
        return {"type": "user", "id": number, "name": member["email"], "email": member["email"]}

    def _chosen(self, request: Request) -> list[Object]:
        check_organization(self.store, request)
        query = request.query_params
        projects, ids = query.getlist("project"), query.getlist("id")
        known = {p["slug"]: p["id"] for p in self.store.all("projects")}
        wanted = {known.get(p, p) for p in projects}
        found = [d for d in self.store.all("detectors") if not wanted or d["projectId"] in wanted]
        found = [d for d in found if not ids or d["id"] in ids]
        return [d for d in found if matches(d, query.get("query", ""))]

    async def listing(self, request: Request) -> Response:
        return page(self.store, request, self._chosen(request), self.show)

    async def update_many(self, request: Request) -> Response:
        """Switch all that the query finds."""
        enabled = (await body_of(request)).get("enabled")
        if not isinstance(enabled, bool):
            raise invalid("enabled", "This field is required.")
        chosen = self._chosen(request)
        for made in chosen:
            made["enabled"] = enabled
        return JSONResponse([self.show(d) for d in chosen])

    async def delete_many(self, request: Request) -> Response:
        """Delete all that the query finds: without one, all there are."""
        for made in self._chosen(request):
            self.store.delete("detectors", made["id"])
        return Response(status_code=204)

    def _find(self, request: Request) -> Object:
        check_organization(self.store, request)
        found = self.store.get("detectors", request.path_params["id"])
        if found is None:
            raise missing()
        return found

    async def read(self, request: Request) -> Response:
        return JSONResponse(self.show(self._find(request)))

    async def create(self, request: Request) -> Response:
        project, body = self.projects.find(request), await body_of(request)
        kind = body.get("type")
        if kind != "metric_issue":
            raise invalid("type", f"Unknown detector type '{kind}'. Must be one of: metric_issue")
        made = detector(project["id"], "metric_issue", "")
        fields = self._checked({**made, "name": None, **body}, None)
        made.update(fields)
        stored = self.store.add("detectors", made)
        self._connect(stored, body)
        return JSONResponse(self.show(stored), 201)

    async def update(self, request: Request) -> Response:
        """Change a detector: name and type have to be there, what is left out stays."""
        made, body = self._find(request), await body_of(request)
        if not body.get("name"):
            raise invalid("name", "This field is required.")
        if body.get("type") != made["type"]:
            raise invalid("type", "This field is required." if "type" not in body else "The type cannot be changed.")
        made.update(self._checked(body, made))
        made["dateUpdated"] = stamp(self.store.now())
        self._connect(made, body)
        return JSONResponse(self.show(made))

    def _connect(self, made: Object, body: Mapping[str, Any]) -> None:
        if body.get("workflowIds") is None:
            return
        wanted = {str(i) for i in body["workflowIds"]}
        for workflow in self.store.all("workflows"):
            ids = [i for i in workflow["detectorIds"] if i != made["id"]]
            workflow["detectorIds"] = [*ids, made["id"]] if workflow["id"] in wanted else ids

    async def delete(self, request: Request) -> Response:
        made = self._find(request)
        if made["type"] in ("error", "issue_stream"):
            raise Rejected(403, {"detail": "This detector type cannot be deleted."})
        self.store.delete("detectors", made["id"])
        return Response(status_code=204)

    def _checked(self, body: Mapping[str, Any], made: Object | None) -> dict[str, Any]:
        """Return the fields to store. Raises Rejected, and then nothing has changed."""
        fields = {n: body[n] for n in ("name", "description", "owner", "enabled") if n in body}
        if not isinstance(fields.get("name"), str) or not fields["name"]:
            raise invalid("name", "This field may not be null.")
        if len(fields["name"]) > 200:
            raise invalid("name", "Ensure this field has no more than 200 characters.")
        check_owner(self.store, fields.get("owner"))
        config = body.get("config")
        if config:
            fields["config"] = self._config(config)
        if made is None or body.get("dataSources"):
            fields["dataSources"] = [self._source(body.get("dataSources"), made)]
        if made is None or body.get("conditionGroup"):
            detection = (fields.get("config") or (made or {}).get("config") or {}).get("detectionType")
            fields["conditionGroup"] = self._group(body.get("conditionGroup") or {}, detection, made)
        return fields

    def _config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        detection = config.get("detectionType")
        if detection not in DETECTIONS:
            raise invalid("config", f"{detection!r} is not one of {sorted(DETECTIONS)}")
        feature = DETECTIONS[detection]
        if feature and feature not in self.store.features:
            raise invalid("config.detectionType", f"The {feature} feature is not enabled for this organization")
        delta = config.get("comparisonDelta")
        if detection == "percent" and delta not in DELTAS:
            raise invalid("config.comparisonDelta", f"{delta} is not one of {list(DELTAS)}")
        return {"detectionType": detection, "comparisonDelta": delta if detection == "percent" else None}

    def _source(self, sources: Any, made: Object | None) -> dict[str, Any]:
        if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], Mapping):
            raise invalid("dataSources", "Only one data source is allowed.")
        source: Mapping[str, Any] = sources[0]
        for name in ("aggregate", "dataset", "timeWindow", "eventTypes"):
            if source.get(name) in (None, "", []):
                raise invalid("dataSources", f"{name}: This field is required.")
        if source["dataset"] not in ("events", "events_analytics_platform", "transactions"):
            raise invalid("dataSources", f"dataset: Invalid dataset {source['dataset']}")
        if source["dataset"] == "transactions":
            raise invalid("dataSources", "Creation of transaction-based alerts is disabled, use spans.")
        if source.get("extrapolationMode") == "server_weighted":
            raise invalid("dataSources", "server_weighted extrapolation mode is not supported for new detectors.")
        if set(source["eventTypes"]) - set(EVENTS):
            raise invalid("dataSources", "eventTypes: Invalid event type")
        if source["timeWindow"] not in WINDOWS:
            raise invalid("dataSources", f"timeWindow: {source['timeWindow']} is not one of {list(WINDOWS)}.")
        before = made["dataSources"][0] if made and made["dataSources"] else None
        kept = before["queryObj"]["snubaQuery"] if before else {"environment": None, "extrapolationMode": "unknown"}
        inner = before["queryObj"]["snubaQuery"]["id"] if before else self.store.new_id()
        new = self.store.new_id
        query = {
            "id": inner,
            "dataset": source["dataset"],
            "query": source.get("query") or "",
            "aggregate": source["aggregate"],
            "timeWindow": source["timeWindow"],
            "environment": source.get("environment", kept["environment"]),
            "eventTypes": sorted(source["eventTypes"]),
            "extrapolationMode": source.get("extrapolationMode") or kept["extrapolationMode"],
        }
        return {
            "id": before["id"] if before else new(),
            "organizationId": "4507",
            "type": "snuba_query_subscription",
            "sourceId": before["sourceId"] if before else new(),
            "queryObj": {"id": before["queryObj"]["id"] if before else new(), "status": 0, "subscription": None}
            | {"snubaQuery": query},
        }

    def _group(self, group: Mapping[str, Any], detection: Any, made: Object | None) -> dict[str, Any]:
        sent = group.get("conditions") or []
        before = (made or {}).get("conditionGroup") or {}
        known = {c["id"] for c in before.get("conditions", ())}
        if not group.get("logicType"):
            raise invalid("conditionGroup.logicType", "This field is required.")
        if len(sent) > 3:
            raise invalid("conditionGroup.conditions", "Too many conditions")
        dynamic = any(c.get("type") == "anomaly_detection" for c in sent)
        if dynamic != (detection == "dynamic") or (dynamic and len(sent) != 1):
            raise invalid("conditionGroup.conditions", "Dynamic monitors take one anomaly_detection condition")
        for number, condition in enumerate(sent):
            self._condition(condition, number, known)
        if not dynamic and not any(c.get("conditionResult") == 0 for c in sent):
            raise invalid("conditionGroup.conditions", "Resolution condition required for metric issue detector.")
        conditions = [
            {
                "id": str(c.get("id") or self.store.new_id()),
                "type": c["type"],
                "comparison": c["comparison"],
                "conditionResult": c["conditionResult"],
            }
            for c in sent
        ]
        return {
            "id": before.get("id") or self.store.new_id(),
            "organizationId": "4507",
            "logicType": group["logicType"],
            "conditions": conditions,
            "actions": [],
        }

    @staticmethod
    def _condition(condition: Mapping[str, Any], number: int, known: set[str]) -> None:
        where = f"conditionGroup.conditions.{number}"
        comparison = condition.get("comparison")
        if condition.get("type") not in OPERATORS:
            raise invalid(f"{where}.type", f'"{condition.get("type")}" is not a valid choice.')
        if condition.get("conditionResult") not in RESULTS:
            raise invalid(f"{where}.conditionResult", "Invalid result")
        if condition["type"] == "anomaly_detection":
            if not isinstance(comparison, Mapping) or comparison.get("sensitivity") not in ("low", "medium", "high"):
                raise invalid(f"{where}.comparison", f"{comparison!r} is not of type 'object'")
        elif isinstance(comparison, bool) or not isinstance(comparison, int | float):
            raise invalid(f"{where}.comparison", f"{comparison!r} is not of type 'number'")
        if condition.get("id") and str(condition["id"]) not in known:
            raise invalid(where, f"Condition ID {condition['id']} does not belong to this group.")


def matches(made: Mapping[str, Any], query: str) -> bool:
    """Return whether an object fits a search text: `type:…`, `name:…`, or words of its name."""
    for term in _terms(query):
        key, colon, value = term.partition(":")
        if colon and key in ("type", "name"):
            if str(made.get(key)) != value.strip('"'):
                return False
        elif not colon and term.lower() not in str(made.get("name")).lower():
            return False
    return True


def _terms(query: str) -> Sequence[str]:
    if query.startswith("name:"):
        return [query]
    return query.split()


def check_owner(store: Store, owner: Any) -> None:
    """Answer 400 for an owner that is no `team:<id>` or `user:<id>` of the organisation."""
    if owner in (None, ""):
        return
    kind, _, number = str(owner).partition(":")
    teams = {t["id"] for t in store.all("teams")}
    users = {m["userId"] for m in store.all("members")}
    if not ((kind == "team" and number in teams) or (kind == "user" and number in users)):
        raise invalid("owner", "Could not parse actor. Format should be `type:id` where type is `team` or `user`.")
