"""`lifecycle.id` names one live object: another one is not taken instead, and the one it names is not removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Address, Adopt, Change, Create, Delete, Disable, Hold, Record, Recreate, Retain
from reconciler.plan.match import Matches


def held_by_pin(changes: tuple[Change, ...], matches: Matches) -> tuple[Change, ...]:
    """Return the changes, held where a pinned id is that of another address, or of nothing that is live."""
    owners = {(m.provider, m.address.collection, m.live.id): m.address for m in matches.items if m.live}
    pins = {
        (m.provider, m.address.collection, m.desired.lifecycle.id): m.address
        for m in matches.items
        if m.desired and m.desired.lifecycle.id
    }
    replaced = {c.address for c in changes if isinstance(c, Delete)}
    return tuple(_held(change, owners, pins, replaced) for change in changes)


def _held(
    change: Change,
    owners: Mapping[tuple[str, str, str], Address],
    pins: Mapping[tuple[str, str, str], Address],
    replaced: set[Address],
) -> Change:
    reason = step = ""
    match change:
        case Create(desired=desired) | Recreate(desired=desired) | Adopt(desired=desired) | Record(desired=desired):
            pin = desired.lifecycle.id
            known = change.recorded.live_id if isinstance(change, Recreate | Record) and change.recorded else ""
            found = "" if isinstance(change, Create | Recreate) else change.live.id
            ours = bool(known) and known == found
            if pin and pin not in (known, found) and not ours and change.address not in replaced:
                owner = owners.get((change.provider, change.kind, pin))
                reason = (
                    f"lifecycle.id {pin} is {owner}" if owner else f"no live object has the id {pin} (lifecycle.id)"
                )
                step = "to rename it, write `moved_from`" if owner else "correct lifecycle.id, or remove it"
        case Delete(live=live) | Disable(live=live) | Retain(live=live):
            owner = pins.get((change.provider, change.kind, live.id))
            if owner and owner != change.address:
                reason = f"{owner} pins it with lifecycle.id"
                step = f"to rename it, write `moved_from: {change.address.handle}` there"
    return replace(change, held=(*change.held, Hold("pin", reason, step))) if reason else change
