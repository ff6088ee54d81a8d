"""An event loop in virtual time and without threads: what runs on it runs the same way every time.

When nothing can run, time jumps to the earliest timer. `asyncio.sleep`, `asyncio.timeout` and `loop.time` all go by it,
and what `asyncio.to_thread` is given runs in the loop itself, one at a time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from reconciler.testing.clock import FakeClock

T = TypeVar("T")


class StandsStill(RuntimeError):
    """Everybody waits for something that cannot happen: no timer is set and nothing can run."""


class LoopClock(FakeClock):
    """A clock whose time a `SimulatedLoop` moves."""

    async def sleep(self, seconds: float) -> None:
        """Return after that many virtual seconds. Zero or less only lets others run."""
        loop = asyncio.get_running_loop()
        awake: asyncio.Future[None] = loop.create_future()
        loop.call_later(max(0.0, seconds), _wake, awake)
        await awake


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


class _Jumping(selectors.SelectSelector):
    """Instead of waiting for the timeout to pass, lets virtual time pass. There is no I/O to wait for."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return nothing, after `timeout` virtual seconds."""
        if timeout is None:
            raise StandsStill("no timer is set and nothing can run")
        if timeout > 0:
            self._clock.elapsed += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_Jumping(clock))
        self._clock = clock
        self._clock_resolution = 1e-6  # seconds: adding floats must not leave a timer just out of reach

    def time(self) -> float:
        """Return virtual seconds."""
        return self._clock.elapsed

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """Run a function in the loop itself, when it is its turn."""
        future: asyncio.Future[T] = self.create_future()
        self.call_soon(_settle, future, func, args)
        return future

    def _write_to_self(self) -> None:
        """Do nothing: there is no other thread that would have to wake this one."""


def _settle(future: asyncio.Future[T], func: Callable[..., T], args: tuple[Any, ...]) -> None:
    if future.cancelled():
        return
    try:
        future.set_result(func(*args))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a crash is one, and belongs to who awaits it
        future.set_exception(error)


@contextmanager
def simulated_loop(clock: FakeClock) -> Iterator[SimulatedLoop]:
    """Yield a loop on a clock. What still runs at the end is cancelled."""
    loop = SimulatedLoop(clock)
    loop.set_exception_handler(lambda _, __: None)  # a task of a crashed process has nobody left to tell
    try:
        yield loop
    finally:
        drain(loop)
        loop.close()


def drain(loop: SimulatedLoop) -> None:
    """Cancel every task that is left, as the end of a process does, and wait until all are gone."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
