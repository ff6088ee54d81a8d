"""Nothing is removed while something that stays still refers to it, by a field that nobody writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import Address, Change, Create, Delete, Disable, Hold, Resource
from reconciler.plan.match import Matches
from reconciler.plan.references import References, targets


def held_in_use(
    changes: tuple[Change, ...], matches: Matches, references: References, shapes: Mapping[str, Shape]
) -> tuple[Change, ...]:
    """Return the changes, each removal held whose object will still be referred to once the plan is carried out.

    A field that is no longer written is released, not cleared: the live object goes on naming what it named.
    """
    going = {c.address for c in changes if isinstance(c, Delete | Disable)}
    again = {c.address for c in changes if isinstance(c, Create)}
    users = _users(going, matches, references, shapes)

    def hold(change: Change) -> Change:
        by = users.get(change.address) if isinstance(change, Delete | Disable) else None
        if not by:
            return change
        names = ", ".join(str(a) for a in sorted(by)[:3])
        if change.address in again:
            reason = f"it would be replaced, and {names} refers to it"
            step = "make a second one, point what refers to it there, then remove this one"
        else:
            reason = f"{names} still refers to it, by a field that is not written"
            step = "write that field: null, or another value"
        return replace(change, held=(*change.held, Hold("in use", reason, step)))

    return tuple(hold(c) for c in changes)


def held_with_users(
    changes: tuple[Change, ...], matches: Matches, references: References, shapes: Mapping[str, Shape]
) -> tuple[Change, ...]:
    """Return the changes, each removal held whose object is referred to by one whose own removal is held.

    What refers to it may do so by a field that was released: then no record says so, and no order comes from it.
    """
    while True:
        removals = [c for c in changes if isinstance(c, Delete | Disable)]
        going = {c.address for c in removals if not c.held}
        staying = {c.address for c in removals} - going
        users = _users(going, matches, references, shapes) if going and staying else {}
        waits = {address: found for address, by in users.items() if (found := sorted(staying & set(by)))}
        if not waits:
            return changes
        changes = tuple(
            replace(c, held=(Hold("dependency", f"it waits for {waits[c.address][0]} (delete), which is held"),))
            if isinstance(c, Delete | Disable) and not c.held and c.address in waits
            else c
            for c in changes
        )


def _users(
    going: set[Address], matches: Matches, references: References, shapes: Mapping[str, Shape]
) -> dict[Address, list[Address]]:
    """Return for each address that goes what will still refer to it then."""
    users: dict[Address, list[Address]] = defaultdict(list)
    for item in matches.items if going else ():
        if item.live is None or item.address in going:
            continue
        shape = shapes[item.address.collection]
        after = {**references.localize(item.live, item.provider, shape), **_written(item.desired)}
        for target in set(targets(after, shape)) & going:
            users[target].append(item.address)
    return users


def _written(desired: Resource | None) -> Mapping[str, Any]:
    """Return what an apply will write of an object: what it ignores stays as it is live."""
    if desired is None:
        return {}
    ignored = {path.partition(".")[0] for path in desired.lifecycle.ignore}
    return {name: value for name, value in desired.spec.items() if name not in ignored}
