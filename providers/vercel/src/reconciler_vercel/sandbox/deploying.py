"""Deployments for production: queued, built, ready after some looks, and then what visitors get."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import Refusal, body_of, not_found, route, until_page
from reconciler_vercel.sandbox.store import Project, Store

DONE = ("READY", "ERROR", "CANCELED")


def deploy(store: Store, project: Project, *, meta: dict[str, str] | None = None) -> dict[str, Any]:
    """Queue a build for production, as a push to the production branch does."""
    at, slug = store.ms(), store.new_id(length=9)
    deployment = {
        "uid": store.new_id("dpl_"),
        "name": project.name,
        "projectId": project.id,
        "url": f"{project.name}-{slug}.vercel.app",
        "created": at,
        "createdAt": at,
        "state": "QUEUED",
        "readyState": "QUEUED",
        "type": "LAMBDAS",
        "target": "production",
        "creator": {"uid": store.user["id"], "username": store.user["username"]},
        "meta": meta or {},
        "inspectorUrl": f"https://vercel.com/{store.slug}/{project.name}/{slug}",
        "looks": 0,
    }
    project.deployments.append(deployment)
    return deployment


def advance(store: Store, project: Project, *, looked: bool = True) -> None:
    """Let builds go on: each look brings them a step further."""
    for deployment in project.deployments:
        if deployment["readyState"] in DONE:
            continue
        deployment["looks"] += 1 if looked else 0
        state = "BUILDING" if deployment["looks"] else "QUEUED"
        if deployment["looks"] >= store.world.looks:
            state = "ERROR" if store.world.failing_builds else "READY"
        deployment["state"] = deployment["readyState"] = state
        if state == "READY":
            deployment["readySubstate"] = "STAGED" if project.rolled_back else "PROMOTED"
            deployment["aliasAssigned"] = not project.rolled_back
            project.serving = project.serving if project.rolled_back else deployment["uid"]


def finish(store: Store, project: Project) -> None:
    """Let all builds end."""
    for _ in range(store.world.looks):
        advance(store, project)


def shown(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return a deployment as listings show it."""
    return {name: value for name, value in deployment.items() if name != "looks"}


def target_of(store: Store, deployment: dict[str, Any]) -> dict[str, Any]:
    """Return a deployment as its project shows it."""
    names = ("name", "meta", "readyState", "readySubstate", "target", "type", "url", "createdAt", "aliasAssigned")
    return {
        **{name: deployment[name] for name in names if name in deployment},
        "id": deployment["uid"],
        "createdIn": "iad1",
        "creator": {"email": store.user["email"], "uid": store.user["id"], "username": store.user["username"]},
        "deploymentHostname": deployment["url"].removesuffix(".vercel.app"),
        "plan": "pro",
        "private": False,
        "userId": store.user["id"],
    }


def whole(store: Store, deployment: dict[str, Any]) -> dict[str, Any]:
    """Return a deployment as it is shown by itself: with `id` for what listings call `uid`."""
    at = deployment["created"]
    return {
        **shown(deployment),
        "id": deployment["uid"],
        "status": deployment["readyState"],
        "ownerId": store.team_id,
        "team": {"id": store.team_id, "name": store.slug, "slug": store.slug},
        "aliasAssigned": deployment.get("aliasAssigned", False),
        "bootedAt": at,
        "buildingAt": at,
        "buildSkipped": False,
        "public": False,
        "regions": ["iad1"],
        "version": 2,
    }


class Deployments:
    """Endpoints of deployments."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        made: list[BaseRoute] = [route(f"/v{n}/deployments", self.many, "GET") for n in (6, 7)]
        return [
            *made,
            route("/v13/deployments", self.create, "POST"),
            route("/v13/deployments/{id}", self.one, "GET"),
            route("/v10/projects/{project}/promote/{id}", self.promote, "POST"),
            route("/v1/projects/{project}/rollback/{id}", self.rollback, "POST"),
            route("/v9/projects/{project}/rollback/{id}", self.rollback, "POST"),
        ]

    async def many(self, request: Request) -> Response:
        """List, newest first."""
        wanted = request.query_params.get("projectId")
        projects = [self.store.project(wanted)] if wanted else list(self.store.projects.values())
        rows = []
        for project in projects:
            advance(self.store, project)
            rows += [shown(d) for d in project.deployments]
        for name in ("target", "state"):
            if name in request.query_params:
                rows = [r for r in rows if r[name] == request.query_params[name]]
        return JSONResponse(until_page(request, rows, "deployments", "created"))

    def _find(self, deployment_id: str) -> tuple[Project, dict[str, Any]]:
        for project in self.store.projects.values():
            for deployment in project.deployments:
                if deployment_id in (deployment["uid"], deployment["url"]):
                    return project, deployment
        raise not_found("Deployment")

    async def create(self, request: Request) -> Response:
        """Build an existing deployment again."""
        body = await body_of(request)
        if not body.get("deploymentId") or not body.get("name"):
            raise Refusal(400, "bad_request", "Only builds of an existing `deploymentId` are simulated.")
        project, _ = self._find(body["deploymentId"])
        made = deploy(self.store, project, meta={**body.get("meta", {}), "originalDeploymentId": body["deploymentId"]})
        return JSONResponse(whole(self.store, made))

    async def one(self, request: Request) -> Response:
        """Read one."""
        project, deployment = self._find(request.path_params["id"])
        advance(self.store, project)
        return JSONResponse(whole(self.store, deployment))

    async def promote(self, request: Request) -> Response:
        """Let visitors get a build, which ends a rollback."""
        project, deployment = self._find(request.path_params["id"])
        if deployment["readyState"] != "READY":
            raise Refusal(409, "conflict", "The deployment is not ready.")
        deployment["readySubstate"] = "PROMOTED"
        self._serve(project, deployment, "promote")
        return Response(status_code=201)

    def _serve(self, project: Project, deployment: dict[str, Any], how: str) -> None:
        """Let visitors get a build from now on; the project remembers how that came."""
        moved = {"fromDeploymentId": project.serving, "toDeploymentId": deployment["uid"], "type": how}
        project.alias_request = {**moved, "jobStatus": "succeeded", "requestedAt": self.store.ms()}
        project.serving, project.rolled_back = deployment["uid"], how == "rollback"

    async def rollback(self, request: Request) -> Response:
        """Let visitors get an older build; new ones are not given to them until one is promoted."""
        project, deployment = self._find(request.path_params["id"])
        if deployment["readyState"] != "READY":
            raise Refusal(422, "unprocessable_entity", "The deployment cannot be rolled back to.")
        self._serve(project, deployment, "rollback")
        return Response(status_code=201)
