"""What official clients call around a project: pausing, its git link, crons, retention, and the team's domains."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import body_of, route
from reconciler_vercel.sandbox.naming import apex_of
from reconciler_vercel.sandbox.projects import shown
from reconciler_vercel.sandbox.store import Project, Store


class Neighbours:
    """Endpoints that this provider does not use, and the vendor's CLI, SDK and Terraform provider do."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return their paths."""
        return [
            route("/v1/projects/{project}/pause", self.pause, "POST"),
            route("/v1/projects/{project}/unpause", self.unpause, "POST"),
            route("/v9/projects/{project}/branch", self.branch, "PATCH"),
            route("/v9/projects/{project}/link", self.link, "POST", "DELETE"),
            route("/v1/projects/{project}/crons", self.crons, "PATCH"),
            route("/v9/projects/{project}/deployment-expiration", self.retention, "PATCH"),
            route("/v5/domains", self.domains, "GET"),
        ]

    def _project(self, request: Request) -> Project:
        return self.store.project(request.path_params["project"])

    async def pause(self, request: Request) -> Response:
        """Stop serving a project."""
        self._project(request).settings["paused"] = True
        return Response(status_code=200)

    async def unpause(self, request: Request) -> Response:
        """Serve it again."""
        self._project(request).settings["paused"] = False
        return Response(status_code=200)

    async def link(self, request: Request) -> Response:
        """Connect a project with a repository, or part them."""
        project = self._project(request)
        if request.method == "DELETE":
            project.settings.pop("link", None)
        else:
            body = await body_of(request, {"type": "string", "repo": "string"}, ("type", "repo"))
            org, _, repo = body["repo"].partition("/")
            made = {"type": body["type"], "org": org, "repo": repo, "deployHooks": [], "gitCredentialId": "cred_1"}
            project.settings["link"] = {**made, "productionBranch": "main"}
        return JSONResponse(shown(self.store, project))

    async def branch(self, request: Request) -> Response:
        """Choose the branch that production is built from."""
        project = self._project(request)
        body = await body_of(request, {"branch": "string"}, ("branch",))
        project.settings["link"] = {**project.settings.get("link", {}), "productionBranch": body["branch"]}
        return JSONResponse(shown(self.store, project))

    async def crons(self, request: Request) -> Response:
        """Turn all cron jobs of a project on or off; what they are stands in its vercel.json."""
        project = self._project(request)
        body = await body_of(request, {"enabled": "boolean"}, ("enabled",))
        at = self.store.ms()
        switched = {"enabledAt": at, "disabledAt": None if body["enabled"] else at, "updatedAt": at}
        project.settings["crons"] = {**switched, "deploymentId": None, "definitions": []}
        return JSONResponse(shown(self.store, project))

    async def retention(self, request: Request) -> Response:
        """Say how long deployments are kept."""
        project = self._project(request)
        project.settings["deploymentExpiration"] = await body_of(request)
        return JSONResponse(project.settings["deploymentExpiration"])

    async def domains(self, request: Request) -> Response:
        """List the domains that the team owns: those that its projects serve below."""
        names = {apex_of(name) for p in self.store.projects.values() for name in p.domains} - {"vercel.app"}
        user = {name: self.store.user[name] for name in ("id", "username", "email")}
        common = {
            "serviceType": "external",
            "verified": True,
            "nameservers": [],
            "intendedNameservers": [],
            "creator": user,
            "userId": user["id"],
            "teamId": self.store.team_id,
            "createdAt": 0,
            "boughtAt": None,
            "expiresAt": None,
        }
        rows = [{"id": name, "name": name, **common} for name in sorted(names)]
        return JSONResponse({"domains": rows, "pagination": {"count": len(rows), "next": None, "prev": None}})
