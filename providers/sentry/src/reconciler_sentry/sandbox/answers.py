"""The HTTP side of the simulated API: pages, error bodies, the rate limit headers, and scopes."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox import reads_only
from reconciler_sentry.sandbox.store import Object, Store

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
FREE = ("highlightContext", "options", "data", "filters", "thresholds")  # members named by users are left as they are
NO_RIGHT = "You do not have permission to perform this action."
LIMIT = 100  # requests to one endpoint in one second, as the headers say; the vendor publishes no numbers
RIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("DELETE", r"/0/projects/[^/]+/[^/]+/(keys/[^/]+/)?$", ("project:admin",)),
    (
        "GET",
        r"/0/(projects/[^/]+/[^/]+|teams/[^/]+/[^/]+/projects)/",
        ("project:read", "project:write", "project:admin"),
    ),
    ("PUT", r"/0/projects/[^/]+/[^/]+/(ownership/)?$", ("project:read", "project:write", "project:admin")),
    (".*", r"/0/(projects/[^/]+/[^/]+|teams/[^/]+/[^/]+/projects)/", ("project:write", "project:admin")),
    (".*", r"/spike-protections/", ("project:read", "project:write", "project:admin")),
    ("POST", r"/projects/[^/]+/detectors/$", ("alerts:write", "project:write", "project:admin")),
    ("GET", r"/(detectors|workflows)/", ("alerts:read", "org:read", "org:write", "org:admin")),
    (".*", r"/detectors/", ("alerts:write", "org:read", "org:write", "org:admin")),
    (".*", r"/workflows/", ("alerts:write", "org:write", "org:admin")),
    ("GET", r"/members/", ("member:read", "member:write", "member:admin")),
    ("GET", r"/integrations/", ("org:read", "org:write", "org:admin", "org:integrations")),
    ("GET", r"/0/teams/", ("team:read", "team:write", "team:admin")),
    ("POST|PUT", r"/teams/", ("team:write", "team:admin", "org:write", "org:admin")),
    ("DELETE", r"/teams/", ("team:admin",)),
    (".*", r"/releases/", ("project:releases", "org:ci", "project:write", "project:admin", "project:read")),
    (".*", r"/organizations/", ("org:read", "org:write", "org:admin")),
)
"""Which scopes open a call, any of them, by method and path: the `security` of the vendor's document. First fit."""

READING = ("alerts:read", "member:read", "org:read", "project:read")
"""The scopes of the token that only reads."""


class Rejected(Exception):
    """The request is answered with an error. `body` is it whole."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def missing(what: str = "The requested resource does not exist") -> Rejected:
    """Return the answer to a request for what is not there."""
    return Rejected(404, {"detail": what})


def invalid(field: str, *messages: str) -> Rejected:
    """Return the answer to a body that does not do, by field; nested fields are joined with dots."""
    body: Any = list(messages)
    for name in reversed(field.split(".")):
        body = {name: body}
    return Rejected(400, body)


def no_right() -> Rejected:
    """Return the answer to a token without the scope."""
    return Rejected(403, {"detail": NO_RIGHT})


def scopes_of(store: Store, request: Request) -> Collection[str] | None:
    """Return the scopes of the token that a request came with; None for all of them."""
    return READING if reads_only(request) else store.scopes


def allowed(store: Store, request: Request) -> bool:
    """Return whether the token's scopes open a call."""
    scopes = scopes_of(store, request)
    if scopes is None:
        return True
    path = request.url.path
    fits = (s for method, pattern, s in RIGHTS if re.fullmatch(method, request.method) and re.search(pattern, path))
    return bool(set(next(fits, ())) & set(scopes))


async def body_of(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was sent, members in camelCase. What nobody knows is ignored by whoever reads it."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Rejected(400, {"detail": "JSON parse error"}) from None
    if not isinstance(body, Mapping):
        raise Rejected(400, {"nonFieldErrors": ["Invalid data. Expected a dictionary."]})
    return camel(body)  # type: ignore[no-any-return]


def camel(value: Any) -> Any:
    """Return a body with the names of its members in camelCase: both ways of writing are taken."""
    if isinstance(value, Mapping):
        return {_camel(str(name)): inner if name in FREE else camel(inner) for name, inner in value.items()}
    return [camel(v) for v in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    if ":" in name or name in ("default_rules",):
        return name
    return re.sub(r"(?<=[a-z0-9])_([a-z])", lambda match: match[1].upper(), name)


def page(
    store: Store, request: Request, items: Sequence[Object], show: Callable[[Object], Any] = lambda item: item
) -> Response:
    """Return one page, and the two links that are always there; `results` says whether there is something behind."""
    asked = request.query_params.get("per_page", "")
    size = min(int(asked), store.page_size) if asked.isdecimal() and int(asked) else store.page_size
    parts = request.query_params.get("cursor", "0:0:0").split(":")
    if len(parts) != 3 or not all(p.isdecimal() for p in parts):
        raise Rejected(400, {"detail": "Invalid cursor parameter."})
    at = int(parts[1])

    def link(relation: str, offset: int, back: int, more: bool) -> str:
        cursor = f"0:{max(offset, 0)}:{back}"
        url = request.url.include_query_params(cursor=cursor)
        return f'<{url}>; rel="{relation}"; results="{str(more).lower()}"; cursor="{cursor}"'

    links = (link("previous", at - size, 1, at > 0), link("next", at + size, 0, at + size < len(items)))
    return JSONResponse([show(o) for o in items[at : at + size]], headers={"link": ", ".join(links)})


class Answering:
    """Makes endpoints answer as the API does: error bodies, and headers that tell what of the rate is left."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.windows: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def route(self, path: str, **endpoints: Endpoint) -> Route:
        """Return a route below /api/0 with one endpoint for each method."""

        async def answer(request: Request) -> Response:
            try:
                if not allowed(self.store, request):
                    raise no_right()
                response = await endpoints[request.method if request.method != "HEAD" else "GET"](request)
            except Rejected as refused:
                response = JSONResponse(refused.body, refused.status)
            response.headers.update(self._left(f"{request.method} {path}"))
            return response

        return Route(f"/api/0{path}", answer, methods=list(endpoints))

    def _left(self, endpoint: str) -> dict[str, str]:
        second = int(self.store.now().timestamp())
        window, used = self.windows[endpoint]
        used = used + 1 if window == second else 1
        self.windows[endpoint] = (second, used)
        return {
            "X-Sentry-Rate-Limit-Limit": str(LIMIT),
            "X-Sentry-Rate-Limit-Remaining": str(max(LIMIT - used, 1)),
            "X-Sentry-Rate-Limit-Reset": str(second + 1),
            "X-Sentry-Rate-Limit-ConcurrentLimit": "25",
            "X-Sentry-Rate-Limit-ConcurrentRemaining": "24",
        }
