"""Project routes: every change is staged into a draft, and only its promotion changes what visitors get."""

from __future__ import annotations

import copy
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import Refusal, bad, body_of, not_found, route
from reconciler_vercel.sandbox.store import Project, RouteVersion, Store

SYNTAXES = ("equals", "path-to-regexp", "regex")


def stored(rule: dict[str, Any], rule_id: str) -> dict[str, Any]:
    """Return a rule as the API keeps it: the pattern becomes a regular expression. Raises Refusal."""
    if not isinstance(rule.get("name"), str) or not isinstance(rule.get("route"), dict):
        raise bad("Invalid request: `route.name` and `route.route` are required.")
    inner = copy.deepcopy(rule["route"])
    src = inner.get("src")
    if not isinstance(src, str) or not src:
        raise bad("Invalid request: missing required property `route.route.src`.")
    if rule.get("srcSyntax", "regex") not in SYNTAXES:
        raise bad("Invalid request: `route.srcSyntax` should be equal to one of the allowed values.")
    for transform in inner.get("transforms", ()):
        if transform.get("op") not in ("set", "append", "delete"):
            raise bad("Invalid request: `transforms.op` should be equal to one of the allowed values.")
    syntax = rule.get("srcSyntax", "regex")
    inner["src"] = src if syntax == "regex" else f"^{src}$"
    kind = "redirect" if inner.get("status") else "rewrite" if inner.get("dest") else "transform"
    return {
        "id": rule_id,
        "name": rule["name"],
        "description": rule.get("description", ""),
        "enabled": rule.get("enabled", True),
        "srcSyntax": syntax,
        "rawSrc": src,
        "route": inner,
        "routeType": kind,
    }


def live_of(project: Project) -> RouteVersion | None:
    """Return the version that visitors get."""
    return next((v for v in project.versions if v.live), None)


def staged_of(project: Project) -> RouteVersion | None:
    """Return the draft."""
    return next((v for v in project.versions if v.staged), None)


