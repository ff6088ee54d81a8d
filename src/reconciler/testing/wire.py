"""The fault rim of HTTP providers: a transport that spoils what passes, and remembers what was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx

from reconciler.testing.rim import Fault

READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it left the client."""

    method: str
    path: str
    body: str = field(repr=False)


class FaultTransport(httpx.AsyncBaseTransport):
    """Passes requests to `inner` (a simulator, through `httpx.ASGITransport`) and spoils those it is armed for."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.faults = frozenset(Fault)
        self.sent: list[Sent] = []
        self._fault: Fault | None = None
        self._left: int | None = None
        self._writes_only = False

    @property
    def writes(self) -> int:
        """How many requests were no reads."""
        return sum(1 for sent in self.sent if sent.method not in READS)

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        """Make the next `times` requests go wrong; None: all of them, until `disarm`."""
        self._fault, self._left, self._writes_only = fault, times, writes_only

    def disarm(self) -> None:
        """Let everything through again."""
        self._fault = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the simulator's response, or what the fault makes of it."""
        body = (await request.aread()).decode("utf-8", "replace")
        self.sent.append(Sent(request.method, request.url.path, body))
        fault = self._take(request)
        match fault:
            case None:
                return await self.inner.handle_async_request(request)
            case Fault.LIMITED:
                return _json(request, 429, "too many requests", {"retry-after": "1"})
            case Fault.SERVER_ERROR:
                return _json(request, 500, "internal error")
            case Fault.ECHO:
                return _json(request, 422, f"cannot process {body} of {dict(request.headers)}")
            case Fault.RESET_BEFORE:
                raise httpx.ConnectError("connection reset", request=request)
            case Fault.SERVER_ERROR_AFTER | Fault.RESET_AFTER | Fault.TRUNCATED | Fault.HTML:
                response = await self.inner.handle_async_request(request)
                content = await response.aread()
                return _spoiled(fault, request, response, content)

    def _take(self, request: httpx.Request) -> Fault | None:
        if self._fault is None or self._left == 0 or (self._writes_only and request.method in READS):
            return None
        if self._left is not None:
            self._left -= 1
        return self._fault

    async def aclose(self) -> None:
        """Do nothing: the simulator outlives the connections to it."""


def _spoiled(fault: Fault, request: httpx.Request, response: httpx.Response, content: bytes) -> httpx.Response:
    if fault is Fault.RESET_AFTER:
        raise httpx.ReadError("connection reset", request=request)
    if fault is Fault.SERVER_ERROR_AFTER:
        return _json(request, 502, "bad gateway")
    if fault is Fault.HTML:
        page = b"<!doctype html><html><body>Please sign in</body></html>"
        return httpx.Response(200, headers={"content-type": "text/html"}, content=page, request=request)
    kind = response.headers.get("content-type", "application/json")
    return httpx.Response(
        response.status_code, headers={"content-type": kind}, content=content[: len(content) // 2], request=request
    )


def _json(request: httpx.Request, status: int, text: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return an error in the words of most vendors at once: each client finds the one it reads."""
    told = {"error": text, "message": text, "detail": text, "errors": {"base": [text]}}
    content = json.dumps(told).encode()
    all_headers = {"content-type": "application/json", **(headers or {})}
    return httpx.Response(status, headers=all_headers, content=content, request=request)
