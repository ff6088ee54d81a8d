"""Afterwards: list the touched kinds again and plan them again. Anything left did not converge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.engine.wanted import Wanted
from reconciler.kind.base import Kind
from reconciler.kind.shape import shape_of
from reconciler.model import LEDGER_ONLY, Address, Change, Create, Plan, ProviderStatus, Recreate, Update
from reconciler.outcome import NotConverged
from reconciler.plan.match import Match
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


def to_read_again(matches: Sequence[Match], touched: Collection[Address], models: Mapping[str, type[Kind]]) -> Wanted:
    """Return the kinds to read again: those that were written, and those that follow them, which may owe something."""
    kinds: dict[str, set[str]] = {}
    for item in matches:
        if item.address in touched:
            kinds.setdefault(item.provider, set()).add(item.address.collection)
    for item in matches:
        shape = shape_of(models[item.address.collection])
        if any(kinds.get(item.provider, set()) & {*member.follows} for member in shape.fields.values()):
            kinds[item.provider].add(item.address.collection)
    return Wanted({name: tuple(sorted(found)) for name, found in kinds.items()}, {})


def written(changes: Iterable[Change]) -> dict[Address, frozenset[str]]:
    """Return the top-level fields that each of these changes wrote; none for a removal."""
    found: dict[Address, frozenset[str]] = {}
    for change in changes:
        if not isinstance(change, LEDGER_ONLY):
            names = frozenset(str(f.path[0]) for f in change.fields if f.cause != "released")
            if isinstance(change, Create | Recreate):
                names = frozenset(change.desired.spec)
            found[change.address] = names | found.get(change.address, frozenset())
    return found


def _left(change: Change, touched: Mapping[Address, frozenset[str]]) -> Change | None:
    """Return what of a change shows that ours did not take. What is held was left as it is on purpose, but for fields
    that were written.
    """
    if change.address not in touched or isinstance(change, LEDGER_ONLY):
        return None
    if not change.held or not isinstance(change, Update):
        return change
    fields = tuple(f for f in change.fields if str(f.path[0]) in touched[change.address])
    return replace(change, fields=fields) if fields else None


async def leftovers(
    touched: Mapping[Address, frozenset[str]],
    plan_again: Callable[[], Awaitable[tuple[Change, ...]]],
    sleep: Callable[[float], Awaitable[None]],
) -> tuple[NotConverged, ...]:
    """Return what planning again still finds of what was carried out, after bounded waiting.

    `touched` maps the addresses to the top-level fields that were written there.
    """
    left: tuple[NotConverged, ...] = ()
    for pause in PAUSES:
        if pause:
            await sleep(pause)
        left = tuple(
            NotConverged(change.address, change.action, change.fields)
            for found in await plan_again()
            if (change := _left(found, touched)) is not None
        )
        if not left:
            break
    return left
