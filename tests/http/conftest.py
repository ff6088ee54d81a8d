"""A world in virtual time: an event loop that jumps to the next timer, and clients whose runtime lives in it."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import pytest

from reconciler.http.budget import RateBudget
from reconciler.http.client import HttpClient
from reconciler.kind.settings import Rate, TokenSettings
from reconciler.provider import Connection
from reconciler.redact import Redactor
from reconciler.runtime import Runtime
from reconciler.values import SecretRef, SecretValue

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "tok-3f9a1c-canary-77"
Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


class _Jump(selectors.SelectSelector):
    """Instead of waiting for a timer, lets the loop's clock reach it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("every task waits for something that never happens")
        self.now += max(0.0, timeout)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


class ExampleSettings(TokenSettings):
    """The settings of a made-up provider."""

    base_url: ClassVar[str] = "https://api.example.test"
    url_variable: ClassVar[str] = "EXAMPLE_API_URL"


@dataclass
class World:
    """One test's world. `run` runs a coroutine to its end in virtual time; `elapsed` is how long that took."""

    loop: _VirtualLoop
    environ: dict[str, str] = field(default_factory=dict)
    redactor: Redactor = field(default_factory=Redactor)

    @property
    def elapsed(self) -> float:
        return self.loop.time()

    @property
    def runtime(self) -> Runtime:
        return Runtime(
            now=lambda: START + timedelta(seconds=self.loop.time()),
            monotonic=self.loop.time,
            random=random.Random(7),
            environ=self.environ,
            redactor=self.redactor,
        )

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.ensure_future(work, loop=self.loop))

    def client(
        self,
        answer: Handler | httpx.AsyncBaseTransport,
        *,
        read_only: bool = False,
        deadline: float | None = None,
        rate: Rate | str | None = "none",
        budget: RateBudget | None = None,
        headers: Mapping[str, str] | None = None,
        base_url: str = "https://api.example.test",
        **options: Any,
    ) -> HttpClient:
        connection = Connection(
            instance="example",
            settings=ExampleSettings(token=SecretRef("EXAMPLE_TOKEN"), rate=rate),
            secrets={"token": SecretValue(TOKEN, "secret EXAMPLE_TOKEN")},
            runtime=self.runtime,
            root=Path(),
            read_only=read_only,
            deadline=deadline,
            transport=answer if isinstance(answer, httpx.AsyncBaseTransport) else httpx.MockTransport(answer),
            budget=budget,
        )
        return HttpClient(
            connection,
            service="Example",
            base_url=base_url,
            headers=headers or {"authorization": f"Bearer {TOKEN}"},
            error_text=lambda body: body["error"]["message"],
            **options,
        )

    def script(self, *steps: Any) -> tuple[Handler, list[httpx.Request]]:
        """Return a server that answers with each step in turn, and the requests it got. The last step stays."""
        seen: list[httpx.Request] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            step = steps[min(len(seen), len(steps) - 1)]
            seen.append(request)
            step = step() if callable(step) else step
            if isinstance(step, Exception):
                raise step
            return step

        return answer, seen


@pytest.fixture
def world() -> Iterator[World]:
    loop = _VirtualLoop()
    yield World(loop)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@dataclass
class LimitedServer:
    """A vendor that takes `latency` seconds per request and enforces a rate with a token bucket."""

    world: World
    rate: float
    burst: float
    latency: float = 0.05
    jitter: float = 0.3  # of the latency, either way
    headers: bool = False
    retry_after: str | None = None
    made: int = 0
    refused: int = 0
    widest: int = 0
    _tokens: float | None = None
    _stamp: float = 0.0
    _under_way: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self._under_way += 1
        self.widest = max(self.widest, self._under_way)
        try:
            arrival = random.Random(self.made + self.refused).uniform(0.5 - self.jitter, 0.5 + self.jitter)
            await asyncio.sleep(self.latency * arrival)
            allowed = self._take()
            await asyncio.sleep(self.latency / 2)
        finally:
            self._under_way -= 1
        headers = {}
        if self.headers:
            headers = {"x-ratelimit-remaining": str(int(self._tokens or 0)), "x-ratelimit-reset": "1"}
        if not allowed:
            self.refused += 1
            if self.retry_after is not None:
                headers["retry-after"] = self.retry_after
            return httpx.Response(429, headers=headers, json={"error": {"message": "slow down"}})
        self.made += request.method == "POST"
        return httpx.Response(201, headers=headers, json={"id": self.made})

    def _take(self) -> bool:
        now = self.world.elapsed
        full = self.burst if self._tokens is None else self._tokens
        self._tokens = min(self.burst, full + (now - self._stamp) * self.rate)
        self._stamp = now
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True


@pytest.fixture
def limited_server(world: World) -> Callable[..., LimitedServer]:
    def make(rate: float, burst: float, **options: Any) -> LimitedServer:
        return LimitedServer(world, rate, burst, **options)

    return make


@pytest.fixture
def token() -> str:
    return TOKEN
