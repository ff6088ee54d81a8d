"""The event loop of a command: Ctrl-C and SIGTERM end it cleanly, a second one at once."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Stopped(Exception):
    """The work was cancelled by a signal."""


def run(
    work: Callable[[], Coroutine[Any, Any, T]],
    *,
    interrupt: Callable[[], bool] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> T:
    """Return what `work` returns. Raises KeyboardInterrupt when a signal ended it.

    With `interrupt`, the first signal calls it. It returns whether the work, being told, ends by itself; if not, or at
    the next signal, the work is cancelled.
    """
    try:
        with asyncio.Runner() as runner:
            return runner.run(_supervised(work, interrupt, tell))
    except _Stopped:
        raise KeyboardInterrupt from None


async def _supervised(
    work: Callable[[], Coroutine[Any, Any, T]], interrupt: Callable[[], bool] | None, tell: Callable[[str], None]
) -> T:
    task = asyncio.current_task()
    signals = 0

    def on_signal() -> None:
        nonlocal signals
        signals += 1
        if interrupt and signals == 1 and interrupt():
            tell("Stopping: finishing what is in flight. Once more to stop at once.")
        elif task:
            task.cancel()

    with _handled(on_signal):
        try:
            return await work()
        except asyncio.CancelledError:
            if signals:
                raise _Stopped from None
            raise


@contextmanager
def _handled(handler: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Make Ctrl-C raise KeyboardInterrupt within the block, which may stand inside the event loop: for a prompt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wakeup = signal.set_wakeup_fd(-1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.set_wakeup_fd(wakeup)
