"""Looking again before anything is done because an object is gone: a listing may leave one out without a word."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.errors import ProviderError
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Forget,
    Hold,
    Identity,
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
    """Checks what a plan takes for gone. `first` is what the plan was made of."""

    first: Observation
    records: Mapping[Address, Recorded]
    providers: Mapping[str, Provider]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    by_name: Mapping[tuple[str, str, Identity], Recorded] = field(default_factory=dict)  # of what is not in `first`

    @classmethod
    def of(cls, seen: Seen, runtime: Runtime) -> SecondLook:
        """Return a second look at what one look saw."""
        first, records = seen.observation, seen.given.records
        ids = {key: {live.id for live in listing.live} for key, listing in first.listings.items()}
        names = {
            (record.provider, address.collection, record.identity): record
            for address, record in records.items()
            if record.interrupted or record.live_id not in ids.get((record.provider, address.collection), ())
        }
        return cls(first, records, seen.providers, runtime.now, runtime.sleep, names)

    async def hold_reappeared(self, plan: Plan) -> Plan:
        """Return the plan with every change held that rests on an object being gone which a second listing shows.

        One more listing for each kind of which something seems to be gone. What is held already is not looked at.
        """
        gone = {i: found for i, c in enumerate(plan.changes) if not c.held and (found := self._missing(c))}
        kinds = sorted({(record.provider, record.address.collection) for record in gone.values()})
        if not kinds:
            return plan
        await self.sleep(max(self._unsettled(record) for record in gone.values()))
        seen = {key: await self._listed(*key) for key in kinds}

        def held(i: int, change: Change) -> Change:
            hold = self._hold(gone[i], seen[gone[i].provider, gone[i].address.collection]) if i in gone else None
            return replace(change, held=(*change.held, hold)) if hold else change

        return replace(plan, changes=tuple(held(i, change) for i, change in enumerate(plan.changes)))

    def _missing(self, change: Change) -> Recorded | None:
        """Return the record of the object that a change takes for gone; None where it takes none for that."""
        match change:
            case Recreate(desired=desired, recorded=recorded):
                return self._known(desired) or recorded
            case Forget(recorded=recorded):
                return recorded
            case Adopt(live=live, recorded=recorded) | Record(live=live, recorded=recorded) if recorded:
                return recorded if not recorded.interrupted and recorded.live_id != live.id else None
            case Create(desired=desired):
                return self._known(desired)
            case _:
                return None

    def _known(self, desired: Resource) -> Recorded | None:
        """Return what the ledger has of a create: announced under the handle it has or had, or another of its name."""
        handles = (desired.address.handle, desired.lifecycle.moved_from)
        found = (self.records.get(Address(desired.address.collection, handle)) for handle in handles if handle)
        announced = next((record for record in found if record and record.interrupted), None)
        return announced or self.by_name.get((desired.provider, desired.address.collection, desired.identity))

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
