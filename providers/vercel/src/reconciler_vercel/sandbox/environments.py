"""Custom environments of a project, which variables and domains refer to by id."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import Refusal, bad, body_of, not_found, route
from reconciler_vercel.sandbox.store import Project, Store

LIMITS = {"hobby": 0, "pro": 1, "enterprise": 12}
ALLOWED = {"slug": "string", "description": "string", "branchMatcher": "object?", "copyEnvVarsFrom": "string"}


class Environments:
    """Endpoints of custom environments."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        made: list[BaseRoute] = []
        for version in ("", "/v9"):  # the CLI asks without a version
            base = f"{version}/projects/{{project}}/custom-environments"
            made.append(route(base, self.many, "GET", "POST"))
            made.append(route(f"{base}/{{environment}}", self.one, "GET", "PATCH", "DELETE"))
        return made

    async def many(self, request: Request) -> Response:
        """List, or make one."""
        project = self.store.project(request.path_params["project"])
        most = LIMITS.get(self.store.world.plan, 1)
        if request.method == "GET":
            return JSONResponse({"accountLimit": {"total": most}, "environments": project.environments})
        body = await body_of(request, ALLOWED)
        slug = body.get("slug", "")
        if not slug or len(slug) > 32 or slug in ("production", "preview"):
            raise bad("Invalid request: `slug` is not allowed.")
        if len(project.environments) >= most:
            raise Refusal(402, "payment_required", "The plan allows no more custom environments.")
        at = self.store.ms()
        made = {"id": self.store.new_id("env_"), "slug": slug, "type": "preview", "createdAt": at, "updatedAt": at}
        project.environments.append(
            {**made, **{k: v for k, v in body.items() if k in ("description", "branchMatcher")}}
        )
        return JSONResponse(project.environments[-1], 201)

    def _find(self, project: Project, named: str) -> dict[str, Any]:
        found = next((e for e in project.environments if named in (e["id"], e["slug"])), None)
        if found is None:
            raise not_found("Environment")
        return found

    async def one(self, request: Request) -> Response:
        """Read, change or remove one."""
        project = self.store.project(request.path_params["project"])
        found = self._find(project, request.path_params["environment"])
        if request.method == "DELETE":
            project.environments.remove(found)
        if request.method == "PATCH":
            found.update(await body_of(request, ALLOWED), updatedAt=self.store.ms())
        return JSONResponse(found)
