"""`ReadOnlyTransport`: what every command but `apply` talks through. A write cannot get past it."""

from __future__ import annotations

import re
from typing import TypeAlias

import httpx

from reconciler.errors import ReadOnlyViolation

Reads: TypeAlias = tuple[tuple[str, str], ...]
"""Reads that an API does with another method: (method, regular expression for the whole path)."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_read(method: str, path: str, reads: Reads = ()) -> bool:
    """Return whether a request changes nothing: by its method, or because `reads` says so."""
    return method in _READS or any(method == m and re.fullmatch(pattern, path) for m, pattern in reads)


class ReadOnlyTransport(httpx.AsyncBaseTransport):
    """Passes reads on to `inner` and raises ReadOnlyViolation for anything else, before a byte is sent."""

    def __init__(self, inner: httpx.AsyncBaseTransport, reads: Reads = ()) -> None:
        self._inner = inner
        self._reads = reads

    def allowing(self, reads: Reads) -> ReadOnlyTransport:
        """Return a read-only transport over the same connections that also passes `reads`."""
        return ReadOnlyTransport(self._inner, self._reads + reads)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of a read.

        Raises:
            ReadOnlyViolation: the request is not a read.
        """
        if not is_read(request.method, request.url.path, self._reads):
            raise ReadOnlyViolation(
                f"a command that only reads tried to write ({request.method} on {request.url.host}); nothing was sent",
                fix="this is a bug in the provider; please report it with the command you ran",
            )
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of `inner`."""
        await self._inner.aclose()


def read_only(transport: httpx.AsyncBaseTransport, reads: Reads = ()) -> ReadOnlyTransport:
    """Return `transport` so that it only reads; one that already does is not wrapped again."""
    if isinstance(transport, ReadOnlyTransport):
        return transport.allowing(reads)
    return ReadOnlyTransport(transport, reads)
