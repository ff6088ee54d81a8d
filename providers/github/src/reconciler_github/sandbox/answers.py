"""How GitHub answers: error bodies, pages with a Link header, and the headers that tell of the rate."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler_github.sandbox.store import Invalid

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
DOCS = "https://docs.github.com/rest"
PER_PAGE = 30
MOST_PER_PAGE = 100


def error(status: int, message: str, errors: Sequence[Any] = (), headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as GitHub words it."""
    body: dict[str, Any] = {"message": message, "documentation_url": DOCS, "status": str(status)}
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers)


def answering(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that turns what it raises into an error body."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Invalid as invalid:
            return error(invalid.status, invalid.message, invalid.errors)

    return answer


async def body_of(request: Request, *, empty: bool = False) -> dict[str, Any]:
    """Return the JSON object that was sent. `empty`: nothing and null count as an empty one."""
    raw = await request.body()
    try:
        body = json.loads(raw or b"null")
    except ValueError:
        raise Invalid(400, "Problems parsing JSON") from None
    if body is None and empty:
        return {}
    if not isinstance(body, dict):
        raise Invalid(400, "Body should be a JSON object")
    return body


def paged(
    request: Request,
    items: Sequence[Any],
    show: Callable[[Any], Any],
    *,
    wrapped: str = "",
    per_page: int = PER_PAGE,
    most: int = MOST_PER_PAGE,
) -> Response:
    """Return one page, with links to the next and last one. `wrapped` names the list in an object with a count."""
    size = max(1, min(number(request, "per_page", per_page), most))
    page = max(1, number(request, "page", 1))
    last = max(1, -(-len(items) // size))
    shown = [show(item) for item in items[(page - 1) * size : page * size]]
    links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    meant = {
        relation: target
        for relation, target in links.items()
        if (target < page if relation in ("prev", "first") else target > page) and 1 <= target <= last
    }
    text = ", ".join(
        f'<{request.url.include_query_params(page=target)}>; rel="{relation}"' for relation, target in meant.items()
    )
    body = {"total_count": len(items), wrapped: shown} if wrapped else shown
    return JSONResponse(body, headers={"link": text} if text else None)


def number(request: Request, name: str, default: int) -> int:
    """Return a number of the query; the default for anything else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def empty(status: int = 204) -> Response:
    """Return an answer without a body."""
    return Response(status_code=status)
