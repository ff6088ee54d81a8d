"""The user and the team behind a token."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler_vercel.sandbox.answers import body_of, not_found, route
from reconciler_vercel.sandbox.store import Store

SINCE = 1_700_000_000_000


class Teams:
    """Endpoints of the user and of the team."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[BaseRoute]:
        """Return its paths."""
        return [
            route("/v2/user", self.user, "GET"),
            *(route(f"{base}/teams", self.all, "GET") for base in ("/v1", "/v2")),
            *(route(f"{base}/teams/{{team}}", self.one, "GET", "PATCH") for base in ("", "/v2")),
        ]

    async def user(self, request: Request) -> Response:
        """Return the user."""
        return JSONResponse({"user": self.store.user})

    async def all(self, request: Request) -> Response:
        """Return the teams of the user: one."""
        pagination = {"count": 1, "next": None, "prev": SINCE}
        return JSONResponse({"teams": [self.shown()], "pagination": pagination})

    async def one(self, request: Request) -> Response:
        """Return the team, or change its policy."""
        if request.path_params["team"] not in (self.store.team_id, self.store.slug):
            raise not_found("Team")
        if request.method == "PATCH":
            body = await body_of(request)
            self.store.world.policy = body.get("sensitiveEnvironmentVariablePolicy", self.store.world.policy)
        return JSONResponse(self.shown())

    def shown(self) -> dict[str, Any]:
        """Return the payload of the team."""
        store = self.store
        membership = {"uid": store.user["id"], "confirmed": True, "role": "MEMBER", "teamId": store.team_id}
        return {
            "id": store.team_id,
            "slug": store.slug,
            "name": store.slug,
            "avatar": None,
            "description": None,
            "creatorId": store.user["id"],
            "stagingPrefix": store.slug,
            "sensitiveEnvironmentVariablePolicy": store.world.policy,
            "membership": {**membership, "createdAt": SINCE, "created": SINCE},
            "createdAt": SINCE,
            "updatedAt": SINCE,
        }
