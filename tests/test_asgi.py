from __future__ import annotations

import asyncio
import signal
import socket
from typing import Any

import httpx
import pytest

from reconciler.asgi import serve
from reconciler.errors import ReconcilerError


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_the_application_answers_at_the_address_until_the_block_ends() -> None:
    async with serve(hello) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/somewhere")).text == "/somewhere"
    async with httpx.AsyncClient(base_url=url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_several_are_served_at_once() -> None:
    async with serve(hello) as one, serve(hello) as two, httpx.AsyncClient() as client:
        assert one != two
        answers = await asyncio.gather(client.get(one + "/1"), client.get(two + "/2"))
    assert [a.text for a in answers] == ["/1", "/2"]


async def test_a_taken_port_is_an_error_that_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ReconcilerError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with serve(hello, port=port):
                pass


async def test_ctrl_c_stays_with_whoever_serves() -> None:
    before = signal.getsignal(signal.SIGINT)
    async with serve(hello):
        assert signal.getsignal(signal.SIGINT) is before


async def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a bug in the simulator")

    async with serve(broken) as url, httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 500
    assert capfd.readouterr().out == ""
