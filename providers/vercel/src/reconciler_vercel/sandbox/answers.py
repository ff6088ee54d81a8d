"""What all endpoints of the simulated API share: error bodies, request bodies with their allowed properties, paging."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Allowed: TypeAlias = Mapping[str, str]
"""Property to type: string, number, boolean, array, object; `?` behind it allows null."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class Refusal(Exception):
    """The request is answered with an error. `extra` are siblings of the message."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message, **extra}


def refused(
    status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **extra: Any
) -> Response:
    """Return an error body as Vercel documents it."""
    return JSONResponse({"error": {"code": code, "message": message, **extra}}, status, dict(headers or {}))


def bad(message: str) -> Refusal:
    """Return the refusal of a malformed request."""
    return Refusal(400, "bad_request", message)


def not_found(what: str) -> Refusal:
    """Return the refusal for what is not there, or not visible."""
    return Refusal(404, "not_found", f"{what} not found")


def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    """Return a route whose refusals become error bodies."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)

    return Route(path, answer, methods=list(methods))


async def json_of(request: Request) -> Any:
    """Return the JSON that was sent; an empty object for no body."""
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        raise bad("Invalid JSON") from None


async def body_of(request: Request, allowed: Allowed | None = None, required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the object that was sent, with allowed properties only. `allowed` None: any."""
    return checked(await json_of(request), allowed, required)


def checked(body: Any, allowed: Allowed | None, required: Sequence[str] = (), where: str = "") -> dict[str, Any]:
    """Return an object whose properties are allowed and of the right type. Raises Refusal as Vercel does."""
    if not isinstance(body, dict):
        raise bad(f"Invalid request: `{where or 'body'}` should be object.")
    dot = f"{where}." if where else ""
    for name in required:
        if name not in body:
            raise bad(f"Invalid request: missing required property `{dot}{name}`.")
    for name, value in body.items() if allowed is not None else ():
        kind = allowed.get(name) if allowed else None
        if kind is None:
            raise bad(f"Invalid request: should NOT have additional property `{dot}{name}`.")
        if value is None and kind.endswith("?"):
            continue
        expected = _TYPES[kind.rstrip("?")]
        if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            raise bad(f"Invalid request: `{dot}{name}` should be {kind.rstrip('?')}.")
    return body


def until_page(request: Request, rows: Sequence[dict[str, Any]], name: str, at: str = "createdAt") -> dict[str, Any]:
    """Return one page of rows, newest first, by the times of `until` and `since`, as most of Vercel's listings do."""
    limit = max(1, min(_number(request, "limit", 20), 100))
    until, since = _number(request, "until", 0), _number(request, "since", 0)
    ordered = sorted(rows, key=lambda row: -row[at])
    ordered = [r for r in ordered if (not until or r[at] < until) and (not since or r[at] > since)]
    page = ordered[:limit]
    more = len(ordered) > limit
    pagination = {"count": len(page), "next": page[-1][at] if more else None, "prev": page[0][at] if page else None}
    return {name: page, "pagination": pagination}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isdecimal():
        raise bad(f"Invalid request: `{name}` should be number.")
    return int(text) if text else default
