"""Looking again before anything is done because an object is gone: a listing may leave one out without a word."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.errors import ProviderError
from reconciler.model import (
    Adopt,
    Change,
    Create,
    Forget,
    Hold,
    Live,
    Plan,
    Record,
    Recorded,
    Recreate,
    Resource,
)
from reconciler.plan.state import Observation
from reconciler.provider import Provider
from reconciler.runtime import Runtime

if TYPE_CHECKING:
    from reconciler.engine.session import Seen

log = logging.getLogger("reconciler.apply")
SETTLED = timedelta(seconds=3.5)  # as long as a lost create is looked for: an API may show a new object late


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Checks what a plan takes for gone. `first` is what the plan was made of; `unseen`, what it did not find there."""

    first: Observation
    unseen: tuple[Recorded, ...]
    providers: Mapping[str, Provider]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]

    @classmethod
    def of(cls, seen: Seen, runtime: Runtime) -> SecondLook:
        """Return a second look at what one look saw."""
        first = seen.observation
        ids = {key: {live.id for live in listing.live} for key, listing in first.listings.items()}
        unseen = tuple(
            record
            for record in (*seen.given.records.values(), *seen.given.others)
            if record.interrupted or record.live_id not in ids.get((record.provider, record.address.collection), ())
        )
        return cls(first, unseen, seen.providers, runtime.now, runtime.sleep)

    async def hold_reappeared(self, plan: Plan) -> Plan:
        """Return the plan with every change held that rests on an object being gone which a second listing shows.

        One more listing for each kind of which something seems to be gone. What is held already is not looked at.
        """
        gone = {i: found for i, c in enumerate(plan.changes) if not c.held and (found := self._missing(c))}
        kinds = sorted({(r.provider, r.address.collection) for records in gone.values() for r in records})
        if not kinds:
            return plan
        await self.sleep(max(self._unsettled(record) for records in gone.values() for record in records))
        seen = {key: await self._listed(*key) for key in kinds}

        def held(i: int, change: Change) -> Change:
            holds = (self._hold(r, seen[r.provider, r.address.collection]) for r in gone.get(i, ()))
            hold = next(filter(None, holds), None)
            return replace(change, held=(*change.held, hold)) if hold else change

        return replace(plan, changes=tuple(held(i, change) for i, change in enumerate(plan.changes)))

    def _missing(self, change: Change) -> tuple[Recorded, ...]:
        """Return the records of the objects that a change takes for gone; none where it takes none for that."""
        match change:
            case Create(desired=desired) | Recreate(desired=desired):
                return self._known(desired)
            case Forget(recorded=recorded):
                return (recorded,)
            case Adopt(live=live, recorded=recorded) | Record(live=live, recorded=recorded) if recorded:
                return (recorded,) if not recorded.interrupted and recorded.live_id != live.id else ()
            case _:
                return ()

    def _known(self, desired: Resource) -> tuple[Recorded, ...]:
        """Return all that the ledger has of what is to be made, and did not see: under its handles, or of its name."""
        kind, life = desired.address.collection, desired.lifecycle
        handles = {desired.address.handle, life.moved_from}
        return tuple(
            record
            for record in self.unseen
            if (record.provider, record.address.collection) == (desired.provider, kind)
            and (record.address.handle in handles or record.identity == desired.identity)
        )

    def _unsettled(self, record: Recorded) -> float:
        """Return for how many seconds yet an API may be late to show what was made."""
        if record.interrupted or record.applied_at is None:
            return SETTLED.total_seconds()
        return max(0.0, (record.applied_at + SETTLED - self.now()).total_seconds())

    async def _listed(self, instance: str, kind: str) -> tuple[Live, ...] | str:
        provider = self.providers.get(instance)
        if provider is None:
            return "its provider was not read"
        try:
            return tuple([live async for live in provider.list(kind)])
        except ProviderError as error:
            return error.message
        except Exception as error:
            log.exception("instance %s failed", instance)
            return f"the provider failed with {type(error).__name__}: a bug in it, see -vv"

    def _hold(self, record: Recorded, seen: tuple[Live, ...] | str) -> Hold | None:
        if isinstance(seen, str):
            return Hold("listing", f"that it is gone could not be checked: {seen}", "apply again")
        before = {live.id for live in self.first.listing(record.provider, record.address.collection).live}
        for live in seen:
            ours = live.identity == record.identity if record.interrupted else live.id == record.live_id
            if ours and live.id not in before:
                return Hold("listing", f"id {live.id} was missing from one listing and is in the next", "apply again")
        return None
