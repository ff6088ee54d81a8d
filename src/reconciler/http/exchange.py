"""`Exchange`: one try of one request, from its permit to a usable answer or the failure it amounts to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx

from reconciler.errors import ProtocolError
from reconciler.http import failures
from reconciler.http.answer import Answer
from reconciler.http.bounded import Bounded, TooLarge
from reconciler.http.budget import Permit, RateBudget, TooLong
from reconciler.http.failures import Call
from reconciler.http.limits import rate_window, retry_delay
from reconciler.http.retry import beyond
from reconciler.runtime import Runtime

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0  # seconds without a byte
TOTAL_TIMEOUT = 120.0  # seconds for one try: a service that drips bytes is down
LARGEST_ANSWER = 32 * 2**20  # bytes, unpacked
LARGEST_PACKED = 8 * 2**20  # bytes, as sent; what follows the end of a packed body is copied with each piece of it
_TROUBLE = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)  # TimeoutError is an OSError
_log = logging.getLogger("reconciler.http")


class Exchange:
    """Sends requests and judges what comes back. It never repeats one; `sent` counts those that left."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        budget: RateBudget,
        runtime: Runtime,
        deadline: float | None,
        error_text: Callable[[Any], str],
        judge: failures.Judge | None = None,
    ) -> None:
        self.sent = 0
        self._http = http
        self._budget = budget
        self._runtime = runtime
        self._deadline = deadline
        self._error_text = error_text
        self._judge_denied = judge

    async def run(self, call: Call, request: httpx.Request, number: int) -> Answer:
        """Return the answer to the try of that number.

        Raises:
            Failed: another try may mend it.
            ProviderError: a definite answer that is no success.
        """
        started, outcome = self._runtime.monotonic(), "no answer"
        try:
            async with self._budget.permit(self._deadline) as permit:
                started = permit.sent_at
                response, body = await self._send(call, request)
                outcome = str(response.status_code)
                return self._judge(call, response, body, permit)
        except TooLong as wait:
            raise failures.too_long(call, wait.seconds) from None
        finally:
            spent = 1000 * (self._runtime.monotonic() - started)
            _log.debug("%s: %s: %s after %.0f ms (try %d)", call.service, call.operation, outcome, spent, number)

    async def _send(self, call: Call, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        left = TOTAL_TIMEOUT if self._deadline is None else self._deadline - self._runtime.monotonic()
        if left <= 0:
            raise failures.too_late(call)
        connect, read = min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left)
        request.extensions["timeout"] = {"connect": connect, "pool": connect, "read": read, "write": read}
        try:
            async with asyncio.timeout(min(TOTAL_TIMEOUT, left)):
                response = await self._http.send(request, stream=True)
                packed = "content-encoding" in response.headers
                response.stream = Bounded(response.stream, LARGEST_PACKED if packed else LARGEST_ANSWER)
                try:
                    body = await self._read(call, response)
                finally:
                    await response.aclose()
        except _TROUBLE as error:
            failure = failures.from_exception(call, error)
            self.sent += failure.lost
            raise failure from None
        self.sent += 1
        return response, body

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise TooLarge
        except TooLarge:
            self.sent += 1
            raise failures.too_large(call, LARGEST_ANSWER) from None
        return bytes(body)

    def _judge(self, call: Call, response: httpx.Response, body: bytes, permit: Permit) -> Answer:
        status, now = response.status_code, self._runtime.now()
        self._budget.learn(rate_window(response.headers, now=now))
        if failures.is_limited(response):
            wait = self._asked_to_wait(response)
            self._budget.refused(permit, wait, status)
            self._refuse_long_wait(call, status, wait, lost=False)
            raise failures.limited(call, status)
        if failures.is_transient(status):
            wait = self._asked_to_wait(response)
            self._refuse_long_wait(call, status, wait, lost=True)
            raise failures.transient(call, status, wait)
        self._budget.answered(permit)
        if not response.is_success:
            text = failures.explanation_of(body, self._error_text, self._runtime.redactor)
            raise failures.judged(call, status, body, text, self._judge_denied)
        answer = Answer(status, dict(response.headers), body, call.service, call.operation, call.writes)
        if body and answer.says_json() and not answer.readable():
            raise failures.unreadable(answer)
        return answer

    def _asked_to_wait(self, response: httpx.Response) -> float | None:
        try:
            return retry_delay(response, now=self._runtime.now())
        except ProtocolError:
            return None  # a malformed Retry-After must not turn a passing trouble into a lasting one

    def _refuse_long_wait(self, call: Call, status: int, wait: float | None, *, lost: bool) -> None:
        if wait is not None and beyond(wait, self._deadline, self._runtime.monotonic):
            raise failures.too_long(call, wait, status=status, lost=lost)