class Routing:
    """Endpoints of the routes of a project."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        base = "/v1/projects/{project}/routes"
        return [
            route(f"{base}/versions", self.versions, "GET", "POST"),
            route(f"{base}/{{id}}", self.one, "PATCH"),
            route(base, self.many, "GET", "POST", "PUT", "DELETE"),
        ]

    def _project(self, request: Request) -> Project:
        """Return the project: these paths take its id, not its name."""
        found = self.store.projects.get(request.path_params["project"])
        if found is None:
            raise not_found("Project")
        return found

    def draft(self, project: Project) -> RouteVersion:
        """Return the draft, begun from what is live if there is none."""
        found = staged_of(project)
        if found is None:
            live = live_of(project)
            rules = copy.deepcopy(live.rules) if live else []
            version_id = self.store.new_id("rv_")
            found = RouteVersion(version_id, rules, self.store.ms(), self.store.user["id"], staged=True)
            project.versions.append(found)
        found.modified, found.by = self.store.ms(), self.store.user["id"]
        return found

    def shown(self, version: RouteVersion) -> dict[str, Any]:
        """Return a version."""
        return {
            "id": version.id,
            "s3Key": f"routes/{version.id}.json",
            "isLive": version.live,
            "isStaging": version.staged,
            "lastModified": version.modified,
            "createdBy": version.by,
            "ruleCount": len(version.rules),
        }

    def _rule(self, project: Project, rule: dict[str, Any], version: RouteVersion) -> dict[str, Any]:
        live = live_of(project)
        changed = version.staged and (live is None or rule not in live.rules)
        return {**rule, **({"staged": True} if changed else {}), **self.store.world.extra}

    async def many(self, request: Request) -> Response:
        """Read rules, or stage additions, a whole set, or removals."""
        project = self._project(request)
        if request.method == "GET":
            return self._read(request, project)
        body = await body_of(request)
        if request.method == "POST":
            rule = stored(body.get("route") or {}, self.store.new_id("route_"))
            before = staged_of(project) or live_of(project)
            if before is not None and len(before.rules) >= self.store.world.most_routes:
                raise Refusal(402, "payment_required", "The plan of the team does not allow more routing rules.")
            version = self.draft(project)
            self._place(version, rule, body.get("position") or {})
            answer = {"route": self._rule(project, rule, version), "version": self.shown(version)}
            return JSONResponse(answer)
        if request.method == "PUT":
            given = [stored(r, str(r.get("id") or "")) for r in body.get("routes") or ()]
            version = self.draft(project)
            kept = (
                [] if body.get("overwrite") else [r for r in version.rules if r["id"] not in {g["id"] for g in given}]
            )
            version.rules = [*kept, *given]
            return JSONResponse({"version": self.shown(version)})
        gone = set(body.get("routeIds") or ())
        version = self.draft(project)
        count = len(version.rules)
        version.rules = [r for r in version.rules if r["id"] not in gone]
        return JSONResponse({"deletedCount": count - len(version.rules), "version": self.shown(version)})

    def _place(self, version: RouteVersion, rule: dict[str, Any], position: dict[str, Any]) -> None:
        ids = [r["id"] for r in version.rules]
        match position.get("placement", "end"):
            case "start":
                version.rules.insert(0, rule)
            case "before" | "after" as side:
                if position.get("referenceId") not in ids:
                    raise not_found("Route")
                version.rules.insert(ids.index(position["referenceId"]) + (side == "after"), rule)
            case _:
                version.rules.append(rule)

    def _read(self, request: Request, project: Project) -> Response:
        """Return the rules of a version; without one those of the draft, if there is one."""
        wanted = request.query_params.get("versionId")
        version = staged_of(project) or live_of(project)
        if wanted:
            version = next((v for v in project.versions if v.id == wanted), None)
            if version is None:
                raise not_found("Version")
        if version is None:
            empty = RouteVersion("rv_none", [], 0, self.store.user["id"], live=True)
            version = empty
        rules = [self._rule(project, r, version) for r in version.rules]
        answer: dict[str, Any] = {"routes": rules, "version": self.shown(version)}
        if request.query_params.get("diff"):
            changed = [r for r in rules if r.get("staged")]
            only = request.query_params["diff"] == "only"
            return JSONResponse({**answer, "routes": changed if only else rules, "diffCount": len(changed)})
        return JSONResponse(
            {**answer, "limit": {"maxRoutes": self.store.world.most_routes, "currentRoutes": len(rules)}}
        )

    async def one(self, request: Request) -> Response:
        """Stage another form of a rule."""
        project = self._project(request)
        body = await body_of(request)
        version = self.draft(project)
        for number, rule in enumerate(version.rules):
            if rule["id"] == request.path_params["id"]:
                live = live_of(project)
                before = next((r for r in live.rules if r["id"] == rule["id"]), rule) if live else rule
                version.rules[number] = before if body.get("restore") else stored(body.get("route") or {}, rule["id"])
                shown = self._rule(project, version.rules[number], version)
                return JSONResponse({"route": shown, "version": self.shown(version)})
        raise not_found("Route")

    async def versions(self, request: Request) -> Response:
        """List versions; promote or discard the draft, or restore an old version."""
        project = self._project(request)
        if request.method == "GET":
            return JSONResponse({"versions": [self.shown(v) for v in reversed(project.versions)]})
        body = await body_of(request, {"id": "string", "action": "string"}, ("id", "action"))
        version = next((v for v in project.versions if v.id == body["id"]), None)
        if version is None:
            raise not_found("Version")
        match body["action"]:
            case "promote" | "restore":
                if body["action"] == "promote" and not version.staged:
                    raise Refusal(409, "conflict", "Only the staged version can be promoted.")
                for other in project.versions:
                    other.live = other is version
                version.staged = False
            case "discard":
                project.versions.remove(version)
            case _:
                raise bad("Invalid request: `action` should be equal to one of the allowed values.")
        return JSONResponse({"version": self.shown(version)})
