"""`Lanes`: a connection of its own for each request under way.

httpcore looks at every connection of a pool for each request that starts or ends, and may promise one idle connection
to several requests: with 32 of them that took a seventh of an apply. A pool of one has nothing to look for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import cast

import httpx


class Lanes(httpx.AsyncBaseTransport):
    """Sends each request through the transport that was used last and is free, or through a new one from `make`.

    It sets no limit: how many requests are under way is what the rate budget decides.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._free: list[httpx.AsyncBaseTransport] = []
        self._all: list[httpx.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response. Its lane is free again once it has been closed."""
        lane = self._free.pop() if self._free else self._new()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._free.append(lane)
            raise
        body = cast(httpx.AsyncByteStream, response.stream)
        response.stream = _Leaving(body, lambda: self._free.append(lane))
        return response

    def _new(self) -> httpx.AsyncBaseTransport:
        lane = self._make()
        self._all.append(lane)
        return lane

    async def aclose(self) -> None:
        """Close every connection."""
        while self._all:
            await self._all.pop().aclose()
        self._free.clear()


class _Leaving(httpx.AsyncByteStream):
    """A body that tells, once, that it is closed."""

    def __init__(self, inner: httpx.AsyncByteStream, left: Callable[[], None]) -> None:
        self._inner = inner
        self._left: Callable[[], None] | None = left

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        """Close the body, and leave the lane."""
        left, self._left = self._left, None
        try:
            await self._inner.aclose()
        finally:
            if left:
                left()
