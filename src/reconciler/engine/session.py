"""`Engine`: plans and applies one project. Everything it needs from the world is in its Runtime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from reconciler.commit import current_commit
from reconciler.discover import Catalog
from reconciler.engine.connect import Connector, resolver_of
from reconciler.engine.facts import KnownSecrets
from reconciler.engine.judging import Bench, bench_of
from reconciler.engine.needed import named_secrets
from reconciler.engine.observe import Observer
from reconciler.engine.options import EVERYTHING, SILENT, Options, Progress, Stop
from reconciler.engine.owned import Owning, committed
from reconciler.engine.prepare import all_records, check_records, check_targets, plan_input, refuse_scope
from reconciler.engine.wanted import wanted
from reconciler.ledger.base import Ledger
from reconciler.ledger.lock import holder_is_dead
from reconciler.ledger.open import open_ledger
from reconciler.ledger.state import LedgerState
from reconciler.load.project import Project
from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.plan.planner import Planned, make_plan
from reconciler.plan.state import Observation, PlanInput
from reconciler.provider import Provider
from reconciler.report.saved import SavedPlan
from reconciler.runtime import Runtime
from reconciler.secrets.fingerprint import Fingerprints


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the world: the ledger, what was read, and the plan made of it. Connections are open and read-only."""

    state: LedgerState
    observation: Observation
    providers: dict[str, Provider]
    given: PlanInput
    planned: Planned
    connector: Connector
    secrets: KnownSecrets
    fingerprints: Fingerprints


class Engine:
    """Plans and applies one project."""

    def __init__(
        self,
        project: Project,
        catalog: Catalog,
        runtime: Runtime,
        *,
        ledger: Ledger | None = None,
        progress: Progress = SILENT,
    ) -> None:
        self.project = project
        self.catalog = catalog
        self.runtime = runtime
        self.progress = progress
        self.ledger = ledger or open_ledger(project.root, project.environment, runtime)
        self.resolver = resolver_of(project, runtime)
        self.stop = Stop()

    def interrupt(self) -> bool:
        """Start nothing new; finish what is in flight. The running apply then ends, saying what it left.

        Returns False while it has written nothing: then there is nothing to finish, and it may be cancelled.
        """
        self.stop.reason = self.stop.reason or "interrupted"
        return self.stop.begun

    async def plan(self, options: Options = EVERYTHING, *, coverage: bool = False) -> Plan:
        """Return the plan. Sends no write and moves no git ref. `coverage` also lists what nothing desires (drift)."""
        async with self.look(options, coverage=coverage) as seen:
            return seen.planned.plan

    async def apply(
        self,
        options: Options = EVERYTHING,
        *,
        saved: SavedPlan | None = None,
        confirm: Callable[[Plan], bool] = lambda _: True,
    ) -> Outcome:
        """Carry out what is not held, or exactly the saved plan, and verify it.

        `confirm` sees the plan before the first write; False ends the run with nothing done.
        Raises LedgerError, OutOfOrder or HeldBySafety before anything is written.
        """
        from reconciler.engine.applying import Applying

        return await Applying(self, options, saved, confirm).run()

    @asynccontextmanager
    async def look(
        self,
        options: Options,
        *,
        coverage: bool = False,
        gate: Callable[[LedgerState], tuple[str, ...]] = lambda _: (),
        sending: bool = False,
    ) -> AsyncIterator[Seen]:
        """Read the ledger and every provider, plan, and keep the read-only connections open for the caller.

        `gate` sees the ledger before anything is read from a provider; it returns notices, or raises. With `sending`,
        files of secrets are opened first: what is applied is compared with the values at hand.
        """
        deadline = None if options.deadline is None else self.runtime.monotonic() + options.deadline
        state = await asyncio.to_thread(self.ledger.read)
        notices = await asyncio.to_thread(gate, state)
        commit = await asyncio.to_thread(current_commit, self.runtime.git(self.project.root))
        state = replace(state, records=committed(state, self.project.resources, commit))
        records = all_records(state, self.runtime)
        check_records(self.project, records)
        check_targets(self.project, records, options.targets, options.flag)
        bench = await asyncio.to_thread(self._bench, options)
        connector = Connector(self.project, self.catalog, self.runtime, self.resolver, deadline, self.progress)
        fingerprints = Fingerprints(state.salt)
        secrets = KnownSecrets(self.resolver, fingerprints)
        named = named_secrets(self.project.resources)
        if sending and any(self.resolver.known(name) is None for name in named):
            await asyncio.to_thread(self.resolver.open_files)
        for name in named | named_secrets(records):
            self.resolver.known(name)  # known to the redaction funnel before anything live is seen or shown
        try:
            reading = wanted(self.project, records, providers=options.providers, coverage=coverage)
            observing = self.observer(connector, state).observe(reading)
            (observation, providers), _ = await asyncio.gather(observing, asyncio.to_thread(bench.warm))
            given = plan_input(
                self.project,
                state,
                observation,
                providers,
                runtime=self.runtime,
                secrets=secrets,
                commit=commit,
                now=self.runtime.now(),
                targets=options.targets,
                only=options.providers,
                notices=(*notices, *self._running(state)),
            )
            planned = make_plan(given)
            if not options.sandbox and given.commit and state.head:  # else no ref holds what it says yet
                owning = Owning(self.runtime.git(self.project.root), self.project.desired, self.catalog)
                given, planned = await asyncio.to_thread(owning.planned, given, planned)
            plan = replace(
                _counted(planned.plan, providers), policies=bench.judge(planned, given, self.runtime.redactor)
            )
            planned = replace(planned, plan=plan)
            yield Seen(state, observation, providers, given, planned, connector, secrets, fingerprints)
        finally:
            await connector.close()

    def observer(self, connector: Connector, state: LedgerState) -> Observer:
        """Return what reads the instances of this project."""

        def remaining() -> float | None:
            return None if connector.deadline is None else max(0.0, connector.deadline - self.runtime.monotonic())

        return Observer(
            connector.open, refuse_scope(self.project, state), self.runtime.redactor, self.progress, remaining
        )

    def _bench(self, options: Options) -> Bench:
        return bench_of(self.project, self.catalog, self.runtime.git(self.project.root), options.policies_from)

    def _running(self, state: LedgerState) -> tuple[str, ...]:
        if state.begin is None:
            return ()
        begin = state.begin
        run = f"run {begin.run} by {begin.holder} on {begin.host}, begun at {begin.started_at:%H:%M}Z,"
        if holder_is_dead(begin, self.runtime):
            return (f"{run} died; the next apply takes over what it left",)
        return (f"{run} has not finished",)


def _counted(plan: Plan, providers: dict[str, Provider]) -> Plan:
    """Return the plan with the final number of requests per instance."""
    statuses = {
        name: replace(status, requests=providers[name].requests if name in providers else status.requests)
        for name, status in plan.providers.items()
    }
    return replace(plan, providers=statuses)
