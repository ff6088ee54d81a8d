"""One provider instance under `doctor`: its credentials, its account, its rights, its clock, its rate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.checkup import Check, CheckStatus
from reconciler.discover import Catalog
from reconciler.engine.authority import separate
from reconciler.engine.connect import Connector
from reconciler.engine.prepare import refuse_scope
from reconciler.errors import CredentialRejected, ProviderError, ReconcilerError
from reconciler.http.transport import read_only
from reconciler.http.watch import Told, Watch
from reconciler.ledger.state import LedgerState
from reconciler.load.project import Project
from reconciler.model import Scope
from reconciler.provider import Provider
from reconciler.report.tally import plural
from reconciler.runtime import Runtime
from reconciler.secrets.resolve import SecretResolver
from reconciler.values import Unknown, leaves

ERROR, PARTIAL = 1, 5
SKEW = 30.0  # seconds that a clock may be off before it is mentioned
WRONG = 120.0  # seconds: what tells our own new objects from older ones allows as much
AGAIN = "run it again; -vv logs every request"
log = logging.getLogger("reconciler.doctor")


@dataclass(slots=True)
class Examination:
    """Looks at one instance. Whatever is sent goes through a transport that only reads."""

    project: Project
    catalog: Catalog
    runtime: Runtime
    resolver: SecretResolver
    name: str
    kinds: tuple[str, ...]
    state: LedgerState
    seconds: float | None = None  # before it is given up
    told: Told = field(default_factory=Told)
    checks: list[Check] = field(default_factory=list)

    async def run(self) -> tuple[Check, ...]:
        """Return what was found. Never raises: what stops it is a check that failed."""
        until = None if self.seconds is None else self.runtime.monotonic() + self.seconds
        watched = replace(
            self.runtime, transport=lambda: read_only(Watch(self.runtime.transport(), self.runtime.now, self.told))
        )
        connector = Connector(self.project, self.catalog, watched, self.resolver, until)
        try:
            async with asyncio.timeout(self.seconds):
                scope = await self._reading(connector)
                await self._writing(connector, scope)
        except TimeoutError:
            self._add("answer", "fail", "no answer before the deadline", "try later, or with --deadline", PARTIAL)
        finally:
            await connector.close()
        self._surroundings()
        return tuple(self.checks)

    async def _reading(self, connector: Connector) -> Scope | None:
        """Check the credential that reads, its account, and that it sees what a plan looks at."""
        opened = await self._opened("token", connector, writing=False)
        if opened is None:
            return None
        provider, scope = opened
        expect = self.settings.expect
        wrong = refuse_scope(self.project, self.state)(self.name, scope)
        if wrong:
            todo = "use a credential of the right account, or correct `expect:`"
            self._add("account", "fail", wrong, todo, ERROR)
            return scope
        if expect:
            self._add("account", "ok", f"{scope}, as `expect:` says")
        else:
            written = ", ".join(f"{key}: {value}" for key, value in scope.fields.items())
            self._add("account", "warn", f"{scope}; any other would do", f"write `expect: {{{written}}}`")
        await self._sees(provider)
        return scope

    async def _sees(self, provider: Provider) -> None:
        hidden: dict[str, int] = {}
        count = 0
        for kind in self.kinds:
            try:
                async for live in provider.list(kind):
                    count += 1
                    for reason in _unknown(live.values):
                        hidden[reason] = hidden.get(reason, 0) + 1
            except ReconcilerError as error:
                self._failed("rights to plan", error, f"{kind} cannot be read: ")
                return
            except Exception as error:
                log.exception("instance %s failed", self.name)
                self._bug("rights to plan", error)
                return
        if hidden:
            reason, times = max(hidden.items(), key=lambda item: item[1])
            values = plural(sum(hidden.values()), "value")
            said = f"{plural(count, 'object')} read; hidden from it: {values}, of which {times}: {reason}"
            self._add("rights to plan", "warn", said, self._needs("plan", self.settings.rights_to_plan))
        else:
            kinds = plural(len(self.kinds), "collection")
            self._add("rights to plan", "ok", f"{plural(count, 'object')} of {kinds} read")

    async def _writing(self, connector: Connector, scope: Scope | None) -> None:
        """Check the credential that writes. What it may is told by few: nothing is written to find out."""
        own = separate(self.settings)
        if own:
            names = self._names(writing=True)
            missing = [n for n in names if await asyncio.to_thread(self.resolver.get, n) is None]
            if missing:
                said = f"{', '.join(missing)} has no value here: plan and drift do without, apply does not"
                self._add("token to write", "warn", said, "set it where apply runs")
                return
        elif scope is None:
            return
        if own or self.settings.rights_checked:
            opened = await self._opened("token to write" if own else "rights to apply", connector, writing=True)
            if opened is None:
                return
            if own and scope is not None and opened[1] != scope:
                said = f"it belongs to {opened[1]}, and the one to read to {scope}"
                self._add("account to write", "fail", said, "give both credentials of the same account", ERROR)
                return
        if self.settings.rights_checked:
            self._add("rights to apply", "ok", _joined(self.settings.rights_to_apply))
        else:
            needs = self._needs("apply", self.settings.rights_to_apply)
            self._add("rights to apply", "untold", f"the vendor tells only when something is written; {needs}")

    async def _opened(self, check: str, connector: Connector, *, writing: bool) -> tuple[Provider, Scope] | None:
        names = ", ".join(self._names(writing=writing)) or "the credential"
        try:
            provider = await connector.open(self.name, for_writing=writing)
            scope = await provider.whoami()
        except ReconcilerError as error:
            self._failed(check, error)
            return None
        except Exception as error:
            log.exception("instance %s failed", self.name)
            self._bug(check, error)
            return None
        if check != "rights to apply":
            self._add(check, "ok", f"{names} is accepted")
        return provider, scope

    def _surroundings(self) -> None:
        if self.told.ahead is not None:
            off = abs(self.told.ahead)
            said = f"ours is {off:.0f} s {'ahead of' if self.told.ahead > 0 else 'behind'} the vendor's"
            status: CheckStatus = "fail" if off >= WRONG else "warn" if off > SKEW else "ok"
            todo = "set this machine's clock (NTP): it tells our new objects from older ones" if status != "ok" else ""
            self._add("clock", status, said if off > 1 else "as the vendor's", todo, ERROR if status == "fail" else 0)
        if self.told.window is not None:
            left, limit = self.told.window.remaining, self.told.limit
            scarce = left == 0 or (limit is not None and left * 10 < limit)
            said = (
                f"{left}{f' of {limit}' if limit else ''} requests left, renewed in {self.told.window.resets_in:.0f} s"
            )
            todo = "something else uses this credential: wait, or give each its own" if scarce else ""
            self._add("rate", "warn" if scarce else "ok", said, todo)

    @property
    def settings(self) -> Any:
        """The settings of the instance."""
        return self.project.instances[self.name].settings

    def _names(self, *, writing: bool) -> list[str]:
        """Return the names of the credential of one side; of the writing one those that are its own."""
        reading = self.settings.secrets()
        chosen: Mapping[str, Any] = self.settings.secrets_to_write() if writing else reading
        own = {k: r for k, r in chosen.items() if not (writing and separate(self.settings)) or r != reading.get(k)}
        return sorted({str(getattr(ref, "name", field_name)) for field_name, ref in own.items()})

    def _needs(self, what: str, rights: tuple[str, ...]) -> str:
        return f"to {what} it needs: {_joined(rights)}" if rights else ""

    def _failed(self, check: str, error: ReconcilerError, before: str = "") -> None:
        code = ERROR if isinstance(error, CredentialRejected) or not isinstance(error, ProviderError) else PARTIAL
        self._add(check, "fail", f"{before}{error.message}", error.fix or AGAIN, code)

    def _bug(self, check: str, error: Exception) -> None:
        said = f"the provider failed with {type(error).__name__}: a bug in it, see -vv"
        self._add(check, "fail", said, "report it to its author", PARTIAL)

    def _add(self, check: str, status: CheckStatus, said: str, todo: str = "", code: int = 0) -> None:
        self.checks.append(Check(self.name, check, status, said, todo, code))


def _joined(rights: tuple[str, ...]) -> str:
    return "; ".join(right.strip().rstrip(".") for right in rights)


def _unknown(value: Any) -> Iterator[str]:
    return (leaf.reason for leaf in leaves(value) if isinstance(leaf, Unknown))
