"""Live state of every instance, read concurrently. One instance's failure never cancels another."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from reconciler.engine.options import Progress
from reconciler.engine.wanted import Wanted
from reconciler.errors import CredentialRejected, ProviderError
from reconciler.model import Live, ProviderStatus, Scope
from reconciler.plan.state import Listing, Observation
from reconciler.provider import Provider, Resolves
from reconciler.redact import Redactor, url_password
from reconciler.values import SecretValue

_OTHER = "use a credential of the right account; if it is meant to change, write the new one as `expect:`"

T = TypeVar("T")
log = logging.getLogger("reconciler.observe")


@dataclass(frozen=True, slots=True)
class Observed:
    """What one instance reported. `provider` is None when no connection could be opened."""

    provider: Provider | None
    listings: tuple[Listing, ...]
    externals: Mapping[str, Mapping[str, tuple[str, ...]]]
    scope: Scope | None
    status: ProviderStatus


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads instances. `open` connects one by name; `refuse` says why a scope is not the right account, or "";

    `remaining` is how many seconds are left before the deadline, None for no deadline.
    """

    open: Callable[[str], Awaitable[Provider]]
    refuse: Callable[[str, Scope], str]
    redactor: Redactor
    progress: Progress
    remaining: Callable[[], float | None]
    again: bool = False  # the account was seen in this run: what is listed need not wait for its name

    async def observe(self, wanted: Wanted) -> tuple[Observation, dict[str, Provider]]:
        """Return what could be read, with a reason for what could not, and the connections, still open."""
        self.progress.start("reading", sum(len(kinds) for kinds in wanted.kinds.values()))
        names = list(wanted.kinds)
        outside = {n: (*wanted.externals.get(n, ()), *wanted.recorded.get(n, ())) for n in names}
        seen = await asyncio.gather(*(self._instance(n, wanted.kinds[n], outside[n]) for n in names))
        self.progress.finish()
        by_name = dict(zip(names, seen, strict=True))
        observation = Observation(
            listings={(li.provider, li.kind): li for one in seen for li in one.listings},
            externals={(n, kind): ids for n, one in by_name.items() for kind, ids in one.externals.items()},
            scopes={n: one.scope for n, one in by_name.items() if one.scope},
            statuses={n: one.status for n, one in by_name.items()},
            unnamed=frozenset(
                (n, kind)
                for n, one in by_name.items()
                for kind in wanted.externals.get(n, ())
                if kind not in one.externals
            ),
        )
        return observation, {n: one.provider for n, one in by_name.items() if one.provider}

    async def _instance(self, name: str, kinds: tuple[str, ...], externals: tuple[str, ...]) -> Observed:
        provider: Provider | None = None
        try:
            async with asyncio.timeout(self.remaining()):
                provider = await self.open(name)
                early = asyncio.ensure_future(self._read(provider, name, kinds, externals)) if self.again else None
                try:
                    scope = await provider.whoami()
                    reason = self.refuse(name, scope)
                    if reason:
                        status = ProviderStatus("skipped", reason, provider.requests, str(scope), credential=True)
                        status = replace(status, next=_OTHER)
                        return Observed(provider, (), {}, scope, status)
                    listings, found = await (early or self._read(provider, name, kinds, externals))
                finally:
                    if early:
                        early.cancel()
            status = ProviderStatus("ok", "", provider.requests, str(scope))
            known = {k: ids for k, ids in zip(externals, found, strict=True) if ids is not None}
            return Observed(provider, tuple(listings), known, scope, status)
        except TimeoutError:
            return self._skipped(
                provider, "no answer before the deadline", "give it more time with --deadline, or try later"
            )
        except CredentialRejected as error:
            return self._skipped(provider, error.message, error.fix, credential=True)
        except ProviderError as error:
            return self._skipped(provider, error.message, error.fix)
        except Exception as error:
            # A plugin's own bug must not stop the other instances. It is named, and the traceback is in the debug log.
            log.exception("instance %s failed", name)
            return self._skipped(provider, f"the provider failed with {type(error).__name__}: a bug in it, see -vv")

    async def _read(
        self, provider: Provider, name: str, kinds: tuple[str, ...], externals: tuple[str, ...]
    ) -> tuple[list[Listing], list[Mapping[str, tuple[str, ...]] | None]]:
        listings = await _all(self._list(provider, name, kind) for kind in kinds)
        return listings, await _all(self._externals(provider, kind) for kind in externals)

    def _skipped(self, provider: Provider | None, reason: str, fix: str = "", *, credential: bool = False) -> Observed:
        requests, clean = provider.requests if provider else 0, self.redactor.clean
        status = ProviderStatus("skipped", clean(reason), requests, credential=credential, next=clean(fix))
        return Observed(provider, (), {}, None, status)

    async def _list(self, provider: Provider, name: str, kind: str) -> Listing:
        """A listing that fails is unknown as a whole; the instance's other collections are still used."""
        live: dict[str, Live] = {}  # by id: what moves to another page meanwhile is listed twice, and is one object
        try:
            async for item in provider.list(kind):
                live[str(item.id)] = self._guarded(item)
        except CredentialRejected:
            raise
        except ProviderError as error:
            return Listing(name, kind, unknown=self.redactor.clean(error.message))
        finally:
            self.progress.advance()
        return Listing(name, kind, tuple(live.values()))

    def _guarded(self, live: Live) -> Live:
        """Put every secret of a live object into the redaction funnel before anything else sees it."""
        for tree in (live.values, live.outputs):
            register(tree, self.redactor)
        return replace(live, id=str(live.id))

    async def _externals(self, provider: Provider, kind: str) -> Mapping[str, tuple[str, ...]] | None:
        if not isinstance(provider, Resolves):
            return None
        names: dict[str, list[str]] = defaultdict(list)
        try:
            async for item in provider.externals(kind):
                names[item.name].append(item.id)
        except ProviderError as error:
            log.warning("%s could not be read: %s", kind, self.redactor.clean(error.message))
            return None
        return {name: tuple(ids) for name, ids in names.items()}


async def _all(reads: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all of them return, once all have ended; raise what the first to fail raised."""
    ended = await asyncio.gather(*reads, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


def register(value: object, redactor: Redactor) -> None:
    """Add every secret in a tree of values to the redaction funnel, and the password in a URL in any field."""
    if isinstance(value, SecretValue):
        redactor.add(value.reveal(), value.label)
    elif isinstance(value, str):
        if password := url_password(value):
            redactor.add(password, "password in a URL")
    elif isinstance(value, Mapping):
        for inner in value.values():
            register(inner, redactor)
    elif isinstance(value, list | tuple):
        for inner in value:
            register(inner, redactor)
