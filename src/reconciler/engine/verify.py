"""Afterwards: list the touched kinds again and plan them again. Anything left did not converge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from reconciler.engine.wanted import Wanted
from reconciler.model import LEDGER_ONLY, Address, Change, Plan, ProviderStatus
from reconciler.outcome import NotConverged
from reconciler.plan.state import Observation

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before each look: some APIs show a write only after a while


def seen_again(before: Observation, again: Observation, reading: Wanted) -> Observation:
    """Return `before` with what was to be read again as it is now: unknown where that failed, never as it was."""
    stale = {(name, kind) for name, kinds in reading.kinds.items() for kind in kinds}
    kept = {key: listing for key, listing in before.listings.items() if key not in stale}
    return replace(before, listings={**kept, **again.listings}, statuses={**before.statuses, **again.statuses})


def unread(again: Observation, reading: Wanted) -> dict[str, str]:
    """Return the instances whose touched kinds could not all be read again, each with the reason."""
    found: dict[str, str] = {}
    for name, kinds in reading.kinds.items():
        reason = next((why for kind in kinds if (why := again.listing(name, kind).unknown)), "")
        if reason:
            found[name] = reason
    return found


def unverified(plan: Plan, failed: Mapping[str, str]) -> Plan:
    """Return the plan with these instances as not read: what was written there could not be verified."""
    said = {
        name: ProviderStatus(
            "skipped",
            f"what was written could not be verified: {reason}",
            plan.providers[name].requests,
            plan.providers[name].account,
            next="`reconcile plan` once it answers again: it shows what is there",
        )
        for name, reason in failed.items()
    }
    return replace(plan, providers={**plan.providers, **said})


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
