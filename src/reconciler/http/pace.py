"""`Pace`, a token bucket whose rate is learned, and `Width`, how many requests may be under way. Nothing here waits."""

from __future__ import annotations

import math
from collections import deque

from reconciler.kind.settings import Rate

HEADROOM = 0.97  # of the declared rate: latency varies, and a server counts arrivals, not departures
HEADROOM_WITHOUT_BURST = 0.93  # where one early arrival is already a refusal
RAISE = 1.25
FIRST_TRIAL = 10.0  # seconds without a refusal before a higher rate is tried; doubles each time that was refused
FIRST_TRIAL_UNDECLARED = 2.0  # the first guess at an unknown rate is a poor one
LONGEST_TRIAL = 300.0
SLOWEST = 0.1  # requests per second
START_WIDTH = 8
WIDEST = 32


class Pace:
    """Says when the next request may leave. All times are seconds of one monotonic clock.

    It starts with the declared rate and burst, or with neither. A refusal (429) halves both, or goes back to the last
    rate that held; after a spell without one a higher rate is tried, up to the declared one.
    """

    def __init__(self, declared: Rate | None) -> None:
        self._ceiling = declared.per_second if declared else math.inf
        self._full_burst = float(declared.burst) if declared else math.inf
        self._rate = self._ceiling
        self._tokens = self._depth()
        self._stamp = -math.inf
        self._changed_at = -math.inf
        self._held = 0.0  # the last rate that lasted a whole trial
        self._trial = FIRST_TRIAL if declared else FIRST_TRIAL_UNDECLARED
        self._answers = 0  # since the rate last changed
        self._recent: deque[float] = deque()  # answers of the last second, while no rate is known

    @property
    def rate(self) -> float:
        """Requests per second as learned so far; infinite while nothing says otherwise."""
        return self._rate

    def wait(self, now: float) -> float:
        """Return in how many seconds the next request may leave."""
        if math.isinf(self._rate):
            return 0.0
        self._refill(now)
        return 0.0 if self._tokens >= 1.0 - 1e-6 else (1.0 - self._tokens) / self._speed()

    def take(self, now: float) -> None:
        """Count a request that leaves now."""
        if not math.isinf(self._rate):
            self._refill(now)
            self._tokens -= 1.0

    def answered(self, now: float) -> None:
        """Count an answer that was no refusal; after enough of them, try a higher rate."""
        self._answers += 1
        if math.isinf(self._rate):
            self._recent.append(now)
            self._forget_old(now)
        elif self._rate < self._ceiling and self._trial_passed(now):
            self._held = self._rate
            self._change(now, min(self._ceiling, self._rate * RAISE))

    def refused(self, now: float, sent_at: float, until: float) -> bool:
        """Slow down after a 429. Return False for a request that had left before the last slow-down: told already."""
        if sent_at < self._changed_at and self._rate < self._ceiling:
            return False
        if math.isinf(self._rate):
            self._forget_old(now)
            rate = len(self._recent) / 2
        elif 0.0 < self._held < self._rate:
            rate, self._trial = self._held, min(LONGEST_TRIAL, self._trial * 2)
        else:
            rate, self._held = self._rate / 2, 0.0
        self._change(now, max(SLOWEST, rate))
        self._tokens, self._stamp = 1.0, until  # the server's bucket is empty, so is ours
        return True

    def _trial_passed(self, now: float) -> bool:
        used = self._answers >= max(5.0, self._rate * self._trial / 2)  # an idle spell proves nothing
        return used and now - self._changed_at >= self._trial

    def _forget_old(self, now: float) -> None:
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()

    def _change(self, now: float, rate: float) -> None:
        self._rate, self._changed_at, self._answers = rate, now, 0
        self._tokens = min(self._tokens, self._depth())

    def _speed(self) -> float:
        return self._rate * (HEADROOM if self._depth() > 1.0 else HEADROOM_WITHOUT_BURST)

    def _depth(self) -> float:
        """Return the bucket's size: a reserve below the declared burst, so that jitter on the way costs no refusal."""
        if math.isinf(self._rate):
            return math.inf
        full = self._full_burst if math.isfinite(self._full_burst) else self._rate
        share = self._rate / self._ceiling if math.isfinite(self._ceiling) else 1.0
        burst = full * share
        return max(1.0, burst - max(1.0, burst / 8))

    def _refill(self, now: float) -> None:
        if now > self._stamp:
            earned = (now - self._stamp) * self._speed()
            self._tokens, self._stamp = min(self._depth(), self._tokens + earned), now


class Width:
    """How many requests may be under way: slow start, doubling per clean round trip, halved by a refusal."""

    def __init__(self) -> None:
        self._limit = START_WIDTH
        self._round_trip = 0.0  # seconds, smoothed

    def limit(self, rate: float) -> int:
        """Return the limit. Under a known rate it is no wider than keeping that rate takes: refusals stay few."""
        if math.isinf(rate) or not self._round_trip:
            return self._limit
        return min(self._limit, 2 + math.ceil(2 * rate * self._round_trip))

    def answered(self, round_trip: float, *, full: bool) -> None:
        """Count a clean answer. One more for each, while all of the width is used, doubles it per round trip."""
        self._round_trip = round_trip if not self._round_trip else 0.8 * self._round_trip + 0.2 * round_trip
        if full:
            self._limit = min(WIDEST, self._limit + 1)

    def refused(self) -> None:
        """Halve."""
        self._limit = max(1, self._limit // 2)
