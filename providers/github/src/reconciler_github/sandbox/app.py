"""The simulated API as one ASGI application: who may do what, how often, and under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox import SimulatedApi, Trouble
from reconciler_github.sandbox.answers import DOCS, error
from reconciler_github.sandbox.environments import Environments
from reconciler_github.sandbox.people import People
from reconciler_github.sandbox.rights import Rights
from reconciler_github.sandbox.rulesets import Rulesets
from reconciler_github.sandbox.store import Store
from reconciler_github.sandbox.vaults import Vaults

REPOSITORY = "/repos/{owner}/{repository}"
AN_HOUR = 3600  # seconds
REQUESTS_AN_HOUR = 5000
VERSION = "2022-11-28"


class GitHubApi(SimulatedApi):
    """The API. `token` opens all of it; `others` are further tokens with fewer rights."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token
        self.others: dict[str, Rights] = {}
        self.window = -1  # the hour that is counted
        self.used = 0

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths, under headers that tell of the rate."""
        parts = (
            Vaults(self.store).routes(REPOSITORY),
            Environments(self.store).routes(REPOSITORY),
            Rulesets(self.store, self._may_administrate).routes(REPOSITORY),
            People(self.store).routes(REPOSITORY),
        )
        inner: list[BaseRoute] = [route for part in parts for route in part]
        inner.append(Route("/rate_limit", self.rate_limit, methods=["GET"]))
        return [Mount("/", app=WithRate(Router(inner), self))]

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind."""
        return self.store.state()

    def reset(self) -> None:
        """Start again with a new repository."""
        self.store.reset()

    def served_at(self, url: str) -> None:
        """Write links that lead here: official clients follow them."""
        self.store.home = url

    def rights(self, request: Request) -> Rights | None:
        """Return the rights of a request's token; None for an unknown one. `token ...` is what older clients send."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "token"):
            return None
        known = {self.token: Rights(), self.read_token: Rights(writes=frozenset())}
        return known.get(given) or self.others.get(given)

    def _may_administrate(self, request: Request) -> bool:
        rights = self.rights(request)
        return rights is not None and "administration" in rights.writes

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a request that does not get through to the repository."""
        rights = self.rights(request)
        if rights is None:
            return self.refusal("unauthorized", 0)
        if not request.headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules: a User-Agent is needed")
        version = request.headers.get("x-github-api-version", VERSION)
        if version != VERSION:
            return error(400, f"The API version {version} is not supported")
        return self._spent(request) or self._elsewhere(request) or self._forbidden(request, rights)

    def _spent(self, request: Request) -> Response | None:
        """Count a request, and refuse it when the hour's are used up."""
        hour = int(self.store.now().timestamp()) // AN_HOUR
        if hour != self.window:
            self.window, self.used = hour, 0
        if request.url.path == "/rate_limit":
            return None
        if self.used >= REQUESTS_AN_HOUR:
            return error(403, "API rate limit exceeded for the user.", headers=self.rate())
        self.used += 1
        return None

    def rate(self) -> dict[str, str]:
        """Return the headers that tell of the rate."""
        return {f"x-ratelimit-{name}": str(value) for name, value in {**self._rate(), "resource": "core"}.items()}

    def _rate(self) -> dict[str, int]:
        left = REQUESTS_AN_HOUR - self.used
        return {"limit": REQUESTS_AN_HOUR, "remaining": left, "reset": (self.window + 1) * AN_HOUR, "used": self.used}

    async def rate_limit(self, request: Request) -> Response:
        """Return how much of the rate is left. Asking costs nothing."""
        return JSONResponse({"resources": {"core": self._rate(), "search": self._rate()}, "rate": self._rate()})

    def _elsewhere(self, request: Request) -> Response | None:
        """Return the answer to a name that the repository had before, or that is another's."""
        _, first, *rest = [*request.url.path.split("/"), ""]
        if first != "repos":
            return None
        asked = "/".join(rest[:2]).lower()
        if self.store.old_name and asked == self.store.old_name.lower():
            target = f"{self.store.home}/repositories/{self.store.repository_id}"
            body = {"message": "Moved Permanently", "url": target, "documentation_url": DOCS}
            return JSONResponse(body, 301, {"location": target})
        return None if asked == self.store.full_name.lower() else error(404, "Not Found")

    def _forbidden(self, request: Request, rights: Rights) -> Response | None:
        """Return the answer to a token without the right, or to a write on what is read-only."""
        _, first, *rest = request.url.path.split("/")
        if first != "repos":
            return None
        path = "".join(f"/{part}" for part in rest[2:])
        lacking = rights.lacks(request.method, path)
        if lacking and (rights.hides or "metadata" not in rights.reads):
            return error(404, "Not Found")
        if lacking:
            needed = {"x-accepted-github-permissions": lacking}
            return error(403, "Resource not accessible by personal access token", headers=needed)
        if self.store.archived and request.method != "GET":
            return error(403, "Repository was archived so is read-only.")
        return None

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return how GitHub words a trouble."""
        match trouble:
            case "unauthorized":
                return error(401, "Bad credentials")
            case "limited":
                text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                return error(403, text, headers={"retry-after": str(wait)})
            case "down":
                return Response("<html><body>Unicorn!</body></html>", 503, media_type="text/html")
            case "broken":
                return error(500, "Server Error")


class WithRate:
    """Puts the headers that tell of the rate on every answer."""

    def __init__(self, app: ASGIApp, api: GitHubApi) -> None:
        self.app = app
        self.api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.api.rate().items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)
