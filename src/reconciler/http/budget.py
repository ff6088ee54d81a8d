"""`RateBudget`: who may send a request, and when. One per instance and credential, shared by all of its clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from reconciler.http.limits import Window
from reconciler.http.pace import Pace, Width
from reconciler.kind.settings import ProviderSettings, Rate
from reconciler.runtime import Runtime

WORTH_SAYING = 5.0  # seconds; a shorter wait is not told
LONGEST_WAIT = 330.0  # seconds; Cloudflare refuses everything for five minutes, and nobody waits out an hour
_FIRST_PAUSE = 1.0  # seconds, where a refusal does not say how long; doubles while refusals follow each other
_LONGEST_PAUSE = 30.0


def say_nothing(seconds: float, why: str) -> None:
    """Leave a wait untold."""


class TooLong(Exception):
    """The budget allows the next request only after the deadline, or after more than five minutes."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one request. `sent_at` is when it was given."""

    sent_at: float


class RateBudget:
    """Lets requests out no faster than the service takes them, first come first served.

    A token bucket at the declared rate, a width by slow start, and what the service says in its answers. A refusal
    pauses everybody, because it is the credential that is limited and not one request.
    """

    def __init__(
        self,
        rate: Rate | None,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        told: Callable[[float, str], None] = say_nothing,
    ) -> None:
        """`told` hears of every wait worth saying: its seconds, and why ("429")."""
        self._monotonic = monotonic
        self._sleep = sleep
        self._told = told
        self._told_until = float("-inf")
        self._why = ""  # of the pause
        self._pace = Pace(rate)
        self._width = Width()
        self._paused_until = float("-inf")
        self._pause = _FIRST_PAUSE
        self._remaining: int | None = None
        self._renewed_at = float("-inf")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._under_way = 0
        self._too_narrow_at = float("-inf")  # when somebody last had to wait for one of those under way

    @classmethod
    def of(
        cls, settings: ProviderSettings, runtime: Runtime, told: Callable[[float, str], None] = say_nothing
    ) -> RateBudget:
        """Return a budget with the rate the user set (`rate: none`: no limit), else the provider's documented one."""
        rate = settings.default_rate if settings.rate is None else settings.rate
        return cls(
            rate if isinstance(rate, Rate) else None, monotonic=runtime.monotonic, sleep=runtime.sleep, told=told
        )

    @property
    def rate(self) -> float:
        """Requests per second as learned so far; infinite where none is known."""
        return self._pace.rate

    @asynccontextmanager
    async def permit(self, deadline: float | None = None) -> AsyncIterator[Permit]:
        """Wait for the right to send one request and hold it while the request is under way.

        Raises:
            TooLong: at once, when the wait would end after `deadline` (seconds of the monotonic clock).
        """
        permit = await self._acquire(deadline)
        try:
            yield permit
        finally:
            self._under_way -= 1
            self._freed.set()

    async def _acquire(self, deadline: float | None) -> Permit:
        self._enter_loop()
        async with self._turn:
            while True:
                now = self._monotonic()
                if self._under_way >= self._allowed(now):
                    self._too_narrow_at = now
                    self._freed.clear()
                    await self._freed.wait()
                    continue
                delay = self._delay(now)
                if delay <= 0.0:
                    self._pace.take(now)
                    self._under_way += 1
                    return Permit(now)
                if delay > LONGEST_WAIT or (deadline is not None and now + delay > deadline):
                    raise TooLong(delay)
                self.waits(delay, self._why if self._paused_until - now >= delay else "its rate limit")
                await self._sleep(delay)

    def waits(self, seconds: float, why: str) -> None:
        """Tell of a wait that begins now, unless it is short, or one that was told lasts as long."""
        until = self._monotonic() + seconds
        if seconds >= WORTH_SAYING and until > self._told_until + WORTH_SAYING:
            self._told_until = until
            self._told(seconds, why)

    def _allowed(self, now: float) -> int:
        limit = self._width.limit(self._pace.rate)
        if self._remaining is None or now >= self._renewed_at:
            return limit
        # Some of those under way may not be in the number that the server last told.
        return max(1, min(limit, self._remaining))

    def _delay(self, now: float) -> float:
        exhausted = self._renewed_at - now if self._remaining == 0 else 0.0
        return max(self._paused_until - now, exhausted, self._pace.wait(now))

    def _enter_loop(self) -> None:
        """Forget what belongs to an event loop that has ended: a budget outlives a run."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._turn, self._freed, self._under_way = loop, asyncio.Lock(), asyncio.Event(), 0

    def learn(self, window: Window | None) -> None:
        """Take in what an answer said about the requests left. None: it said nothing."""
        if window is not None:
            self._remaining, self._renewed_at = window.remaining, self._monotonic() + window.resets_in
        elif self._remaining:
            self._remaining -= 1

    def answered(self, permit: Permit) -> None:
        """Count an answer that was no refusal for rate."""
        now = self._monotonic()
        self._width.answered(now - permit.sent_at, full=self._too_narrow_at >= permit.sent_at)
        self._pace.answered(now)
        self._pause = _FIRST_PAUSE

    def refused(self, permit: Permit, wait: float | None, status: int = 429) -> None:
        """Pause everybody for `wait` seconds after a 429 and go on more slowly. None: the server did not say."""
        self._why = str(status)
        now = self._monotonic()
        until = max(self._paused_until, now + (self._pause if wait is None else wait))
        if self._pace.refused(now, permit.sent_at, until):
            self._width.refused()
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)
            self._paused_until = until
        elif wait is not None:
            self._paused_until = until
