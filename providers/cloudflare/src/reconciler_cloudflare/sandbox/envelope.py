"""Envelopes of the simulated API: success, failure, and endpoints that answer in them, at the documented rate."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Endpoint: TypeAlias = Callable[[Request], Awaitable[Any]]
"""Takes a request and returns `result`, or a whole Response. Raises Refusal."""

MALFORMED = 10040


class Refusal(Exception):
    """The request is answered with a failure envelope."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def success(result: Any, info: Mapping[str, Any] | None = None) -> JSONResponse:
    """Return a success envelope."""
    body = {"success": True, "errors": [], "messages": [], "result": result}
    return JSONResponse({**body, "result_info": info} if info is not None else body)


def failure(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a failure envelope."""
    error = {"code": code, "message": message}
    return JSONResponse({"success": False, "errors": [error], "messages": [], "result": None}, status, headers)


class RateWindow:
    """1200 requests in five minutes for a user; whoever passes that is refused for the next five."""

    def __init__(self, now: Callable[[], datetime], most: int = 1200, seconds: int = 300) -> None:
        self.now = now
        self.most = most
        self.length = timedelta(seconds=seconds)
        self.ends = now() + self.length
        self.taken = 0

    def take(self) -> bool:
        """Count a request, and return whether it is within the limit."""
        if self.now() >= self.ends:
            self.ends, self.taken = self.now() + self.length, 0
        self.taken += 1
        if self.taken == self.most + 1:
            self.ends = self.now() + self.length
        return self.taken <= self.most

    def headers(self) -> dict[str, str]:
        """Return what every answer says about the limit."""
        return {
            "x-ratelimit-limit": str(self.most),
            "x-ratelimit-remaining": str(max(0, self.most - self.taken)),
            "x-ratelimit-reset": format_datetime(self.ends, usegmt=True),
        }

    def refused(self) -> JSONResponse:
        """Return the answer to a request over the limit."""
        wait = max(1, ceil((self.ends - self.now()).total_seconds()))
        headers = {**self.headers(), "retry-after": str(wait)}
        return failure(429, 971, "Please wait and consider throttling your request speed", headers)


def route(path: str, rate: RateWindow, **endpoints: Endpoint) -> Route:
    """Return the route of a path with one endpoint for each method, named in lower case."""

    async def answer(request: Request) -> Response:
        if not rate.take():
            return rate.refused()
        endpoint = endpoints.get(request.method.lower())
        if endpoint is None:
            made: Response = failure(405, 10405, "Method not allowed for this authentication scheme")
        else:
            try:
                given = await endpoint(request)
                made = given if isinstance(given, Response) else success(given)
            except Refusal as refused:
                made = failure(refused.status, refused.code, refused.message)
        made.headers.update(rate.headers())
        return made

    return Route(f"/client/v4{path}", answer, methods=["GET", "PUT", "POST", "PATCH", "DELETE"])


async def body_of(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was sent."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refusal(400, MALFORMED, "The JSON you provided was not well formed.") from None
    if not isinstance(body, Mapping):
        raise Refusal(400, MALFORMED, "The request body has to be a JSON object.")
    return body
