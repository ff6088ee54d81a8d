"""A process that serves the Better Stack simulator with a latency, counts what reaches it, and enforces a rate.

Prints one line of JSON when it listens: its address and its token. `POST /bench` sets latency and rate and begins to
count anew; `GET /bench` returns the counts. It ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler import Rate
from reconciler.asgi import serve
from reconciler.sandbox import RateLimit
from reconciler_betterstack.sandbox.app import BetterStackApp, new_store


@dataclass
class Counts:
    """What reached the API since counting began. Times are in seconds of this process's monotonic clock."""

    reads: int = 0
    writes: int = 0
    refused: int = 0
    first_write: float = 0.0
    last_write: float = 0.0
    under_way: int = 0
    widest: int = 0


@dataclass
class Counting:
    """Passes requests on to `app` after `latency` seconds."""

    app: ASGIApp
    latency: float = 0.0
    limit: RateLimit | None = None
    counts: Counts = field(default_factory=Counts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/bench":
            answer = await self._control(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            await self._measured(scope, receive, send)

    async def _control(self, request: Request) -> JSONResponse:
        if request.method == "POST":
            wanted = await request.json()
            rate = wanted.get("rate")
            self.latency = wanted.get("latency", 0.0)
            self.limit = RateLimit(Rate(**rate), time.monotonic) if rate else None
            self.counts = Counts()
        return JSONResponse(vars(self.counts))

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        counts = self.counts
        counts.under_way += 1
        counts.widest = max(counts.widest, counts.under_way)
        wait = self.limit.wait() if self.limit else 0
        if wait:
            counts.refused += 1
        elif scope["method"] == "GET":
            counts.reads += 1
        else:
            now = time.monotonic()
            counts.writes += 1
            counts.first_write, counts.last_write = counts.first_write or now, now
        try:
            await asyncio.sleep(self.latency)
            if wait:
                refusal = JSONResponse({"errors": "Too many requests"}, 429, {"retry-after": str(wait)})
                await refusal(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            counts.under_way -= 1


async def main() -> None:
    """Serve until standard input closes."""
    store = new_store()
    app = BetterStackApp(store, store.token("bench"))
    async with serve(Counting(app)) as url:
        store.base_url = url
        print(json.dumps({"url": url, "token": app.token}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
