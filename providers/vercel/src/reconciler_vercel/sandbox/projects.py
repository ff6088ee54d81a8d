"""Projects: list, read, create, change, delete, the two switches, and the bypass of deployment protection."""

from __future__ import annotations

import base64
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import Refusal, bad, body_of, not_found, route
from reconciler_vercel.sandbox.deploying import advance, target_of
from reconciler_vercel.sandbox.settings import CREATE, PATCH, accepted, merge
from reconciler_vercel.sandbox.store import Project, Store
from reconciler_vercel.sandbox.variables import Variables
from reconciler_vercel.sandbox.variables import shown as shown_env

CONFIG = {"functionDefaultRegions": ["iad1"], "fluid": True, "functionDefaultMemoryType": "standard"}
NEW = {
    "framework": None,
    "nodeVersion": "22.x",
    "autoExposeSystemEnvs": True,
    "autoAssignCustomDomains": True,
    "directoryListing": False,
    "gitForkProtection": True,
    "gitLFS": False,
    "sourceFilesOutsideRootDirectory": True,
    "ssoProtection": {"deploymentType": "prod_deployment_urls_and_all_previews"},
}
"""What a new project has: protection is on."""


def new_project(store: Store, name: str, body: dict[str, Any], project_id: str = "") -> Project:
    """Store a new project, with the domain that each project gets. Raises Refusal."""
    accepted(body, store.world)
    if any(p.name == name for p in store.projects.values()):
        raise Refusal(409, "conflict", "A project with the provided name already exists.")
    at = store.ms()
    project = Project(project_id or store.new_id("prj_"), name, at, {**NEW, "resourceConfig": dict(CONFIG)}, updated=at)
    merge(project, {k: v for k, v in body.items() if k not in ("environmentVariables", "gitRepository")})
    store.projects[project.id] = project
    own = f"{name}.vercel.app"
    project.domains[own] = {"name": own, "apexName": "vercel.app", "createdAt": at, "updatedAt": at, "verified": True}
    return project


def shown(store: Store, project: Project) -> dict[str, Any]:
    """Return a project as the API shows it: passwords never, the secrets of bypasses as keys."""
    kept = {name: value for name, value in project.settings.items() if name != "staticIps" or value}
    if kept.get("passwordProtection"):
        kept["passwordProtection"] = {"deploymentType": kept["passwordProtection"]["deploymentType"]}
    if not kept.get("trustedIps"):
        kept.pop("trustedIps", None)
    nullable = (*PATCH, "framework")
    serving = next((d for d in project.deployments if d["uid"] == project.serving), None)
    return {
        **{n: v for n, v in kept.items() if v is not None or PATCH.get(n, "").endswith("?") or n not in nullable},
        "accountId": store.team_id,
        "id": project.id,
        "name": project.name,
        "createdAt": project.created,
        "updatedAt": project.updated,
        "defaultResourceConfig": dict(CONFIG),
        "env": [shown_env(store, record) for record in project.env.values()],
        "customEnvironments": project.environments,
        "latestDeployments": [],
        "alias": [],  # this and the next are required by the SDK of September 2026
        "deploymentExpiration": kept.get("deploymentExpiration") or {},
        "targets": {"production": target_of(store, serving) if serving else None},
        "lastRollbackTarget": {} if project.rolled_back else None,
        "lastAliasRequest": project.alias_request,
        **({"protectionBypass": project.bypass} if project.bypass else {}),
        "live": False,
        **store.world.extra,
    }


class Projects:
    """Endpoints of projects. The vendor serves old versions of a path for years, and clients use them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        made = [route(f"/v{n}/projects", self.many, "GET", "POST") for n in (8, 9, 10, 11)]
        made += [route(f"/v{n}/projects/{{project}}", self.one, "GET", "PATCH", "DELETE") for n in (2, 8, 9, 10)]
        made += [route(f"/v{n}/projects/{{project}}/protection-bypass", self.bypass, "PATCH") for n in (1, 10)]
        return [
            *made,
            route("/web/insights/toggle", self.analytics, "POST"),
            route("/speed-insights/toggle", self.speed, "POST"),
        ]

    async def many(self, request: Request) -> Response:
        """List, page by page with an opaque token, or create."""
        if request.method == "POST":
            body = await body_of(request, CREATE, ("name",))
            project = new_project(self.store, body["name"], body)
            for variable in body.get("environmentVariables") or ():
                target = variable.get("target", [])
                given = {"type": "encrypted", **variable, "target": [target] if isinstance(target, str) else target}
                Variables(self.store).made(project, given)
            return JSONResponse(shown(self.store, project))
        limit = int(request.query_params.get("limit", "20"))
        wanted = request.query_params.get("search", "")
        found = sorted((p for p in self.store.projects.values() if wanted in p.name), key=lambda p: -p.created)
        start = _offset(request.query_params.get("from", ""))
        page = found[start : start + limit]
        more = start + limit < len(found)
        following = base64.urlsafe_b64encode(f"p:{start + limit}".encode()).decode() if more else None
        pagination = {"count": len(page), "next": following, "prev": None}
        return JSONResponse({"projects": [shown(self.store, p) for p in page], "pagination": pagination})

    async def one(self, request: Request) -> Response:
        """Read, change or delete one."""
        project = self.store.project(request.path_params["project"])
        if request.method == "DELETE":
            del self.store.projects[project.id]
            return Response(status_code=204)
        if request.method == "PATCH":
            body = accepted(await body_of(request, PATCH), self.store.world)
            name = body.get("name", project.name)
            if any(p.name == name for p in self.store.projects.values() if p is not project):
                raise Refusal(409, "conflict", "The provided name for the project is already being used.")
            merge(project, body)
            project.name, project.updated = name, self.store.ms()
        advance(self.store, project, looked=False)
        return JSONResponse(shown(self.store, project))

    async def analytics(self, request: Request) -> Response:
        """Turn web analytics on or off."""
        return await self._switch(request, "webAnalytics")

    async def speed(self, request: Request) -> Response:
        """Turn speed insights on or off."""
        if self.store.world.plan == "hobby":
            raise Refusal(402, "payment_required", "Speed Insights needs a Pro plan.")
        return await self._switch(request, "speedInsights")

    async def _switch(self, request: Request, product: str) -> Response:
        body = await body_of(request, {"value": "boolean"}, ("value",))
        project = self.store.project(request.query_params.get("projectId", ""))
        known = project.settings.get(product) or {"id": self.store.new_id(), "hasData": False}
        if body["value"] or product in project.settings:
            project.settings[product] = {**known, "enabledAt" if body["value"] else "disabledAt": self.store.ms()}
        return JSONResponse({"value": body["value"]})

    async def bypass(self, request: Request) -> Response:
        """Make or revoke a secret that passes deployment protection: the secret is the key."""
        project = self.store.project(request.path_params["project"])
        body = await body_of(request, {"generate": "object", "revoke": "object", "update": "object"})
        if len(body) != 1:
            raise bad("Exactly one of `generate`, `revoke` and `update` is needed.")
        if "generate" in body:
            secret = body["generate"].get("secret") or self.store.new_id(length=32)
            row = {"createdAt": self.store.ms(), "createdBy": self.store.user["id"], "scope": "automation-bypass"}
            project.bypass[secret] = row
        elif "revoke" in body and project.bypass.pop(body["revoke"].get("secret"), None) is None:
            raise not_found("Secret")
        return JSONResponse({"protectionBypass": project.bypass})


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("p:"))
    except ValueError:
        raise bad("Invalid request: `from` is no token of this listing.") from None
