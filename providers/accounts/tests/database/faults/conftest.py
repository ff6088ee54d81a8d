"""A proxy before the database that breaks connections at the worst moments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio

from reconciler.testing import Fault

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
OLD_HASH = "$2b$12$" + "a" * 53
COURSES = ("AI-101", "AI-201", "GONE-1")


class Proxy:
    """Stands between the provider and PostgreSQL, and breaks connections: a fault rim for the contract suite.

    An operation is a statement outside a transaction, or the COMMIT of one: what decides whether there was an effect.
    """

    faults = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER})

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._fault: Fault | None = None
        self._left: int | None = None
        self._writes_only = False
        self._open: set[asyncio.StreamWriter] = set()
        self._every: list[asyncio.StreamWriter] = []
        self._serving: set[asyncio.Task[Any]] = set()
        self.writes = 0

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        self._fault, self._left, self._writes_only = fault, times, writes_only

    def disarm(self) -> None:
        self._fault = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.gather(*self._serving, return_exceptions=True)
        for writer in self._every:
            writer.transport.abort()  # closing waits until what was written has left, which may be never
        await asyncio.sleep(0)  # in which they are gone

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._open |= {writer, up_writer}
        self._every += [writer, up_writer]
        lost = asyncio.Event()
        both = (
            asyncio.create_task(self._requests(reader, up_writer, lost)),
            asyncio.create_task(self._answers(up_reader, writer, lost)),
        )
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for one in (writer, up_writer):
            one.close()
        self._open -= {writer, up_writer}

    async def _requests(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        inside = False
        while chunk := await reader.read(65536):
            commit = b"COMMIT\x00" in chunk
            self.writes += commit
            statement = chunk[:1] in (b"Q", b"P") and b"BEGIN\x00" not in chunk
            if (commit or (statement and not inside and not self._writes_only)) and self._strikes():
                if self._fault is Fault.RESET_BEFORE:
                    return
                lost.set()
            inside = not commit and (inside or b"BEGIN\x00" in chunk) and b"ROLLBACK\x00" not in chunk
            up.write(chunk)
            await up.drain()

    def _strikes(self) -> bool:
        if self._fault is None or self._left == 0:
            return False
        if self._left is not None:
            self._left -= 1
        return True

    async def _answers(self, up: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await up.read(65536):
            if lost.is_set():
                return
            writer.write(chunk)
            await writer.drain()


@pytest_asyncio.fixture
async def proxy(world: Any) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the test's database, and the URL that leads through it."""
    made = Proxy(world.sandbox.server.port)
    port = await made.start()
    yield made, world.url.replace(f":{world.sandbox.server.port}/", f":{port}/")
    await made.stop()
