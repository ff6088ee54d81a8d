"""What is outside git, as those see it who change it between two runs."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol, TypeAlias

from reconciler.model import Address
from reconciler.simulate.desk import Desk
from reconciler.simulate.oracle import Oracle
from reconciler.simulate.things import Key, Thing


class Outside(Desk, Protocol):
    """What is outside git."""

    oracle: Oracle
    environ: dict[str, str]
    undo: list[Callable[[], None]]  # what lasts for one run only
    gone_by_hand: set[Key]
    canaries: set[str]

    def known_accounts(self) -> Collection[str]:
        """Return the instances whose account the ledger has noted."""
        ...

    def owned_address(self, key: Key) -> Address | None:
        """Return the address that the ledger has for a live object."""
        ...


Hand: TypeAlias = Callable[[Outside, random.Random], Awaitable[str]]


async def owned_of(world: Outside, kinds: tuple[str, ...] = ()) -> list[Thing]:
    """Return what is ours, of these kinds or of all."""
    things = await world.vendor.things()
    found = [t for k, t in things.items() if k in world.oracle.owned and (not kinds or k.kind in kinds)]
    return sorted(found, key=lambda t: str(t.key))
