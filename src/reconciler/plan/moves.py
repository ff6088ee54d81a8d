"""What speaks against a move: the other half cannot be read, or two objects could be the one that is meant. Pure."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Address, Adopt, Change, Create, Delete, Disable, Hold, Recreate, Retain, Update
from reconciler.plan.match import Matches
from reconciler.plan.state import PlanInput


def held_by_move(changes: tuple[Change, ...], given: PlanInput, matches: Matches) -> tuple[Change, ...]:
    """Return the changes with those held that a move leaves in doubt."""
    return _between_two(_out_of_reach(changes, matches), given)


def _out_of_reach(changes: tuple[Change, ...], matches: Matches) -> tuple[Change, ...]:
    """Hold a half of a move whose other half is in an instance that could not be read.

    What would take the record of an object that is there: nobody would own it. What removes the object: nothing might
    take its place.
    """
    old = {m.address: m.provider for m in matches.items if m.unknown and m.recorded and not m.desired}
    new = {m.address: m.provider for m in matches.items if m.unknown and m.desired}

    def reason(change: Change) -> str:
        if change.address in old:
            return f"it is still in {old[change.address]}, which was not read"
        leaves = isinstance(change, Delete | Disable | Retain) and change.provider != new.get(change.address)
        return f"it moves to {new[change.address]}, which was not read" if leaves and change.address in new else ""

    return tuple(
        replace(c, held=(*c.held, Hold("unknown", why, "try again"))) if (why := reason(c)) else c for c in changes
    )


def _between_two(changes: tuple[Change, ...], given: PlanInput) -> tuple[Change, ...]:
    """Hold what `moved_from` leaves open: both addresses have an object, and the one that is kept takes the name.

    Either the move was applied long ago, and its line is left over; or an older object of the new handle, whose
    removal is held, stands in its way.
    """
    leaving = {c.address for c in changes if isinstance(c, Delete | Disable | Retain)}
    open_moves: dict[Address, str] = {}
    for resource in given.resources:
        handle = resource.lifecycle.moved_from
        old = Address(resource.address.collection, handle) if handle else resource.address
        if handle and old in leaving and resource.address in given.records:
            reason = f"{resource.address} says moved_from: {handle}, and the ledger has an object for each of the two"
            open_moves |= {old: reason, resource.address: reason}
    step = "remove `moved_from` if that move is done; else have the older one removed first, or `reconcile forget` it"
    return tuple(
        replace(c, held=(*c.held, Hold("identity", open_moves[c.address], step)))
        if c.address in open_moves and isinstance(c, Delete | Disable | Retain | Create | Recreate | Update | Adopt)
        else c
        for c in changes
    )
