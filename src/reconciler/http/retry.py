"""When to try again, and after how long: tenacity, with full jitter, within a number of tries and the deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tenacity

from reconciler.http.budget import LONGEST_WAIT, say_nothing
from reconciler.http.failures import Call, Failed
from reconciler.runtime import Runtime

TRIES = 5
TRIES_WHEN_LIMITED = 8  # a refusal for rate costs the service little, and the budget slows down with each
FIRST_BACKOFF = 0.5  # seconds; doubles with each try, and the wait is drawn between nothing and that
LONGEST_BACKOFF = 10.0


@dataclass(frozen=True)
class Policy:
    """Decides about one call. All times are seconds of the runtime's monotonic clock."""

    call: Call
    runtime: Runtime
    deadline: float | None
    told: Callable[[float, str], None] = say_nothing  # of a wait: its seconds, and why

    def tries(self) -> tenacity.AsyncRetrying:
        """Return an iterator over the tries of the call. The last failure comes out as `Failed`."""
        return tenacity.AsyncRetrying(
            sleep=self.runtime.sleep,
            retry=tenacity.retry_if_exception(self._may_repeat),
            wait=self._wait,
            stop=self._stop,
            before_sleep=self._tell,
            reraise=True,
        )

    def _may_repeat(self, error: BaseException) -> bool:
        if not isinstance(error, Failed) or error.again == "never":
            return False
        return error.again == "always" or self.call.repeatable

    def _wait(self, state: tenacity.RetryCallState) -> float:
        failure = _failure(state)
        if failure.limited:
            return 0.0  # the budget pauses everybody, this call among them
        ceiling = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (state.attempt_number - 1))
        return max(failure.wait or 0.0, self.runtime.random.uniform(0.0, ceiling))

    def _tell(self, state: tenacity.RetryCallState) -> None:
        status = _failure(state).error.status
        self.told(state.upcoming_sleep, str(status) if status else "no answer")

    def _stop(self, state: tenacity.RetryCallState) -> bool:
        if state.attempt_number >= (TRIES_WHEN_LIMITED if _failure(state).limited else TRIES):
            return True
        return beyond(state.upcoming_sleep, self.deadline, self.runtime.monotonic)


def beyond(wait: float, deadline: float | None, monotonic: Callable[[], float]) -> bool:
    """Return whether a wait of that many seconds is longer than anyone waits, or ends after the deadline."""
    return wait > LONGEST_WAIT or (deadline is not None and monotonic() + wait > deadline)


def _failure(state: tenacity.RetryCallState) -> Failed:
    """Return how the last try failed. `_may_repeat` lets nothing else come here."""
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Failed):
        raise TypeError("only a Failed is tried again")
    return error
