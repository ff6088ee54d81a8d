"""Writes whose answer never came: look first, then decide. A create is never sent twice blindly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.errors import AnswerLost, ProviderError
from reconciler.model import Adopt, Change, Create, Delete, Disable, Live, Recreate, Update
from reconciler.provider import Provider

LOOKS = (0.5, 1.0, 2.0)  # seconds before each look: an API may show a new object late
TRIES = 3
SKEW = timedelta(minutes=2)  # how far a vendor's clock may be behind ours


@dataclass(frozen=True, slots=True)
class Lost:
    """Recovers from lost answers. `known` holds the live ids that were there before the run, by collection."""

    sleep: Callable[[float], Awaitable[None]]
    began: datetime
    known: Callable[[str, str], frozenset[str]]  # (instance, collection) to ids

    async def until_told(
        self, change: Change, send: Callable[[Live | None], Awaitable[Live | None]], provider: Provider
    ) -> Live | None:
        """Return what `send` returns, sending again only after a look showed that nothing happened.

        Raises ProviderError when it cannot be told what happened: a person has to look.
        """
        seen: Live | None = None
        for attempt in range(TRIES):
            try:
                return await send(seen)
            except AnswerLost as lost:
                if attempt == TRIES - 1:
                    raise
                if isinstance(change, Create | Recreate):
                    found = await self._created(change, provider, lost)
                    if found is not None:
                        return found
                else:
                    live = await self._by_id(change, provider)
                    if live is None and isinstance(change, Delete | Disable):
                        return None
                    if live is None:
                        raise ProviderError(
                            f"{change.address}: the answer was lost, and the object is gone",
                            fix="apply again",
                            operation=lost.operation,
                        ) from None
                    seen = live
        return None

    async def _created(self, change: Create | Recreate, provider: Provider, lost: AnswerLost) -> Live | None:
        """Return the object if our create took effect, None if it did not."""
        identity, collection = change.desired.identity, change.kind
        before = self.known(change.provider, collection)
        for pause in LOOKS:
            await self.sleep(pause)
            matches = [live async for live in provider.list(collection) if live.identity == identity]
            fresh = [live for live in matches if live.id not in before]
            old = [live for live in fresh if live.created_at and live.created_at < self.began - SKEW]
            if len(matches) > 1 or old or (matches and not fresh):
                ids = " and ".join(live.id for live in matches)
                raise ProviderError(
                    f"{change.address}: the answer to the create was lost, and id {ids} has its identity: "
                    "it cannot be told whether that one is ours",
                    fix="look at it, then pin it with lifecycle.id or remove it",
                    operation=lost.operation,
                ) from None
            if fresh:
                return fresh[0]
        return None

    async def may_have_left(self, change: Create | Recreate | Adopt | Update, provider: Provider) -> bool:
        """Return whether a failed create left an object of that identity, or a failed adoption or update changed its.

        True also when that cannot be told.
        """
        before = self.known(change.provider, change.kind)
        try:
            if isinstance(change, Adopt | Update):
                now = await self._by_id(change, provider)
                return now is not None and (now.values, now.inactive) != (change.live.values, change.live.inactive)
            found = [live async for live in provider.list(change.kind) if live.identity == change.desired.identity]
        except ProviderError:
            return True
        return any(live.id not in before for live in found)

    async def _by_id(self, change: Change, provider: Provider) -> Live | None:
        live_id = change.live.id if not isinstance(change, Create | Recreate) and hasattr(change, "live") else ""
        found = [live async for live in provider.list(change.kind) if live.id == live_id]
        return found[0] if found else None
