"""The simulated API as one ASGI application, with what a new account holds."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler import Runtime
from reconciler_betterstack.sandbox import escalating, publishing, watching
from reconciler_betterstack.sandbox.endpoints import crud_routes
from reconciler_betterstack.sandbox.kinds import CALENDAR, SLACK, TOP
from reconciler_betterstack.sandbox.reports import Reports
from reconciler_betterstack.sandbox.store import Record, Store

TEAM = "AI Gurus"
DEFAULT_CALENDAR = "Primary on-call"
OPEN = ("/api/v1/heartbeat/", "/index.json", "/_sandbox/")


def new_store(
    *,
    team: str = TEAM,
    now: Callable[[], datetime] | None = None,
    seed: int = 0,
    needs: Mapping[str, Sequence[str]] | None = None,
) -> Store:
    """Return a new account: two urgencies, an on-call calendar, and the unmanaged objects that `needs` names.

    `now` defaults to the real time.
    """
    hooks = {**watching.HOOKS, **escalating.HOOKS, **publishing.HOOKS}
    return Store(hooks, team=team, now=now or Runtime().now, seed=seed, needs=needs, fill=fill)


def fill(store: Store) -> None:
    """Put into a store what every account has, and the unmanaged objects that desired state refers to."""
    urgencies = TOP["urgencies"]
    every = {flag: True for flag in ("call", "sms", "email", "push")}
    store.create(urgencies, {"name": "High Severity", **every})
    store.create(urgencies, {"name": "Low Severity", "email": True, "push": True})
    calendars = dict.fromkeys((*store.needs.get("on_call_calendars", ()), DEFAULT_CALENDAR))
    for name in calendars:
        calendar = store.create(CALENDAR, {"name": name})
        calendar.values["default_calendar"] = name == next(iter(calendars))
    for kind in ("policy_groups", "urgency_groups", "status_page_groups"):
        for name in store.needs.get(kind, ()):
            store.create(TOP[kind], {"name": name})
    for channel in store.needs.get("slack_channels", ()):
        connect_slack(store, channel)


def connect_slack(store: Store, channel: str, *, status: str = "active") -> Record:
    """Connect a Slack channel, as its OAuth flow in the web application would."""
    number = store.new_id()
    record = store.create(SLACK, {})
    record.values |= {
        "slack_team_id": "T0SANDBOX",
        "slack_team_name": store.team,
        "slack_channel_id": f"C{number}",
        "slack_channel_name": channel,
        "slack_status": status,
        "integration_type": "channel",
        "on_call_notifications": False,
        "notify_alongside_primary_responder": True,
    }
    return record


class BetterStackApp:
    """The application. `store` is its state; only `token` opens it."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token
        sandbox = [
            Route("/_sandbox/state", self._state, methods=["GET"]),
            Route("/_sandbox/reset", self._reset, methods=["POST"]),
        ]
        # The longer paths come first: /on-calls/default is no calendar of that id.
        self.router: ASGIApp = Starlette(routes=[*Reports(store).routes(), *crud_routes(store), *sandbox])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        given = request.headers.get("authorization", "")
        allowed = hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())
        if allowed or request.url.path.startswith(OPEN):
            await self.router(scope, receive, send)
            return
        await JSONResponse({"errors": "Invalid Team API token"}, 401)(scope, receive, send)

    async def _state(self, request: Request) -> Response:
        """Every object, by kind."""
        return JSONResponse(self.store.state())

    async def _reset(self, request: Request) -> Response:
        """Start again."""
        self.store.reset()
        return Response(status_code=204)
