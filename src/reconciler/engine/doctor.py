"""`doctor`: what a run stands on, looked at one by one. Sends reads only, and moves no git ref."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.checkup import Check
from reconciler.commit import check_commit
from reconciler.discover import Catalog
from reconciler.engine.examine import Examination
from reconciler.engine.needed import named_secrets
from reconciler.engine.options import Options
from reconciler.engine.prepare import all_records
from reconciler.engine.wanted import wanted
from reconciler.errors import Problem, ReconcilerError
from reconciler.ledger.base import Ledger
from reconciler.ledger.lock import describe, holder_is_dead
from reconciler.ledger.state import LedgerState
from reconciler.load.project import Project
from reconciler.runtime import Runtime
from reconciler.sandbox.needs import secret_names
from reconciler.secrets.resolve import SecretResolver

ERROR = 1


@dataclass(frozen=True, slots=True)
class Doctor:
    """Looks at one project. `options` narrow the instances, and give the deadline of each."""

    project: Project
    catalog: Catalog
    runtime: Runtime
    ledger: Ledger
    resolver: SecretResolver
    options: Options

    async def examine(self) -> tuple[Check, ...]:
        """Return every check: of git, the ledger and the secrets, then of each instance by name."""
        state, ledger = await asyncio.to_thread(self._ledger)
        git = await asyncio.to_thread(self._git, state)
        secrets = await asyncio.to_thread(self._secrets)
        names = sorted(self.options.providers or self.project.instances)
        reading = wanted(self.project, all_records(state, self.runtime), coverage=True).kinds
        of_instances = await asyncio.gather(*(self._instance(name, reading.get(name, ()), state) for name in names))
        return (*git, *ledger, *secrets, *(check for checks in of_instances for check in checks))

    async def _instance(self, name: str, kinds: Sequence[str], state: LedgerState) -> tuple[Check, ...]:
        examination = Examination(
            self.project, self.catalog, self.runtime, self.resolver, name, tuple(kinds), state, self.options.deadline
        )
        return await examination.run()

    def _ledger(self) -> tuple[LedgerState, list[Check]]:
        where = self.ledger.describe()
        try:
            state = self.ledger.read()
        except ReconcilerError as error:
            return LedgerState(), [Check("ledger", "reachable", "fail", error.message, error.fix, ERROR)]
        last = f", last applied by run {state.run}" if state.run else ", nothing was applied yet"
        found = [Check("ledger", "reachable", "ok", f"{where}: {len(state.records)} objects{last}")]
        if state.begin is None:
            return state, [*found, Check("ledger", "lock", "ok", "free")]
        dead = holder_is_dead(state.begin, self.runtime)
        todo = "apply again: it takes over" if dead else "wait for it; if you know that it is dead, `reconcile unlock`"
        return state, [*found, Check("ledger", "lock", "warn", f"held by {describe(state.begin)}", todo)]

    def _git(self, state: LedgerState) -> list[Check]:
        """What the commit gate of `apply` would say here. Elsewhere (CI) it may stand better."""
        git, sandbox = self.runtime.git(self.project.root), self.options.sandbox
        try:
            remote = "" if sandbox or git.root() is None else git.remote()
            notices = check_commit(
                git, state, desired=self.project.desired, apply_from=self.project.apply_from, sandbox=sandbox
            )
        except ReconcilerError as error:
            return [Check("git", "commit", "warn", f"apply refuses this checkout: {error.message}", error.fix)]
        if notices:
            return [Check("git", "commit", "ok", notices[0])]
        branch = self.project.apply_from or "main"
        if not remote:
            todo = "git remote add origin …: the ledger and the lock are shared through it"
            return [Check("git", "remote", "warn", "there is none: only this clone knows what was applied", todo)]
        return [
            Check("git", "remote", "ok", git.remote_url() or remote),
            Check("git", "commit", "ok", f"HEAD is merged into {remote}/{branch}, and may be applied"),
        ]

    def _secrets(self) -> list[Check]:
        """By name only: which have a value here. Asks the files and commands that have them."""
        settings = [instance.settings for instance in self.project.instances.values()]
        credentials = set(secret_names((), settings))
        found: list[Check] = []
        missing: list[str] = []
        for name in sorted(named_secrets(self.project.resources) - credentials):
            if self.resolver.get(name) is None:
                missing.append(name)
        failures = {f"{p.where}": p for name in (*missing, *sorted(credentials)) if (p := self._failed(name))}
        for place, problem in failures.items():
            found.append(Check("secrets", "source", "fail", f"{place}: {problem.message}", problem.fix, ERROR))
        if missing:
            said, todo = (
                f"no value here for {', '.join(missing)}",
                "set them where apply runs: what sends them is held",
            )
            found.append(Check("secrets", "values", "warn", said, todo))
        else:
            found.append(Check("secrets", "values", "ok", "every secret that desired/ names has a value"))
        return found

    def _failed(self, name: str) -> Problem | None:
        self.resolver.get(name)
        return self.resolver.failure(name)
