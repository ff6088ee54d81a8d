"""`Watch`: what answers say beside their content: the server's clock, and what is left of the rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from reconciler.http.limits import Window, rate_window

_HALF = 0.5  # seconds: a Date header is cut off to whole ones
_LIMIT = re.compile(r"(.*-)?ratelimit-limit")


@dataclass(slots=True)
class Told:
    """Of the newest answer that said it. `ahead` is by how many seconds our clock is before the server's."""

    ahead: float | None = None
    window: Window | None = None
    limit: int | None = None


class Watch(httpx.AsyncBaseTransport):
    """Passes requests on to `inner`, and keeps in `told` what their answers said."""

    def __init__(self, inner: httpx.AsyncBaseTransport, now: Callable[[], datetime], told: Told) -> None:
        self._inner = inner
        self._now = now
        self.told = told

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer."""
        answer = await self._inner.handle_async_request(request)
        now = self._now()
        ahead = _ahead(answer.headers.get("date", ""), now)
        self.told.ahead = self.told.ahead if ahead is None else ahead
        self.told.window = rate_window(answer.headers, now=now) or self.told.window
        self.told.limit = _limit(answer.headers) or self.told.limit
        return answer

    async def aclose(self) -> None:
        """Close the connections of `inner`."""
        await self._inner.aclose()


def _ahead(date: str, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (now - when).total_seconds() - _HALF


def _limit(headers: httpx.Headers) -> int | None:
    for name, value in headers.items():
        plain = name.lower().replace("rate-limit", "ratelimit")
        if _LIMIT.fullmatch(plain) and re.fullmatch(r"[0-9]{1,12}", value.strip()):
            return int(value)
    return None
