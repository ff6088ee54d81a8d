"""One apply, from the commit gate to the verification. The only module that lets anything be written."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.commit import check_commit
from reconciler.engine.again import SecondLook
from reconciler.engine.authority import may_not_write
from reconciler.engine.backup import backups
from reconciler.engine.execute import Executor
from reconciler.engine.judging import refused
from reconciler.engine.lease import Lease
from reconciler.engine.lost import Lost
from reconciler.engine.needed import hold_missing
from reconciler.engine.options import Options
from reconciler.engine.record import Recorder
from reconciler.engine.resolve import Resolver
from reconciler.engine.select import Selection, select
from reconciler.engine.undone import confirmed, marked, removals, settled, unmarked
from reconciler.engine.verify import leftovers, seen_again, to_read_again, unread, unverified, written
from reconciler.engine.writers import open_writer
from reconciler.errors import LedgerError, ProviderError
from reconciler.journal import Journal
from reconciler.kind.shape import Shape, shape_of
from reconciler.ledger.base import LostRace
from reconciler.ledger.state import LedgerState
from reconciler.model import LEDGER_ONLY, Address, Change, Live, Pending, Plan, Recorded
from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.plan.narrow import selects
from reconciler.plan.planner import make_plan
from reconciler.provider import Provider
from reconciler.report.clean import cleaned
from reconciler.report.saved import SavedPlan
from reconciler.secrets.generate import make

if TYPE_CHECKING:
    from reconciler.engine.session import Engine, Seen

log = logging.getLogger("reconciler.apply")


@dataclass(slots=True)
class Applying:
    """One run of `apply`."""

    engine: Engine
    options: Options
    saved: SavedPlan | None
    confirm: Callable[[Plan], bool]
    records: dict[Address, Recorded] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)  # instances that could not be read again, and why
    uncertain: set[Address] = field(default_factory=set)  # failed writes that may have done something
    pending: tuple[Pending, ...] | None = None  # after the writes; None: not read again

    async def run(self) -> Outcome:
        """Return what became of it. Raises before the first write when the run as a whole is refused."""
        engine = self.engine
        async with engine.look(self.options, gate=self._commit_gate, sending=True) as seen:
            plan = seen.planned.plan
            if plan.policies.denied:
                return refused(plan)
            resolver = engine.resolver  # which may run a program for a value: off the loop
            plan = await asyncio.to_thread(hold_missing, plan, resolver.get, resolver.missing_reason)
            plan = await SecondLook.of(seen, engine.runtime).hold_reappeared(plan)
            shapes = {name: shape_of(kind) for name, kind in engine.project.kinds.items()}
            selection = select(
                plan,
                shapes,
                self.saved.changes if self.saved else None,
                unread=seen.planned.unread,
                inside=selects(seen.given, seen.planned.matches),
            )
            digests = _held_digests(plan)
            outcome = Outcome(plan, selection.results, newly_held=bool(digests - seen.state.held), notices=plan.notices)
            if self.options.targets or self.options.providers or seen.planned.unread:
                digests |= seen.state.held  # of what this run did not look at, nothing is known to have been let go
            if selection.run and not self.confirm(replace(plan, changes=selection.run) if self.saved else plan):
                return replace(outcome, notices=(*outcome.notices, "nothing was done"))
            engine.stop.begun = True
            if not selection.run:
                await self._remember(seen.state, digests)
                return outcome
            return await self._carry_out(seen, selection, shapes, outcome, digests)

    def _commit_gate(self, state: LedgerState) -> tuple[str, ...]:
        engine = self.engine
        git = engine.runtime.git(engine.project.root)
        return check_commit(
            git,
            state,
            desired=engine.project.desired,
            apply_from=engine.project.apply_from,
            sandbox=self.options.sandbox,
        )

    async def _remember(self, state: LedgerState, digests: frozenset[str]) -> None:
        """Keep what is held, so that the next run can tell what is newly held. Nothing new: nothing is written."""
        if digests == state.held or state.begin is not None:  # the ledger is that run's now
            return
        with contextlib.suppress(LostRace):  # then another run keeps what it held, and the next one says it again
            await asyncio.to_thread(self.engine.ledger.write, replace(state, held=digests), "held changes")

    async def _carry_out(
        self, seen: Seen, selection: Selection, shapes: Mapping[str, Shape], outcome: Outcome, digests: frozenset[str]
    ) -> Outcome:
        engine = self.engine
        # A secret may stand in a field that is none, where somebody put it.
        kept = cleaned(
            backups(selection.run, seen.planned.concealing, seen.fingerprints.of), engine.runtime.redactor.clean
        )
        begun = replace(seen.state, records=marked(seen.state.records, selection.run))
        lease = await Lease.begin(
            engine.ledger, begun, engine.runtime, outcome.plan.commit, selection.run, engine.stop, kept
        )
        self.records = dict(begun.records)
        recorder = Recorder(
            lease.run, outcome.plan.commit, engine.runtime.now, engine.project.kinds, seen.fingerprints.of
        )
        results: tuple[Result, ...] = ()
        left: tuple[NotConverged, ...] = ()
        journal: Journal | None = None
        try:
            journal = Journal.open(engine.project.root, lease.run, engine.runtime)
            async with lease.renewed(lambda: self.records):
                results = await self._execute(seen, selection.run, shapes, recorder, journal, lease)
                self.records = unmarked(self.records, seen.state.records, results, self.uncertain)
                left = await self._verify(seen, selection.run, results)
        except Exception:
            # A bug of ours, or a journal that cannot be written: keep what was done. A killed process does not come
            # here; the begin record remains.
            if journal is None:
                results = _unsent(selection.run)
                self.records = unmarked(self.records, seen.state.records, results, ())
            await self._finish(lease, seen, kept, selection.run, results, digests, outcome)
            raise
        finally:
            if journal:
                journal.close()
        await self._finish(lease, seen, kept, selection.run, results, digests, outcome)
        return replace(
            outcome,
            plan=unverified(self._with_pending(outcome.plan), self.unread),
            results=(*results, *outcome.results),
            not_converged=left,
            run=lease.run,
            interrupted=bool(engine.stop.reason),
            errors=tuple(self.errors),
        )

    async def _execute(
        self,
        seen: Seen,
        changes: tuple[Change, ...],
        shapes: Mapping[str, Shape],
        recorder: Recorder,
        journal: Journal,
        lease: Lease,
    ) -> tuple[Result, ...]:
        engine = self.engine
        resolver = Resolver(
            ids=seen.planned.live_ids(),
            externals=seen.observation.externals,
            secret=engine.resolver.get,
            generate=lambda wanted: make(wanted, engine.runtime.entropy, engine.runtime.redactor),
            output=seen.planned.references.resolve,
        )

        async def done(change: Change, live: Live | None) -> None:
            sent = resolver.sent.get(change.address, {})
            for value in sent.values():  # slow by design, so off the loop; kept, so the recorder gets them at once
                await asyncio.to_thread(seen.fingerprints.of, value)
            self.records = recorder.after(self.records, change, live, sent)

        async with self._writers(seen, changes) as (providers, failed):
            executor = Executor(
                providers=providers,
                shapes=shapes,
                resolver=resolver,
                lost=Lost(engine.runtime.sleep, engine.runtime.now(), _known(seen)),
                journal=journal,
                redactor=engine.runtime.redactor,
                progress=engine.progress,
                stop=engine.stop,
                lapsed=lease.lapsed,
                late=lambda: _late(seen),
                done=done,
                failed=failed,
                refused=lambda name, error: may_not_write(error, engine.project.instances[name].settings),
            )
            try:
                return await executor.run(changes)
            finally:
                self.uncertain = executor.uncertain

    @asynccontextmanager
    async def _writers(
        self, seen: Seen, changes: tuple[Change, ...]
    ) -> AsyncIterator[tuple[dict[str, Provider], dict[str, ProviderError]]]:
        """Open a writing connection to every instance that has something to do, and check its account again."""
        names = sorted({c.provider for c in changes if not isinstance(c, LEDGER_ONLY)})
        settings = {name: self.engine.project.instances[name].settings for name in names}
        scopes, connector = seen.observation.scopes, seen.connector
        writers = (open_writer(connector, name, settings[name], scopes.get(name)) for name in names)
        answers = dict(zip(names, await asyncio.gather(*writers), strict=True))
        opened = {name: answer for name, answer in answers.items() if not isinstance(answer, ProviderError)}
        yield opened, {name: answer for name, answer in answers.items() if isinstance(answer, ProviderError)}

    async def _finish(
        self,
        lease: Lease,
        seen: Seen,
        kept: tuple[Mapping[str, Any], ...],
        changes: tuple[Change, ...],
        results: tuple[Result, ...],
        digests: frozenset[str],
        outcome: Outcome,
    ) -> None:
        """Write what was done and let the lock go. If that fails, the next run recovers from the begin record."""
        scopes = {**{n: dict(s.fields) for n, s in seen.observation.scopes.items()}, **seen.state.scopes}
        refused = {name for name, status in outcome.plan.providers.items() if status.status != "ok"}
        clean = self.engine.runtime.redactor.clean  # a secret may stand in a field that is none, where somebody put it
        try:
            await lease.finish(
                records=self.records,
                scopes={n: s for n, s in scopes.items() if n not in refused or n in seen.state.scopes},
                held=digests,
                plan_digest=outcome.plan.digest,
                results=cleaned((*results, *outcome.results), clean),
                backups=kept,
                settled=settled(changes, results),
                uncertain=self.uncertain,
                interrupted=bool(self.engine.stop.reason),
            )
        except LedgerError as error:
            log.warning("the ledger could not be written: %s", error.message)
            self.errors.append(f"the ledger could not be written: {error.message}; apply again to recover")

    def _with_pending(self, plan: Plan) -> Plan:
        return plan if self.pending is None else replace(plan, pending=self.pending)

    async def _verify(
        self, seen: Seen, changes: tuple[Change, ...], results: tuple[Result, ...]
    ) -> tuple[NotConverged, ...]:
        """Read the touched kinds again and plan them again. What is not so then stands in the records as undone."""
        touched = written(c for c, r in zip(changes, results, strict=True) if r.status == "done")
        if not touched or self.engine.stop.reason:
            return ()
        given = seen.given
        reading = to_read_again(seen.planned.matches.items, touched, given.kinds)
        gone = removals(changes, results, self.records)
        unknown: set[Address] = set()

        async def plan_again() -> tuple[Change, ...]:
            observer = replace(self.engine.observer(seen.connector, seen.state), again=True)
            observation, _ = await observer.observe(reading)
            self.unread = unread(observation, reading)
            merged = seen_again(given.observation, observation, reading)
            ours = {a: r for a, r in self.records.items() if a in given.records or r != seen.state.records.get(a)}
            planned = make_plan(replace(given, observation=merged, records={**gone, **ours}, others=()))
            self.pending = planned.plan.pending
            unknown.clear()
            unknown.update(planned.unread)
            return planned.plan.changes

        with contextlib.suppress(asyncio.CancelledError):
            left = await leftovers(touched, plan_again, self.engine.runtime.sleep)
            self.records = confirmed(self.records, gone, touched, left, unknown)
            return left
        return ()


def _known(seen: Seen) -> Callable[[str, str], frozenset[str]]:
    def known(instance: str, collection: str) -> frozenset[str]:
        return frozenset(live.id for live in seen.observation.listing(instance, collection).live)

    return known


def _held_digests(plan: Plan) -> frozenset[str]:
    return frozenset(h.digest or c.digest for c in plan.changes for h in c.held)


def _late(seen: Seen) -> bool:
    """Return whether the deadline has passed: then nothing more is sent."""
    return seen.connector.runtime.monotonic() > (seen.connector.deadline or float("inf"))


def _unsent(changes: tuple[Change, ...]) -> tuple[Result, ...]:
    """Return the results of a run that sent nothing, so that its creates claim nothing."""
    return tuple(Result(c.address, c.action, "interrupted", "nothing was sent") for c in changes)
