"""What simulators of HTTP APIs share: the credential, a look at the state, a fresh start, and being served."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.asgi import serve
from reconciler.kind.settings import Rate
from reconciler.model import Resource
from reconciler.provider import SandboxRequest, SandboxService
from reconciler.runtime import Runtime
from reconciler.sandbox.edits import HandEdit
from reconciler.sandbox.trouble import OWN, RateLimit, Trouble, Troubled
from reconciler.values import SecretRef

_READS_ONLY = "reconciler.sandbox.reads_only"


def reads_only(request: Request) -> bool:
    """Return whether a request was made with the credential that may only read (`SimulatedApi.read_token`)."""
    return bool(request.scope.get(_READS_ONLY))


class SimulatedApi(ABC):
    """One simulated API and its state. Built from the vendor's documents, not from what our client sends."""

    token: str  # the credential that opens it

    @property
    def read_token(self) -> str:
        """A credential of the same account that may only read."""
        return f"{self.token}reader"

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """Return the vendor's paths, the base path included; the longer of two that overlap first."""

    @abstractmethod
    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind, as JSON."""

    @abstractmethod
    def reset(self) -> None:
        """Start again with what a new account has."""

    @abstractmethod
    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return how the vendor words a trouble. `wait`: the seconds until the rate allows another request."""

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a request whose credential does not do; None for one that does.

        A request with `read_token` is marked for `reads_only`, and goes no further than `beyond_reading` says.
        """
        given = request.headers.get("authorization", "").encode()
        if hmac.compare_digest(given, f"Bearer {self.read_token}".encode()):
            request.scope[_READS_ONLY] = True
            return self.beyond_reading(request)
        allowed = hmac.compare_digest(given, f"Bearer {self.token}".encode())
        return None if allowed else self.refusal("unauthorized", 0)

    def beyond_reading(self, request: Request) -> Response | None:
        """Return how the vendor refuses a request that a credential that only reads may not make; None for others."""
        return None if request.method in ("GET", "HEAD", "OPTIONS") else self.refusal("unauthorized", 0)

    def served_at(self, url: str) -> None:
        """Learn where it is reachable, for links to itself."""
        del url


class SimulatedApp:
    """A simulated API as an ASGI application, with `GET /_sandbox/state` and `POST /_sandbox/reset`."""

    def __init__(self, api: SimulatedApi) -> None:
        self.api = api
        own = [
            Route(f"{OWN}state", self._state, methods=["GET"]),
            Route(f"{OWN}reset", self._reset, methods=["POST"]),
        ]
        self.router: ASGIApp = Starlette(routes=[*own, *api.routes()])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        denied = None if request.url.path.startswith(OWN) else self.api.denied(request)
        await (denied or self.router)(scope, receive, send)

    async def _state(self, request: Request) -> Response:
        return JSONResponse(self.api.state())

    async def _reset(self, request: Request) -> Response:
        self.api.reset()
        return Response(status_code=204)


async def call(
    app: ASGIApp, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Return the answer to a request made in this process, as somebody at the vendor's dashboard would make it."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.localhost") as client:
        return await client.request(method, path, json=body, headers=headers)


class HttpSandbox:
    """A simulated API that is served on loopback: entered, it serves; left, it is gone.

    A rate that is written in the settings is enforced, else the documented one where `documented` gives it. With
    faults, some requests go wrong, the same ones for the same seed. Subclasses add hand edits and expected reads.
    """

    def __init__(
        self, api: SimulatedApi, request: SandboxRequest, *, title: str, documented: Rate | None = None
    ) -> None:
        """Prepare it. `title` is for people."""
        self.api = api
        self.app = SimulatedApp(api)
        self.title = title
        self._settings = request.settings
        rate = request.settings.rate if isinstance(request.settings.rate, Rate) else documented
        limit = RateLimit(rate, Runtime().monotonic) if rate else None
        seed = request.seed if request.faults else None
        self.served = Troubled(self.app, api.refusal, limit=limit, seed=seed)
        self._stack = AsyncExitStack()
        self._url = ""
        self._beside: list[HttpSandbox] = []

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the environment variables that make the tool use it, served at `url`. Subclasses override this."""
        return {}

    async def __aenter__(self) -> SandboxService:
        self._url = await self._stack.enter_async_context(serve(self))
        return self._at(self._url)

    def beside(self, first: HttpSandbox) -> SandboxService:
        """Be served at the address of another account of the same API, which is up: the token tells whose a call is."""
        first._beside.append(self)
        return self._at(first._url)

    def _at(self, url: str) -> SandboxService:
        self.api.served_at(url)
        return SandboxService(self.title, {**self.exports(url), **self._split()})

    def _split(self) -> Mapping[str, str]:
        """Return both credentials where the settings tell the one to read from the one to write."""
        reading = self._settings.secrets().get("token")
        writing = self._settings.secrets_to_write().get("token")
        if reading == writing or not isinstance(reading, SecretRef) or not isinstance(writing, SecretRef):
            return {}
        return {reading.name: self.api.read_token, writing.name: self.api.token}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: that of the account whose token it carries."""
        others = self._beside if scope["type"] == "http" and self.api.denied(Request(scope)) else []
        owner = next((one for one in others if one.api.denied(Request(scope)) is None), self)
        await owner.served(scope, receive, send)

    async def __aexit__(self, *exc: Any) -> None:
        await self._stack.aclose()

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the dashboard to what is desired."""
        return ()

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls that a plan of these collections with nothing to do needs now, by what they are for.

        Counted from the simulated state and the vendor's documented page sizes, not from what the client does.
        """
        return {}
