"""Afterwards: list the touched kinds again and plan them again. Anything left did not converge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from reconciler.model import LEDGER_ONLY, Address, Change
from reconciler.outcome import NotConverged

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before each look: some APIs show a write only after a while


async def leftovers(
    touched: Collection[Address],
    plan_again: Callable[[], Awaitable[tuple[Change, ...]]],
    sleep: Callable[[float], Awaitable[None]],
) -> tuple[NotConverged, ...]:
    """Return what planning again still finds for the addresses that were carried out, after bounded waiting."""
    left: tuple[NotConverged, ...] = ()
    for pause in PAUSES:
        if pause:
            await sleep(pause)
        left = tuple(
            NotConverged(change.address, change.action, change.fields)
            for change in await plan_again()
            if change.address in touched and not isinstance(change, LEDGER_ONLY)
        )
        if not left:
            break
    return left
