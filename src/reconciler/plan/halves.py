"""Which removal is the first half of something: what takes the object's place must be possible first. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reconciler.model import Address, Adopt, Change, Create, Delete, Disable, Recreate, Release, Retain, Update


def second_halves(changes: Sequence[Change]) -> dict[int, set[int]]:
    """Return for each removal (by position) what takes the object's place: under its address, or with its name.

    The first is a replacement, or a move to another instance. The second is written as two objects, and comes to the
    same: without the one, nothing is left where the other was.
    """
    under: dict[Address, set[int]] = defaultdict(set)
    named: dict[tuple[str, str, tuple[str, ...]], set[int]] = defaultdict(set)
    for i, change in enumerate(changes):
        if isinstance(change, Create | Adopt) or (isinstance(change, Update | Release) and is_first(change)):
            under[change.address].add(i)
        if isinstance(change, Create | Recreate):
            named[change.provider, change.kind, change.desired.identity].add(i)
    halves: dict[int, set[int]] = {}
    for i, change in enumerate(changes):
        found: set[int] = set()
        if isinstance(change, Delete | Disable | Retain):
            found |= under[change.address]
        if isinstance(change, Delete):
            found |= named[change.provider, change.kind, change.live.identity]
        if found:
            halves[i] = found
    return halves


def is_first(change: Update | Release) -> bool:
    """Return whether it is recorded under its address for the first time: announced by a dead run, or moved there."""
    before = change.recorded
    return before is not None and (before.interrupted or before.address != change.address)
