"""Bad weather between a client and its vendor over HTTP: what a network and a server do on their worst days."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import httpx

from reconciler.simulate.memory_world import LAG
from reconciler.simulate.process import CURRENT
from reconciler.simulate.trouble import CALM, Armed, Weather
from reconciler.testing.clock import FakeClock

SLOW = 400.0  # seconds: more than any time-out of a client
READS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEFORE = (
    "429", "429, and no more tries", "server error before the effect", "reset before the effect",
    "slow, before the effect", "credential revoked in mid-run", "refusal that quotes the request",
)  # fmt: skip
_AFTER = (
    "server error after the effect", "reset after the effect", "slow, after the effect", "truncated answer",
    "answer that is not JSON",
)  # fmt: skip
_LISTS = ("listing that ends early", "page silently gone")


@dataclass(slots=True)
class BadWire(httpx.AsyncBaseTransport):
    """Passes requests to `inner`, a simulator, as well as the weather lets it."""

    inner: httpx.AsyncBaseTransport
    clock: FakeClock
    weather: Weather = field(default_factory=Weather)
    revoked: bool = False
    writes: list[float] = field(default_factory=list)  # when something was written
    shown: dict[str, tuple[bytes, str, float]] = field(default_factory=dict)  # what a listing showed last, and when
    is_read: Callable[[httpx.Request], bool] = lambda request: request.method in READS

    def calm(self) -> None:
        """Let the bad weather pass."""
        self.weather, self.revoked = CALM, False
        self.shown.clear()
        self.writes.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the simulator's response, or what the weather makes of it."""
        process = CURRENT.get()
        if process:
            process.alive()
        body = (await request.aread()).decode("utf-8", "replace")
        reads = self.is_read(request)
        what = "write" if not reads else "list"
        if self.revoked:
            return _json(request, 401, "this token was revoked")
        armed = self.weather.at(what, _BEFORE)
        if armed and (early := await self._before(armed, request, body)) is not None:
            return early
        if process and not reads:
            process.touch("before a write")
        if reads and (stale := self._stale(request)) is not None:
            return stale
        response = await self.inner.handle_async_request(request)
        content = await response.aread()
        if not reads:
            self.writes.append(self.clock.elapsed)
            if process:
                process.touch("after a write")
        return await self._after(request, response, content, what)

    async def _before(self, armed: Armed, request: httpx.Request, body: str) -> httpx.Response | None:
        fault = armed.fault
        match fault:
            case "429":
                return self._limited(armed, request)
            case "429, and no more tries":
                self.weather.hit(fault)
                armed.times = 60
                return _json(request, 429, "too many requests")
            case "server error before the effect":
                self.weather.hit(fault)
                return _json(request, armed.rng.choice((500, 503)), "internal error")
            case "reset before the effect":
                self.weather.hit(fault)
                raise httpx.ConnectError("connection reset", request=request)
            case "slow, before the effect":
                self.weather.hit(fault)
                await self.clock.sleep(SLOW)
                raise httpx.ReadTimeout("no answer", request=request)
            case "credential revoked in mid-run":
                self.weather.hit(fault)
                self.revoked = True
                return _json(request, 401, "this token was revoked")
            case _:
                self.weather.hit(fault)
                return _json(request, 422, f"cannot process {body} of {dict(request.headers)}")

    def _limited(self, armed: Armed, request: httpx.Request) -> httpx.Response:
        form = armed.rng.choice(("in seconds", "as a date", "none"))
        seconds = armed.rng.choice((1, 2, 20))
        if form == "in seconds":
            self.weather.hit("429, Retry-After in seconds")
            return _json(request, 429, "too many requests", {"retry-after": str(seconds)})
        if form == "as a date":
            self.weather.hit("429, Retry-After as a date")
            at = self.clock.start.fromtimestamp(self.clock.now().timestamp() + seconds, self.clock.start.tzinfo)
            return _json(request, 429, "too many requests", {"retry-after": format_datetime(at, usegmt=True)})
        self.weather.hit("429, no Retry-After")
        return _json(request, 429, "too many requests")

    def _stale(self, request: httpx.Request) -> httpx.Response | None:
        """Return what a listing showed before the last writes, where the vendor lags: never what is older than that."""
        found = self.shown.get(str(request.url))
        if found is None or not self.weather.has("read-after-write lag"):
            return None
        content, kind, seen = found
        since = [at for at in self.writes if at >= seen]
        if not since or self.clock.elapsed - since[0] >= LAG:
            return None
        self.weather.hit("read-after-write lag")
        return httpx.Response(200, headers={"content-type": kind}, content=content, request=request)

    async def _after(
        self, request: httpx.Request, response: httpx.Response, content: bytes, what: str
    ) -> httpx.Response:
        kind = response.headers.get("content-type", "application/json")
        if what == "list" and response.status_code == 200:
            if (armed := self.weather.at("list", _LISTS)) and (cut := _cut(content)) is not None:
                self.weather.hit(armed.fault)
                if armed.fault == "listing that ends early":
                    raise httpx.RemoteProtocolError("peer closed connection", request=request)
                content = cut
            elif _cut(content) is not None:
                self.shown[str(request.url)] = (content, kind, self.clock.elapsed)
        armed = self.weather.at(what, _AFTER)
        if armed is None:
            headers = {k: v for k, v in response.headers.items() if k not in ("content-length", "content-encoding")}
            return httpx.Response(response.status_code, headers=headers, content=content, request=request)
        self.weather.hit(armed.fault)
        match armed.fault:
            case "server error after the effect":
                return _json(request, 502, "bad gateway")
            case "reset after the effect":
                raise httpx.ReadError("connection reset", request=request)
            case "slow, after the effect":
                await self.clock.sleep(SLOW)
                raise httpx.ReadTimeout("no answer", request=request)
            case "truncated answer":
                half = content[: len(content) // 2]
                return httpx.Response(response.status_code, headers={"content-type": kind}, content=half)
            case _:
                page = b"<!doctype html><html><body>Please sign in</body></html>"
                return httpx.Response(200, headers={"content-type": "text/html"}, content=page, request=request)

    async def aclose(self) -> None:
        """Do nothing: the vendor outlives the connections to it."""


def _json(request: httpx.Request, status: int, text: str, headers: dict[str, str] | None = None) -> httpx.Response:
    told = {"error": text, "message": text, "detail": text, "errors": {"base": [text]}}
    given = {"content-type": "application/json", **(headers or {})}
    return httpx.Response(status, headers=given, content=json.dumps(told).encode(), request=request)


def _cut(content: bytes) -> bytes | None:
    """Return a JSON answer without the second half of its longest list of objects; None where it has none."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    lists: list[list[Any]] = []
    _gather(document, lists)
    longest = max(lists, key=len, default=None)
    if not longest:
        return None
    del longest[len(longest) // 2 :]
    return json.dumps(document).encode()


def _gather(value: Any, lists: list[list[Any]]) -> None:
    """Collect the lists of a listing: the answer itself, or directly in it."""
    if isinstance(value, list):
        if all(isinstance(part, dict) for part in value):
            lists.append(value)
    elif isinstance(value, dict):
        for inner in value.values():
            if isinstance(inner, list) and all(isinstance(part, dict) for part in inner):
                lists.append(inner)
            elif isinstance(inner, dict):
                _gather(inner, lists)
