"""Serving an ASGI application on loopback, in this process: what the simulators of HTTP APIs run on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves Ctrl-C to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `app` until the block ends; yields its base URL. Port 0 takes a free one.

    Prints nothing, and does not run the application's lifespan. Raises ReconcilerError when the port is taken.
    """
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise ReconcilerError(
            f"cannot listen on {host}:{port}: {error.strerror or error}", fix="choose another port, or 0 for a free one"
        ) from error
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, ws="none", http="h11", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    listening = asyncio.create_task(server.listening.wait())
    try:
        await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running  # raises what went wrong
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        listening.cancel()
        server.should_exit = True
        await asyncio.shield(running)
        listener.close()
