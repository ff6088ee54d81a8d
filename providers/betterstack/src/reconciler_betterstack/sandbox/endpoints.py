"""The HTTP side of the simulated API: routes, paging, envelopes and error bodies."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_betterstack.sandbox.kinds import READ_ONLY, ROW, SECTION, TOP
from reconciler_betterstack.sandbox.schema import Schema
from reconciler_betterstack.sandbox.store import Record, Store
from reconciler_betterstack.sandbox.validation import Invalid

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
NOT_FOUND = "Resource with provided ID was not found"


class Rejected(Exception):
    """The request is answered with an error whose `errors` is one text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def answering(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that turns what it raises into the error bodies of the API."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Rejected as refused:
            return JSONResponse({"errors": refused.text}, refused.status)
        except Invalid as invalid:
            return JSONResponse({"errors": invalid.errors}, 422)

    return answer


async def body_of(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was sent."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Rejected(400, "There was a problem in the JSON you submitted") from None
    if not isinstance(body, Mapping):
        raise Rejected(400, "The request body has to be a JSON object")
    return body


def page_of(
    request: Request,
    items: Sequence[Any],
    show: Callable[[Any], Any] = lambda item: item,
    *,
    per_page: int = 50,
    most: int = 250,
) -> dict[str, Any]:
    """Return one page, each item as `show` gives it, with full URLs of the first, last, previous and next page."""
    size = max(1, min(_number(request, "per_page", per_page), most))
    page = max(1, _number(request, "page", 1))
    last = max(1, -(-len(items) // size))

    def link(number: int) -> str:
        return str(request.url.include_query_params(page=number))

    links = {
        "first": link(1),
        "last": link(last),
        "prev": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if page < last else None,
    }
    return {"data": [show(item) for item in items[(page - 1) * size : page * size]], "pagination": links}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


class Objects:
    """Create, read, update and delete of one kind; `parent_kind` for the children of a status page."""

    def __init__(self, store: Store, schema: Schema, parent_kind: str = "") -> None:
        self.store = store
        self.schema = schema
        self.parent_kind = parent_kind

    def routes(self, base: str) -> list[Route]:
        """Return its routes below a path."""
        writes = self.schema.kind not in READ_ONLY
        single = ["GET", "PATCH", "DELETE"] if writes else ["GET"]
        return [
            Route(base, answering(self.many), methods=["GET", "POST"] if writes else ["GET"]),
            Route(base + "/{id}", answering(self.one), methods=single),
        ]

    def _parent(self, request: Request) -> int | None:
        if not self.parent_kind:
            return None
        record = self.store.get(self.parent_kind, request.path_params["parent"])
        if record is None:
            raise Rejected(404, NOT_FOUND)
        return record.id

    async def many(self, request: Request) -> Response:
        """List or create."""
        parent = self._parent(request)
        if request.method == "POST":
            body = await body_of(request)
            if self.schema.team and body.get("team_name", self.store.team) != self.store.team:
                raise Invalid({"base": ["Team not found"]})
            record = self.store.create(self.schema, body, parent)
            return JSONResponse({"data": self.store.show(record, created=True)}, 201)
        records = self.store.all(self.schema.kind, parent)
        wanted = request.query_params
        if self.schema.team and wanted.get("team_name", self.store.team) != self.store.team:
            records = []
        for name in self.schema.filters:
            if name in wanted:
                records = [r for r in records if r.values.get(name) == wanted[name]]
        page = page_of(
            request,
            records,
            lambda record: self.store.show(record, listed=True),
            per_page=self.schema.per_page,
            most=self.schema.most_per_page,
        )
        return JSONResponse(page)

    async def one(self, request: Request) -> Response:
        """Read, change or delete one."""
        record = self.store.get(self.schema.kind, request.path_params["id"], self._parent(request))
        if record is None:
            raise Rejected(404, NOT_FOUND)
        if request.method == "DELETE":
            self.store.delete(record)
            return Response(status_code=204)
        if request.method == "PATCH":
            self.store.update(record, await body_of(request))
        return JSONResponse({"data": self.store.show(record)})


def crud_routes(store: Store) -> list[Route]:
    """Return the routes of every kind that is created, listed and changed in the same way."""
    routes = []
    for schema in TOP.values():
        routes += Objects(store, schema).routes(schema.path)
    for schema in (SECTION, ROW):
        base = "/api/v2/status-pages/{parent}/" + schema.kind
        routes += Objects(store, schema, "status_pages").routes(base)
    return routes


def found(store: Store, kind: str, request: Request) -> Record:
    """Return the record that the path names, or answer 404."""
    record = store.get(kind, request.path_params["id"])
    if record is None:
        raise Rejected(404, NOT_FOUND)
    return record
