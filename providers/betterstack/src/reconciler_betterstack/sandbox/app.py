"""The simulated API as one ASGI application, with what a new account holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler import Runtime
from reconciler.sandbox import SimulatedApi, SimulatedApp, Trouble
from reconciler_betterstack.sandbox import escalating, publishing, watching
from reconciler_betterstack.sandbox.endpoints import crud_routes
from reconciler_betterstack.sandbox.kinds import CALENDAR, SLACK, TOP
from reconciler_betterstack.sandbox.reports import Reports
from reconciler_betterstack.sandbox.store import Record, Store

TEAM = "AI Gurus"
DEFAULT_CALENDAR = "Primary on-call"
OPEN = ("/api/v1/heartbeat/", "/index.json")


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


class BetterStackApi(SimulatedApi):
    """The API. `store` is its state; only `token` opens it, but for what the vendor leaves open."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths: /on-calls/default is no calendar of that id, so the longer ones come first."""
        return [*Reports(self.store).routes(), *crud_routes(self.store)]

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind."""
        return self.store.state()

    def reset(self) -> None:
        """Start again with what a new account has."""
        self.store.reset()

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a wrong token. Pings and the public page need none."""
        return None if request.url.path.startswith(OPEN) else super().denied(request)

    def beyond_reading(self, request: Request) -> Response | None:
        """Refuse writes. The vendor offers no such token: so would a gateway answer that lets only reads pass."""
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        return None if reads else JSONResponse({"errors": "This token may only read"}, 403)

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return the error bodies of the vendor."""
        match trouble:
            case "unauthorized":
                return JSONResponse({"errors": "Invalid Team API token"}, 401)
            case "limited":
                return JSONResponse({"errors": "Too many requests"}, 429, {"retry-after": str(wait)})
            case "down":
                return Response("<html><body>503 Service Unavailable</body></html>", 503, media_type="text/html")
            case "broken":
                return JSONResponse({"errors": "Internal server error"}, 500)

    def served_at(self, url: str) -> None:
        """Write heartbeat addresses that lead here."""
        self.store.base_url = url


class BetterStackApp(SimulatedApp):
    """The API as an application, for tests and benchmarks."""

    api: BetterStackApi

    def __init__(self, store: Store, token: str) -> None:
        super().__init__(BetterStackApi(store, token))
        self.store = store
        self.token = token
