"""The simulated API as a whole: whose token it is, which team is asked for, and what the token may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox import SimulatedApi, Trouble, reads_only
from reconciler_vercel.sandbox.answers import refused
from reconciler_vercel.sandbox.deploying import Deployments
from reconciler_vercel.sandbox.environments import Environments
from reconciler_vercel.sandbox.naming import Domains
from reconciler_vercel.sandbox.neighbours import Neighbours
from reconciler_vercel.sandbox.projects import Projects, shown
from reconciler_vercel.sandbox.routing import Routing, live_of
from reconciler_vercel.sandbox.store import Store
from reconciler_vercel.sandbox.teams import Teams
from reconciler_vercel.sandbox.variables import Variables

NEEDS = (
    ("env", "/env"),
    ("routes", "/routes"),
    ("domains", "/domains"),
    ("deployments", "/(deployments|promote|rollback)"),
)
"""Rights by path. Whatever else writes needs the right to change projects."""
RATE = 100  # requests; the vendor does not publish its numbers


class VercelApi(SimulatedApi):
    """One team of Vercel."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths, the longer of two that overlap first."""
        store = self.store
        parts = (
            Teams(store),
            Variables(store),
            Routing(store),
            Domains(store),
            Environments(store),
            Deployments(store),
            Neighbours(store),
        )
        return [*(r for part in parts for r in part.routes()), *Projects(store).routes()]

    def state(self) -> Mapping[str, Any]:
        """Return every object by kind, secret values included. Only live routing rules are what visitors get."""
        projects = list(self.store.projects.values())
        return {
            "projects": [shown(self.store, p) for p in projects],
            "env": [{**record, "projectId": p.id} for p in projects for record in p.env.values()],
            "domains": [{**record, "projectId": p.id} for p in projects for record in p.domains.values()],
            "routes": [{**rule, "projectId": p.id} for p in projects if (v := live_of(p)) for rule in v.rules],
            "route_versions": [{"id": v.id, "live": v.live, "staged": v.staged} for p in projects for v in p.versions],
            "deployments": [d for p in projects for d in p.deployments],
        }

    def reset(self) -> None:
        """Start again."""
        self.store.reset()

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a wrong token, another team, or a right that the token lacks."""
        return super().denied(request) or self._elsewhere(request) or self._lacking(request)

    def beyond_reading(self, request: Request) -> Response | None:
        """Leave it to the rights: a role that only reads has just that one."""
        return None

    def _elsewhere(self, request: Request) -> Response | None:
        asked = request.query_params.get("teamId") or request.query_params.get("slug")
        if request.url.path.startswith(("/v2/user", "/v1/teams", "/v2/teams", "/teams")):
            return None
        if asked is None:
            return refused(404, "not_found", "Project not found")  # the personal account has none
        if asked not in (self.store.team_id, self.store.slug):
            return refused(403, "forbidden", "Not authorized: Trying to access resource under another scope.")
        return None

    def _lacking(self, request: Request) -> Response | None:
        rights, path = {"read"} if reads_only(request) else self.store.world.rights, request.url.path
        need = "read"
        if request.method != "GET":
            need = next((right for right, pattern in NEEDS if re.search(pattern, path)), "projects")
        if need in rights and "read" in rights:
            return None
        if need == "env":
            return refused(
                403, "forbidden", "You don't have permission to create environment variables for production."
            )
        return refused(403, "forbidden", "You don't have permission to access this resource.")

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return the error bodies of the vendor."""
        match trouble:
            case "unauthorized":
                return refused(401, "unauthorized", "The request is not authorized.", invalidToken=True)
            case "limited":
                at = int(self.store.now().timestamp()) + wait
                limit = {"remaining": 0, "reset": at, "resetMs": at * 1000, "total": RATE}
                headers = {
                    "retry-after": str(wait),
                    "x-ratelimit-limit": str(RATE),
                    "x-ratelimit-remaining": "0",
                    "x-ratelimit-reset": str(at),
                }
                return refused(429, "rate_limited", "Too many requests.", headers=headers, limit=limit)
            case "down":
                return Response("<html><body>503 Service Unavailable</body></html>", 503, media_type="text/html")
            case "broken":
                return refused(500, "internal_server_error", "An unexpected internal error occurred.")
