"""Carrying a plan out: independent changes run concurrently, a failed one stops only what waits for it.

A write in flight is never cancelled. A write whose answer was lost is looked up before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from reconciler.engine.lost import Lost
from reconciler.engine.observe import register
from reconciler.engine.options import Progress, Stop
from reconciler.engine.resolve import Resolver
from reconciler.errors import AnswerLost, CredentialRejected, ProviderError, ReconcilerError
from reconciler.journal import Journal
from reconciler.kind.shape import Shape
from reconciler.model import (
    LEDGER_ONLY,
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Live,
    Recreate,
    Update,
)
from reconciler.model.body import without_kept
from reconciler.outcome import Result
from reconciler.plan.halves import second_halves
from reconciler.plan.order import edges_between
from reconciler.plan.sequence import sequenced
from reconciler.provider import Disables, Provider
from reconciler.redact import Redactor

log = logging.getLogger("reconciler.apply")
IN_FLIGHT = 64  # changes under way at once; the rate budget and slow start of each provider decide what is sent


@dataclass(slots=True)
class Executor:
    """Runs the changes of one plan. `done` is called after each success, before anything that waits for it starts."""

    providers: Mapping[str, Provider]
    shapes: Mapping[str, Shape]
    resolver: Resolver
    lost: Lost
    journal: Journal
    redactor: Redactor
    progress: Progress
    stop: Stop
    done: Callable[[Change, Live | None], Awaitable[None]]
    lapsed: Callable[[], str]  # why the lock no longer covers a write; "" while it does
    late: Callable[[], bool]  # whether the deadline has passed
    failed: Mapping[str, ProviderError]  # instances that could not be opened for writing, and why
    refused: Callable[[str, ProviderError], ProviderError]  # words a refusal of an instance for the user
    results: dict[int, Result] = field(default_factory=dict)
    writing: set[asyncio.Task[Live | None]] = field(default_factory=set)
    uncertain: set[Address] = field(default_factory=set)  # failed writes that may have done something

    async def run(self, changes: tuple[Change, ...]) -> tuple[Result, ...]:
        """Return one result per change, in the order of the plan."""
        edges = edges_between(changes, self.shapes)
        running: dict[asyncio.Task[None], int] = {}
        self.progress.start("applying", len(changes))
        try:
            await self._drain(changes, edges, running)
        except BaseException:
            for task in [*running, *self.writing]:
                task.cancel()
            raise
        self.progress.finish()
        return tuple(self.results[i] for i in range(len(changes)))

    async def _drain(
        self, changes: tuple[Change, ...], edges: Mapping[int, set[int]], running: dict[asyncio.Task[None], int]
    ) -> None:
        """Start what is ready, wait for something to end, until nothing is left."""
        halves = second_halves(changes)
        order = TopologicalSorter(sequenced(edges, changes, self.shapes))
        order.prepare()
        ready: deque[int] = deque()
        while order.is_active():
            ready.extend(sorted(order.get_ready()))
            while ready and len(running) < IN_FLIGHT:
                i = ready.popleft()
                blocked = self._blocked(changes, edges[i]) or self._unfollowed(changes, edges, halves.get(i, set()))
                if blocked:
                    self._finish(i, changes[i], blocked)
                    order.done(i)
                else:
                    running[asyncio.create_task(self._one(i, changes[i]))] = i
            if running:
                order.done(*await self._some(running))

    async def _some(self, running: dict[asyncio.Task[None], int]) -> list[int]:
        """Wait for some to end and return which."""
        finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        ended = [running.pop(task) for task in finished]
        for task in finished:
            task.result()
        return ended

    def _blocked(self, changes: tuple[Change, ...], parents: set[int]) -> str:
        for j in sorted(parents):
            if self.results[j].status not in ("done", "already"):
                return f"{changes[j].address} was not done"
        return ""

    def _unfollowed(self, changes: tuple[Change, ...], edges: Mapping[int, set[int]], others: set[int]) -> str:
        """Return why nothing could take the place of an object that is to go; "" where nothing is known against it."""
        for j in sorted(others):
            name = f"{changes[j].address} ({changes[j].action})"
            if changes[j].provider in self.failed and not isinstance(changes[j], LEDGER_ONLY):
                return f"what takes its place cannot be made: {name}: {self.failed[changes[j].provider].message}"
            if blocked := self._blocked(changes, edges[j] & self.results.keys()):
                return f"what takes its place cannot be made: {name}: {blocked}"
        return ""

    def _finish(
        self,
        i: int,
        change: Change,
        reason: str,
        *,
        status: str = "skipped",
        fix: str = "",
        credential: bool = False,
    ) -> None:
        match status:
            case "skipped" | "failed" | "interrupted":
                told = self.redactor.clean(reason)
                self.results[i] = Result(change.address, change.action, status, told, fix, credential=credential)
            case _:
                self.results[i] = Result(change.address, change.action, "done", notes=change.notes)
        self.progress.advance()

    async def _one(self, i: int, change: Change) -> None:
        self.stop.reason = self.stop.reason or self.lapsed()
        if self.stop.reason:
            self._finish(i, change, self.stop.reason, status="interrupted")
            return
        if self.late() and not isinstance(change, LEDGER_ONLY):
            self._finish(i, change, "the deadline passed before it was sent", status="failed", fix="apply again")
            return
        try:
            write = asyncio.create_task(self._write(change))
            self.writing.add(write)
            write.add_done_callback(self.writing.discard)
            live = await asyncio.shield(write)
            await self.done(change, live)
        except ProviderError as failure:
            error = self.refused(change.provider, failure)
            self._note("failed", change, detail=error.message)
            await self._doubt(change, certain=isinstance(failure, AnswerLost))
            rejected = isinstance(error, CredentialRejected)
            self._finish(i, change, error.message, status="failed", fix=error.fix, credential=rejected)
        except ReconcilerError as error:
            # The journal could not be written, or a read-only connection was used to write: nothing more may start.
            self.stop.reason = self.stop.reason or error.message
            self._finish(i, change, error.message, status="failed", fix=error.fix)
        except Exception as error:
            # A plugin's own bug fails this change only. It is named, and the traceback is in the debug log.
            log.exception("%s %s failed", change.action, change.address)
            await self._doubt(change)
            self._finish(i, change, f"the provider failed with {type(error).__name__}: a bug in it", status="failed")
        else:
            self._finish(i, change, "", status="done")

    async def _doubt(self, change: Change, *, certain: bool = False) -> None:
        """Remember a failed write that may have done something: the next run takes that for ours.

        `certain`: its answer was lost, so there is doubt, whatever one more listing shows.
        """
        if not isinstance(change, Create | Recreate | Adopt | Update) or change.provider not in self.providers:
            return
        if certain or await self.lost.may_have_left(change, self.providers[change.provider]):
            self.uncertain.add(change.address)

    def _note(self, event: str, change: Change, **detail: str) -> None:
        """Write to the journal what has happened already. If it cannot be written, nothing more may start."""
        try:
            self.journal.write(event, change.address, change.action, **detail)
        except ReconcilerError as error:
            self.stop.reason = self.stop.reason or error.message

    async def _write(self, change: Change) -> Live | None:
        """Send one change and return the object it left. Ledger-only changes send nothing."""
        if isinstance(change, LEDGER_ONLY) or (isinstance(change, Adopt) and not change.fields):
            return None
        if change.provider in self.failed:
            raise self.failed[change.provider]
        provider = self.providers[change.provider]
        sending = self._resolved(change)
        self.journal.write("begin", change.address, change.action)
        live = await self.lost.until_told(change, lambda seen: _send(provider, sending, seen), provider)
        if live is not None:
            for tree in (live.values, live.outputs):
                register(tree, self.redactor)  # an output that is a secret may be sent on, and quoted in a refusal
        self._note("end", change, live_id=live.id if live else "")
        if live is not None:
            self.resolver.ids[change.address] = live.id
            self.resolver.outputs[change.address] = live.outputs
        return live

    def _resolved(self, change: Change) -> Change:
        shape = self.shapes[change.kind]
        match change:
            case Create() | Recreate():
                return replace(change, desired=self.resolver.resolve(change.desired, shape))
            case Update() | Adopt():
                update = as_update(change) if isinstance(change, Adopt) else change
                spec = without_kept(update.desired.spec, update.keeps)
                sending = self.resolver.resolve(replace(update.desired, spec=spec), shape, set(update.changed()))
                body = replace(update, desired=sending).changed()
                return replace(update, desired=replace(sending, spec={**sending.spec, **body}), keeps={})
            case _:
                return change


def as_update(change: Adopt) -> Update:
    """Return the write that adopting an object amounts to."""
    return Update(
        address=change.address,
        provider=change.provider,
        why=change.why,
        desired=change.desired,
        live=change.live,
        fields=change.fields,
        keeps=change.keeps,
    )


async def _send(provider: Provider, change: Change, seen: Live | None) -> Live | None:
    """Make the one call a change is. `seen` is the object as last observed, where a lost answer made us look again."""
    match change:
        case Create() | Recreate():
            return await provider.create(change.desired)
        case Update():
            return await provider.update(replace(change, live=seen or change.live))
        case Delete():
            await provider.delete(change.live)
            return None
        case Disable():
            if not isinstance(provider, Disables):
                raise ProviderError(f"{change.kind} cannot be disabled", fix="use on_remove: delete or retain")
            await provider.disable(change.live)
            return None
        case _:
            return None
