"""The client over real sockets on loopback, against servers that break off in every way."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from reconciler.errors import AnswerLost, Unavailable
from reconciler.http.client import HttpClient
from reconciler.kind.settings import ProviderSettings
from reconciler.provider import Connection
from reconciler.runtime import Runtime

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
OK = WHOLE + b'{"id": "812"}'
BROKEN = [
    pytest.param(b"", id="closed-without-an-answer"),
    pytest.param(b"HTTP/1.1 2", id="cut-off-in-the-status"),
    pytest.param(WHOLE + b'{"id":', id="shorter-than-its-length"),
    pytest.param(CHUNKED + b'6\r\n{"id":\r\n', id="without-its-last-chunk"),
    pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", id="not-http"),
]


async def _no_wait(seconds):
    await asyncio.sleep(0)


@asynccontextmanager
async def served(*answers):
    """Serve each answer to one connection in turn, then close it; yields a client and the count of connections."""
    count = []

    async def handle(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        count.append(1)
        writer.write(answers[min(len(count), len(answers)) - 1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = make(port)
    try:
        yield client, count
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


def make(port):
    connection = Connection(
        instance="example",
        settings=ProviderSettings(),
        secrets={},
        runtime=Runtime(sleep=_no_wait, environ={}),
        root=Path(),
        read_only=False,
    )
    return HttpClient(
        connection, service="Example", base_url=f"http://127.0.0.1:{port}", headers={}, error_text=lambda body: ""
    )


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_read_that_breaks_off_is_read_again(broken):
    async with served(broken, OK) as (client, count):
        assert (await client.get("/things/812")).json() == {"id": "812"}
        assert len(count) == 2


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_create_that_breaks_off_may_have_taken_effect(broken):
    async with served(broken, OK) as (client, count):
        with pytest.raises(AnswerLost):
            await client.post("/things")
        assert len(count) == 1


async def test_a_service_that_is_down_is_unavailable_and_was_sent_nothing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make(taken.getsockname()[1])
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.post("/things")
        assert client.requests == 0
        await client.close()
