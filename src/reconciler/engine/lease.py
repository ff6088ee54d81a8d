"""Holding the lock while an apply runs: taken with the begin record, renewed, given back with the results."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.engine.options import Stop
from reconciler.errors import LedgerError
from reconciler.ledger import lock
from reconciler.ledger.base import Ledger
from reconciler.ledger.state import Announced, LedgerState, Name, RunRecord
from reconciler.model import Address, Adopt, Change, Create, Recorded, Recreate
from reconciler.outcome import Result
from reconciler.runtime import Runtime

RENEW_EVERY = 180.0  # seconds; the lease lasts 600


@dataclass(slots=True)
class Lease:
    """The lock of one run, and the state it is based on."""

    ledger: Ledger
    state: LedgerState
    runtime: Runtime
    stop: Stop
    run: str  # its name; the state forgets it when the lock is given back
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def begin(
        cls,
        ledger: Ledger,
        state: LedgerState,
        runtime: Runtime,
        commit: str,
        changes: tuple[Change, ...],
        stop: Stop,
        backups: tuple[Mapping[str, Any], ...] = (),
    ) -> Lease:
        """Take the lock, announce what is about to be created, and keep what is about to be taken away.

        Raises LockHeld or LostRace: then nothing was written.
        """
        if state.begin is not None and lock.holder_is_dead(state.begin, runtime):
            state = await asyncio.to_thread(ledger.write, lock.released(state), f"run {state.begin.run} died")
        creates = tuple(
            Announced(
                c.address,
                c.provider,
                c.desired.identity,
                c.live.id if isinstance(c, Adopt) else "",
                replace(c.desired.lifecycle, moved_from=None, adopt=False),
            )
            for c in changes
            if isinstance(c, Create | Recreate | Adopt)
        )
        digests = tuple(c.digest for c in changes)
        taken = lock.take(state, runtime, commit=commit, digests=digests, creates=creates, backups=backups)
        run = taken.begin.run if taken.begin else ""
        begun = await asyncio.to_thread(ledger.write, taken, f"begin {run}")
        return cls(ledger, begun, runtime, stop, run)

    @asynccontextmanager
    async def renewed(self, records: Callable[[], Mapping[Address, Recorded]]) -> AsyncIterator[None]:
        """Renew in the background, saving what is done so far. A holder that cannot renew stops writing."""
        task = asyncio.create_task(self._renew(records))
        try:
            yield
        finally:
            async with self.writing:  # a renewal under way ends first: its write counts
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def lapsed(self) -> str:
        """Return why nothing may be written any more; "" while the lease lasts. A machine that slept comes here."""
        begin = self.state.begin
        if begin is None or lock.lease_is_over(begin, self.runtime.now()):
            return "the lock was not renewed in time, and another run may have taken it over"
        return ""

    async def _renew(self, records: Callable[[], Mapping[Address, Recorded]]) -> None:
        while True:
            await self.runtime.sleep(RENEW_EVERY)
            async with self.writing:
                state = lock.renewed(replace(self.state, records=dict(records())), self.runtime)
                try:
                    self.state = await asyncio.to_thread(self.ledger.write, state, f"renew {self.run}")
                except LedgerError as error:
                    self.stop.reason = f"the lock could not be renewed: {error.message}"
                    return

    async def finish(
        self,
        *,
        records: Mapping[Address, Recorded],
        scopes: Mapping[str, Mapping[str, str]],
        held: frozenset[str],
        plan_digest: str,
        results: tuple[Result, ...],
        backups: tuple[Mapping[str, Any], ...],
        settled: Iterable[Name],
        uncertain: Collection[Address],
        interrupted: bool,
    ) -> None:
        """Write what was done and let the lock go. Raises LedgerError; the begin record then leads the next run."""
        begin = self.state.begin
        if begin is None:
            return
        record = RunRecord(
            run=begin.run,
            commit=begin.commit,
            started_at=begin.started_at,
            finished_at=self.runtime.now(),
            holder=begin.holder,
            plan_digest=plan_digest,
            results=tuple(_row(r) for r in results),
            backups=backups,
            interrupted=interrupted,
        )
        async with self.writing:
            state = lock.finished(
                self.state,
                records=records,
                scopes=scopes,
                held=held,
                record=record,
                settled=settled,
                uncertain=uncertain,
            )
            self.state = await asyncio.to_thread(self.ledger.write, state, f"finish {begin.run}")


def _row(result: Result) -> dict[str, str]:
    row = {"address": str(result.address), "action": result.action, "status": result.status}
    return {**row, "reason": result.reason} if result.reason else row
