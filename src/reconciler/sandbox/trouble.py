"""A simulated service on a bad day: rate limits that are enforced, and faults drawn from a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal, TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.kind.settings import Rate

Trouble: TypeAlias = Literal["unauthorized", "limited", "down", "broken"]
"""What the vendor words in its own way: a wrong credential, a request over the rate, a service that is down, a bug."""
Fault: TypeAlias = Literal["none", "limited", "down", "broken", "lost"]
FAULTS: tuple[Fault, ...] = ("limited", "down", "broken", "lost")
SHARE = 0.12  # of the requests go wrong
OWN = "/_sandbox/"  # what is not the vendor's


class RateLimit:
    """Refuses what goes beyond a rate: a token bucket, as strict as the declared one."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self.rate = rate
        self.monotonic = monotonic
        self.tokens = float(rate.burst)
        self.at = monotonic()
        self.refused = 0

    def wait(self) -> int:
        """Take a token and return 0, or return the whole seconds until there is one."""
        now = self.monotonic()
        self.tokens = min(float(self.rate.burst), self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0
        self.refused += 1
        return max(1, round((1 - self.tokens) / self.rate.per_second))


class Troubled:
    """Passes requests on to `app`, except those that the rate or the seed make go wrong.

    `lost` answers take effect first and are then cut off; the others have no effect. Only the API itself is troubled.
    """

    def __init__(
        self,
        app: ASGIApp,
        refusal: Callable[[Trouble, int], Response],
        *,
        limit: RateLimit | None = None,
        seed: int | None = None,
    ) -> None:
        self.app = app
        self.refusal = refusal
        self.limit = limit
        self.seed = seed
        self.drawn = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OWN):
            await self.app(scope, receive, send)
            return
        wait = self.limit.wait() if self.limit else 0
        fault: Fault = "limited" if wait else self._drawn()
        match fault:
            case "none":
                await self.app(scope, receive, send)
            case "lost":
                await self.app(scope, receive, _cut_off(send))
            case _:
                await self.refusal(fault, wait or 1)(scope, receive, send)

    def _drawn(self) -> Fault:
        """Return what happens to the next request: the same sequence for the same seed."""
        if self.seed is None:
            return "none"
        self.drawn += 1
        lot = int.from_bytes(hashlib.sha256(f"{self.seed}:{self.drawn}".encode()).digest()[:4]) / 2**32
        return FAULTS[int(lot / SHARE * len(FAULTS))] if lot < SHARE else "none"


def _cut_off(send: Send) -> Send:
    """Return a `send` that lets half of the body through and then says it was all."""

    async def shorten(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(k, v) for k, v in message.get("headers", []) if k != b"content-length"]
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2]}
        await send(message)

    return shorten
