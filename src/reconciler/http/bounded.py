"""`Bounded`: a response body that ends with an error once too many bytes of it were read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx


class TooLarge(Exception):
    """More was sent than anybody reads."""


class Bounded(httpx.AsyncByteStream):
    """Passes on `inner` as it is sent, up to `most` bytes.

    What comes after the end of a packed body never shows among the unpacked bytes, and is kept by the unpacker: a
    service that goes on for ever would fill the memory, so what is sent is counted as well as what it unpacks to.
    """

    def __init__(self, inner: httpx.AsyncByteStream | httpx.SyncByteStream, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not isinstance(self._inner, httpx.AsyncByteStream):
            raise TypeError("the body of an asynchronous response is an asynchronous stream")
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooLarge
            yield chunk

    async def aclose(self) -> None:
        """Close the connection's part of it."""
        if isinstance(self._inner, httpx.AsyncByteStream):
            await self._inner.aclose()
