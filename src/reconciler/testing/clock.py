"""A `Runtime` whose clock is virtual, and whose randomness repeats: hours pass in no time, in the right order."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import itertools
import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.git import Git, SubprocessGit
from reconciler.redact import Redactor
from reconciler.runtime import Runtime

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)
QUIET = 64  # rounds of the event loop in which nothing new went to sleep: then everybody waits, and time may pass


class _CountingPool(ThreadPoolExecutor):
    """Runs what `asyncio.to_thread` gives it, and knows how much of it is still running."""

    def __init__(self) -> None:
        super().__init__(max_workers=4)
        self.running = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self.running += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Future[Any]) -> None:
        self.running -= 1


class FakeClock:
    """Virtual time. It moves only when all tasks of the event loop wait: then it jumps to the earliest that sleeps."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.elapsed = 0.0  # seconds
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: _CountingPool | None = None
        self._watching = False
        self._quiet = 0

    def now(self) -> datetime:
        """Return the virtual time of day."""
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        """Return virtual seconds since the clock was made."""
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass at once, for what happens between two runs."""
        self.elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Return after that many virtual seconds. Zero or less only lets others run."""
        self._enter(asyncio.get_running_loop())
        if seconds <= 0:
            self._quiet = 0
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed + seconds, next(self._order), awake))
        self._quiet = 0
        if not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_soon(self._watch)
        await awake

    def _enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start afresh in a new event loop: sleepers of an old one are gone with it."""
        if loop is not self._loop:
            self._loop, self._sleepers, self._watching, self._quiet = loop, [], False, 0
            self._pool = _CountingPool()
            loop.set_default_executor(self._pool)

    def _watch(self) -> None:
        """Wake the earliest sleeper once the loop has been quiet and no thread works."""
        loop = self._loop
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if loop is None or not self._sleepers:
            self._watching = False
        elif self._pool is not None and self._pool.running:
            self._quiet = 0
            loop.call_later(0.0005, self._watch)
        elif self._quiet < QUIET:
            self._quiet += 1
            loop.call_soon(self._watch)
        else:
            until, _, awake = heapq.heappop(self._sleepers)
            self.elapsed = max(self.elapsed, until)
            awake.set_result(None)
            self._quiet = 0
            loop.call_soon(self._watch)


def repeatable_entropy(seed: int = 0) -> Callable[[int], bytes]:
    """Return a stand-in for `os.urandom` that gives the same bytes in every run, and never the same ones twice."""
    counter = itertools.count()

    def entropy(size: int) -> bytes:
        made = b""
        while len(made) < size:
            made += hashlib.sha256(f"{seed}:{next(counter)}".encode()).digest()
        return made[:size]

    return entropy


def _no_network() -> httpx.AsyncBaseTransport:
    import httpx

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("a test's runtime has no network; pass a transport", request=request)

    return httpx.MockTransport(refuse)


class NoGit(SubprocessGit):
    """Git in a folder that is no repository, without starting a process to find out."""

    def root(self) -> Path | None:
        """Return None: there is no work tree."""
        return None


def virtual_runtime(
    clock: FakeClock | None = None,
    *,
    seed: int = 0,
    environ: Mapping[str, str] | None = None,
    transport: Callable[[], httpx.AsyncBaseTransport] = _no_network,
    git: Callable[[Path], Git] = NoGit,
    redactor: Redactor | None = None,
    host: str = "test-host",
    pid: int = 4242,
    pid_alive: Callable[[int], bool] = lambda pid: False,
) -> Runtime:
    """Return a runtime on a virtual clock, with an empty environment, no network, and randomness from `seed`."""
    clock = clock or FakeClock()
    return Runtime(
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        random=random.Random(seed),  # nosec B311  # jitter, meant to be repeatable
        entropy=repeatable_entropy(seed),
        redactor=redactor or Redactor(),
        transport=transport,
        git=git,
        environ=dict(environ or {}),
        host=host,
        pid=pid,
        pid_alive=pid_alive,
        user="",
    )
