"""Alerts: workflows, whose filters and actions a PUT brings into line by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_sentry.sandbox.answers import Answering, body_of, invalid, missing, page
from reconciler_sentry.sandbox.detectors import check_owner, matches
from reconciler_sentry.sandbox.projects import check_organization
from reconciler_sentry.sandbox.store import Object, Store, stamp

LOGIC = ("any", "any-short", "all", "none")
FREQUENCIES = (0, 5, 10, 30, 60, 180, 720, 1440)
PLAIN_TRIGGERS = (
    "first_seen_event",
    "issue_resolved_trigger",
    "reappeared_event",
    "regression_event",
    "new_high_priority_issue",
    "existing_high_priority_issue",
)
COUNTED_TRIGGERS = ("event_frequency_count", "event_unique_user_frequency_count")
TRUE = ("latest_release", "issue_priority_deescalating")
PRIORITY = "issue_priority_greater_or_equal"
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "level": ("level", "match"),
    "tagged_event": ("key", "match"),
    "event_attribute": ("attribute", "match"),
    "event_frequency_count": ("value", "interval"),
    "event_unique_user_frequency_count": ("value", "interval"),
    "event_frequency_percent": ("value", "interval", "comparisonInterval"),
    "percent_sessions_count": ("value", "interval"),
    "percent_sessions_percent": ("value", "interval"),
    "issue_occurrences": ("value",),
    "issue_category": ("value",),
    "issue_type": ("value",),
    "age_comparison": ("comparisonType", "value", "time"),
    "assigned_to": ("targetType",),
    "latest_adopted_release": ("environment", "ageComparison", "releaseAgeType"),
}
CONNECTED = ("slack", "pagerduty", "opsgenie", "discord", "msteams", "jira", "jira_server", "github", "vsts")
ACTIONS = (*CONNECTED, "email", "webhook", "sentry_app")


class Workflows:
    """The endpoints of workflows."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, answering: Answering) -> list[BaseRoute]:
        """Return the routes."""
        base = "/organizations/{org}/workflows/"
        return [
            answering.route(base, GET=self.listing, POST=self.create, PUT=self.update_many, DELETE=self.delete_many),
            answering.route(f"{base}{{id}}/", GET=self.read, PUT=self.update, DELETE=self.delete),
        ]

    def show(self, made: Object) -> dict[str, Any]:
        """Return a workflow."""
        shown = {name: value for name, value in made.items() if not name.startswith("_")}
        own = {"organizationId": "4507"}
        triggers = {**made["triggers"], **own} if made["triggers"] else None
        return {
            "createdBy": "9001",
            "dateUpdated": made["dateCreated"],
            "lastTriggered": None,
            **shown,
            **own,
            "triggers": triggers,
            "actionFilters": [{**block, **own} for block in made["actionFilters"]],
            **made.get("_unannounced", {}),
        }

    def _chosen(self, request: Request) -> list[Object]:
        check_organization(self.store, request)
        query = request.query_params
        ids, projects = query.getlist("id"), query.getlist("project")
        known = {p["slug"]: p["id"] for p in self.store.all("projects")}
        wanted = {known.get(p, p) for p in projects}
        of_project = {d["id"] for d in self.store.objects["detectors"].values() if d["projectId"] in wanted}
        found = [w for w in self.store.all("workflows") if not wanted or of_project & set(w["detectorIds"])]
        found = [w for w in found if not ids or w["id"] in ids]
        asked = query.get("detector")
        found = [w for w in found if not asked or asked in w["detectorIds"]]
        return [w for w in found if matches(w, query.get("query", ""))]

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
        return JSONResponse([self.show(w) for w in chosen])

    async def delete_many(self, request: Request) -> Response:
        """Delete all that the query finds: without one, all there are."""
        for made in self._chosen(request):
            self.store.delete("workflows", made["id"])
        return Response(status_code=204)

    def _find(self, request: Request) -> Object:
        check_organization(self.store, request)
        found = self.store.get("workflows", request.path_params["id"])
        if found is None:
            raise missing()
        return found

    async def read(self, request: Request) -> Response:
        return JSONResponse(self.show(self._find(request)))

    async def create(self, request: Request) -> Response:
        check_organization(self.store, request)
        body = await body_of(request)
        fields = self._checked(body, None)
        empty: dict[str, Any] = {"enabled": True, "environment": None, "owner": None, "detectorIds": [], "config": {}}
        made = self.store.add("workflows", {**empty, "triggers": None, "actionFilters": [], **fields})
        return JSONResponse(self.show(made), 201)

    async def update(self, request: Request) -> Response:
        made, body = self._find(request), await body_of(request)
        made.update(self._checked(body, made))
        made["dateUpdated"] = stamp(self.store.now())
        return JSONResponse(self.show(made))

    async def delete(self, request: Request) -> Response:
        self.store.delete("workflows", self._find(request)["id"])
        return Response(status_code=204)

    def _checked(self, body: Mapping[str, Any], made: Object | None) -> dict[str, Any]:
        """Return the fields to store: what is left out stays. Raises Rejected, and then nothing has changed."""
        fields = {n: body[n] for n in ("name", "enabled", "environment", "owner") if n in body}
        if not isinstance(fields.get("name"), str) or not fields["name"]:
            raise invalid("name", "This field is required.")
        if len(fields["name"]) > 256:
            raise invalid("name", "Ensure this field has no more than 256 characters.")
        check_owner(self.store, fields.get("owner"))
        if "detectorIds" in body:
            fields["detectorIds"] = self._detectors(body["detectorIds"])
        config = body.get("config")
        if config is not None:
            if config.get("frequency", 30) not in FREQUENCIES:
                raise invalid("config", f"{config['frequency']} is not one of {list(FREQUENCIES)}")
            fields["config"] = {"frequency": config.get("frequency", 30)}
        if body.get("triggers") is not None:
            fields["triggers"] = self._triggers(body["triggers"], (made or {}).get("triggers"))
        if body.get("actionFilters") is not None:
            before = (made or {}).get("actionFilters") or []
            fields["actionFilters"] = [self._block(b, n, before) for n, b in enumerate(body["actionFilters"])]
        return fields

    def _detectors(self, ids: Any) -> list[str]:
        wanted = list(dict.fromkeys(str(i) for i in ids or ()))
        unknown = [i for i in wanted if self.store.get("detectors", i) is None]
        if unknown:
            raise invalid("detectorIds", f"Some detectors do not exist: {', '.join(unknown)}")
        return wanted

    def _triggers(self, sent: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        have = before or {}
        known = {c["id"] for c in have.get("conditions", ())}
        if sent.get("logicType") not in LOGIC:
            raise invalid("triggers.logicType", "This field is required.")
        conditions = []
        for condition in sent.get("conditions") or []:
            kind, comparison = condition.get("type"), condition.get("comparison")
            if kind not in (*PLAIN_TRIGGERS, *COUNTED_TRIGGERS) and str(condition.get("id")) not in known:
                raise invalid("triggers.conditions.type", f'"{kind}" is not a valid choice.')
            if kind in COUNTED_TRIGGERS and not isinstance(comparison, Mapping):
                raise invalid("triggers.conditions.comparison", f"{comparison} is not of type 'object'")
            if kind in PLAIN_TRIGGERS and comparison is not True:
                raise invalid("triggers.conditions.comparison", f"{comparison} is not of type 'boolean'")
            conditions.append(self._kept(condition, known, "triggers"))
        made_id = have.get("id") or self.store.new_id()
        return {"id": made_id, "logicType": sent["logicType"], "conditions": conditions, "actions": []}

    def _kept(self, condition: Mapping[str, Any], known: set[str], where: str) -> dict[str, Any]:
        if condition.get("id") and str(condition["id"]) not in known:
            raise invalid(where, f"Condition ID {condition['id']} does not belong to this group.")
        return {
            "id": str(condition.get("id") or self.store.new_id()),
            "type": condition["type"],
            "comparison": condition.get("comparison"),
            "conditionResult": condition.get("conditionResult", True),
        }

    def _block(self, sent: Mapping[str, Any], number: int, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        where = "actionFilters"
        own = next((b for b in before if sent.get("id") and b["id"] == str(sent["id"])), None)
        if sent.get("id") and own is None:
            raise invalid(where, f"Condition group {sent['id']} does not belong to this workflow.")
        if sent.get("logicType") not in LOGIC:
            raise invalid(f"{where}.{number}.logicType", "This field is required.")
        known = {c["id"] for c in (own or {}).get("conditions", ())}
        conditions = []
        for condition in sent.get("conditions") or []:
            self._condition(condition, known)
            conditions.append(self._kept(condition, known, where))
        acting = {a["id"] for a in (own or {}).get("actions", ())}
        actions = [self._action(action, acting) for action in sent.get("actions") or []]
        made_id = own["id"] if own else self.store.new_id()
        return {"id": made_id, "logicType": sent["logicType"], "conditions": conditions, "actions": actions}

    @staticmethod
    def _condition(condition: Mapping[str, Any], known: set[str]) -> None:
        kind, comparison = str(condition.get("type")), condition.get("comparison")
        where = "actionFilters.conditions"
        if kind in TRUE:
            if comparison is not True:
                raise invalid(f"{where}.comparison", f"{comparison} is not of type 'boolean'")
        elif kind == PRIORITY:
            if comparison not in (75, 50, 25):
                raise invalid(f"{where}.comparison", f"{comparison} is not one of [75, 50, 25]")
        elif kind in REQUIRED:
            if not isinstance(comparison, Mapping):
                raise invalid(f"{where}.comparison", f"{comparison} is not of type 'object'")
            lacking = [n for n in REQUIRED[kind] if n not in comparison]
            if lacking:
                raise invalid(f"{where}.comparison", f"'{lacking[0]}' is a required property")
        elif str(condition.get("id")) not in known:
            raise invalid(f"{where}.type", f'"{kind}" is not a valid choice.')

    def _action(self, action: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
        """Check an action against what it needs, as every write does for every action."""
        kind, integration = action.get("type"), action.get("integrationId")
        where = "actionFilters.actions"
        if action.get("id") and str(action["id"]) not in known:
            raise invalid(where, f"Action {action['id']} does not belong to this workflow.")
        if kind not in ACTIONS and not action.get("id"):
            raise invalid(f"{where}.type", f'"{kind}" is not a valid choice.')
        config = dict(action.get("config") or {})
        if kind in CONNECTED:
            found = self.store.get("integrations", integration)
            if found is None or found["provider"]["key"] != kind:
                raise invalid(f"{where}.integrationId", f"{kind} integration {integration} was not found")
            if found["status"] != "active":
                raise invalid(f"{where}.integrationId", f"{kind} integration {integration} is disabled")
        if kind == "slack" and not config.get("targetIdentifier"):
            config["targetIdentifier"] = self._channel(str(config.get("targetDisplay") or ""))
        if kind == "email" and config.get("targetType") not in ("user", "team", "issue_owners"):
            raise invalid(f"{where}.config", f"{config.get('targetType')!r} is not a valid target type")
        return {
            "id": str(action.get("id") or self.store.new_id()),
            "type": kind,
            "integrationId": integration,
            "data": dict(action.get("data") or {}),
            "config": config,
            "status": "active",
        }

    def _channel(self, name: str) -> str:
        """Return the id of a Slack channel, "" for one that is not found: the action is saved all the same."""
        plain = name.lstrip("#")
        known = plain and plain not in self.store.silent_channels
        return f"C{self.store.made_up(f'channel {plain}', 9).upper()}" if known else ""
