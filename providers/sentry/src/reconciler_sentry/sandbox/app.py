"""The simulated API as one ASGI application, with what a new organisation holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from reconciler import Runtime
from reconciler.sandbox import SimulatedApi, SimulatedApp, Trouble
from reconciler_sentry.sandbox.answers import Answering
from reconciler_sentry.sandbox.births import new_project
from reconciler_sentry.sandbox.dashboards import Dashboards
from reconciler_sentry.sandbox.detectors import Detectors
from reconciler_sentry.sandbox.keys import Keys
from reconciler_sentry.sandbox.people import People, connect
from reconciler_sentry.sandbox.projects import Projects
from reconciler_sentry.sandbox.store import Store
from reconciler_sentry.sandbox.workflows import Workflows

ORGANIZATION = "ai-gurus"
PROJECT = "ai-gurus-lms"
TEAM = "everybody"
OWNER = "owner@example.com"


def new_store(
    *,
    organization: str = ORGANIZATION,
    project: str | None = PROJECT,
    region: str = "us",
    now: Callable[[], datetime] | None = None,
    seed: int = 0,
    needs: Mapping[str, Sequence[str]] | None = None,
) -> Store:
    """Return an organisation with a team, a member, a project (unless None), and the names that `needs` lists.

    `now` defaults to the real time.
    """

    def fill(store: Store) -> None:
        _fill(store, project)

    return Store(
        organization,
        now or Runtime().now,
        seed=seed,
        needs=dict(needs or {}),
        region_url=f"https://{region}.sentry.io",
        fill=fill,
    )


def _fill(store: Store, project: str | None) -> None:
    actors = [name.partition(":") for name in store.needs.get("actors", ())]
    teams = dict.fromkeys([TEAM, *store.needs.get("teams", ()), *(n for kind, _, n in actors if kind == "team")])
    made = [store.add("teams", {"slug": slug, "name": slug}) for slug in teams]
    emails = dict.fromkeys([OWNER, *(n for kind, _, n in actors if kind == "user")])
    for email in emails:
        store.add("members", {"email": email, "userId": store.new_id()})
    store.add("members", {"email": "invited@example.com", "userId": None})
    for named in store.needs.get("integrations", ()):
        connect(store, named)
    if project is not None:
        new_project(store, project, project, [made[0]["id"]], platform="javascript-nextjs", at_once=True)


class SentryApi(SimulatedApi):
    """The API. `store` is its state; only `token` opens it."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths, below /api/0."""
        answering = Answering(self.store)
        projects = Projects(self.store)
        groups = (
            projects,
            Keys(self.store, projects),
            Detectors(self.store, projects),
            Workflows(self.store),
            Dashboards(self.store),
            People(self.store),
        )
        return [route for group in groups for route in group.routes(answering)]

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind."""
        return self.store.state()

    def reset(self) -> None:
        """Start again with what a new organisation has."""
        self.store.reset()

    def beyond_reading(self, request: Request) -> Response | None:
        """Leave it to the scopes: such a token has those to read."""
        return None

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return the error bodies of the vendor."""
        match trouble:
            case "unauthorized":
                return JSONResponse({"detail": "Invalid token"}, 401)
            case "limited":
                text = "You are attempting to use this endpoint too frequently. Limit is 5 requests in 1 seconds"
                reset = str(int(self.store.now().timestamp()) + wait)
                headers = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": reset}
                return JSONResponse({"detail": text}, 429, headers)
            case "down":
                return Response("<html><body>503 Service Unavailable</body></html>", 503, media_type="text/html")
            case "broken":
                return JSONResponse({"detail": "Internal Error", "errorId": "0" * 32}, 500)


class SentryApp(SimulatedApp):
    """The API as an application, for tests and benchmarks."""

    api: SentryApi

    def __init__(self, store: Store, token: str) -> None:
        super().__init__(SentryApi(store, token))
        self.store = store
        self.token = token
