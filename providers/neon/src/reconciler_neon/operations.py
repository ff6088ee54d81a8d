"""One write at a time, each followed until the work it started has ended.

Neon answers most writes while the work still runs (`operations`), and refuses with 423 what would collide with it,
also when it has started the work itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from reconciler import Answer, AnswerLost, Busy, Connection, HttpClient, NotFound, ProviderError, Refused
from reconciler_neon.answers import member, passwords, text_of

PATIENCE = 300.0  # seconds that one piece of work, or one lock, is waited for: what Neon's own client waits
FIRST_LOOK = 0.25  # seconds before the first look at an operation; doubles
LONGEST_LOOK = 1.0  # seconds between two looks: Neon's own client takes 1
FIRST_BACKOFF = 0.5  # seconds after the first 423; doubles, half of it drawn
LONGEST_BACKOFF = 10.0
DONE = frozenset({"finished", "skipped"})
ENDED_BADLY = frozenset({"failed", "error", "cancelled"})


class OperationFailed(Refused):
    """Neon took the write, and the work that it started came to nothing."""


class Writer:
    """Sends the writes of one project, one after the other."""

    def __init__(self, client: HttpClient, connection: Connection) -> None:
        self._client = client
        self._runtime = connection.runtime
        self._deadline = connection.deadline
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, project: str) -> AsyncIterator[Turn]:
        """Wait until nobody else writes, and yield what sends. What fails once something was sent is `AnswerLost`."""
        async with self._turn:
            turn = Turn(self, project)
            try:
                yield turn
            except (AnswerLost, OperationFailed):
                raise
            except ProviderError as error:
                raise (_lost(error) if turn.wrote else error) from None

    async def send(self, method: str, path: str, *, json: Any, params: Any, again: bool) -> Mapping[str, Any]:
        """Return the payload of a write, sent again while another operation is in the way."""
        call: Callable[..., Awaitable[Answer]] = getattr(self._client, method.lower())
        wait, until, lost = FIRST_BACKOFF, self._runtime.monotonic() + PATIENCE, False
        while True:
            try:
                answer = await call(path, json=json, params=params, idempotent=again)
                break
            except (Busy, AnswerLost) as locked:
                # A repeatable write that was lost, tried again and met the lock of its own first try: both at once.
                lost = lost or isinstance(locked, AnswerLost)
                pause = wait * self._runtime.random.uniform(0.5, 1.0)
                if locked.status != 423 or self._too_late(pause, until):
                    raise (_lost(locked) if lost else locked) from None
            await self._runtime.sleep(pause)
            wait = min(LONGEST_BACKOFF, wait * 2)
        payload = answer.json() if answer.body else {}
        for secret in passwords(payload):
            self._runtime.redactor.add(secret, "password of a Neon role")
        return payload if isinstance(payload, Mapping) else {}

    async def settle(self, project: str, operations: Any) -> None:
        """Return when all of these operations have ended well.

        Raises OperationFailed, naming the operation, when one did not, and Busy when one takes too long.
        """
        for operation in operations if isinstance(operations, list) else ():
            await self._ended(project, operation)

    async def _ended(self, project: str, operation: Mapping[str, Any]) -> None:
        wait, until = FIRST_LOOK, self._runtime.monotonic() + PATIENCE
        while True:
            status, again = str(operation.get("status")), operation.get("retry_at")
            what = f"operation {operation.get('action')} ({operation.get('id')})"
            if status in DONE:
                return
            if status in ENDED_BADLY and not (status == "error" and again):
                told = self._runtime.redactor.clean(str(operation.get("error") or "no reason given"))
                raise OperationFailed(
                    f"Neon accepted the change, and its {what} {_became(status)}: {told}",
                    fix="look at Operations in the Neon console, then run it again",
                    operation=what,
                )
            if self._too_late(wait, until):
                raise Busy(f"{what} of Neon is still {status}", fix="run plan later: it shows what has become of it")
            await self._runtime.sleep(wait)
            wait = min(LONGEST_LOOK, wait * 2)
            try:
                path = f"/projects/{quote(project, safe='')}/operations/{quote(text_of(operation, 'id'), safe='')}"
                operation = member((await self._client.get(path)).json(), "operation")
            except NotFound:
                return  # Neon forgets old ones
            except Busy:
                continue  # Neon may lock any call, this one too

    def _too_late(self, wait: float, until: float) -> bool:
        then = self._runtime.monotonic() + wait
        return then > until or (self._deadline is not None and then > self._deadline)


class Turn:
    """The right to write now. `wrote`: something may have taken effect."""

    def __init__(self, writer: Writer, project: str) -> None:
        self._writer = writer
        self._project = project
        self.wrote = False

    async def send(
        self, method: str, path: str, *, json: Any = None, params: Any = None, again: bool = False
    ) -> Mapping[str, Any]:
        """Send one write and return its payload once its work has ended. `again`: twice does what once does."""
        payload = await self._writer.send(method, path, json=json, params=params, again=again)
        self.wrote = True
        await self._writer.settle(self._project, payload.get("operations"))
        return payload


def _lost(error: ProviderError) -> AnswerLost:
    if isinstance(error, AnswerLost):
        return error
    return AnswerLost(
        f"{error.message}; what was sent before it may have taken effect",
        fix="run plan: it shows what is there now",
        operation=error.operation,
        status=error.status,
    )


def _became(status: str) -> str:
    return "was cancelled" if status == "cancelled" else "failed"
