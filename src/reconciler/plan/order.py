"""The order of changes: parents are created and updated first, children deleted first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from reconciler.errors import ReconcilerError
from reconciler.kind.shape import Shape
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Forget,
    Record,
    Recreate,
    Release,
    Retain,
    Update,
)
from reconciler.plan.follow import followed, writes
from reconciler.plan.halves import is_first
from reconciler.plan.references import targets
from reconciler.plan.sequence import sequenced


def ordered(changes: tuple[Change, ...], shapes: Mapping[str, Shape]) -> tuple[Change, ...]:
    """Return the changes in an order that can be carried out, each with the addresses it needs to be done first.

    Kinds that go last (`Kind.written_after`) come after the others, but do not need them. Equal input gives an equal
    order. Raises ReconcilerError for a cycle, with its path.
    """
    edges = edges_between(changes, shapes)
    try:
        sorter = _sorter(edges, changes, shapes)
    except CycleError:
        # What is held is not carried out, so it may wait in a circle: it was held because it cannot be done.
        edges = {i: set() if changes[i].held else before for i, before in edges.items()}
        try:
            sorter = _sorter(edges, changes, shapes)
        except CycleError as error:
            path = " → ".join(str(changes[i].address) for i in error.args[1])
            fix = "break one of the references"
            raise ReconcilerError(f"these changes wait for each other: {path}", fix=fix) from None
    result: list[Change] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda i: (changes[i].address, changes[i].action != "delete"))
        for i in ready:
            waits = tuple(sorted({changes[j].address for j in edges[i]}))
            result.append(replace(changes[i], depends_on=waits))
        sorter.done(*ready)
    return tuple(result)


def _sorter(
    edges: Mapping[int, set[int]], changes: tuple[Change, ...], shapes: Mapping[str, Shape]
) -> TopologicalSorter[int]:
    """Return a sorter that is ready. Raises CycleError."""
    sorter = TopologicalSorter(sequenced(edges, changes, shapes))
    sorter.prepare()
    return sorter


def edges_between(changes: tuple[Change, ...], shapes: Mapping[str, Shape]) -> dict[int, set[int]]:
    """Return for each change (by position) the changes that must be done before it."""
    makers: dict[Address, list[int]] = defaultdict(list)
    removers: dict[Address, list[int]] = defaultdict(list)
    leaving: dict[Address, list[int]] = defaultdict(list)
    names: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    renamed: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    making_room: dict[tuple[str, str], dict[int, Update | Delete]] = defaultdict(dict)
    for i, change in enumerate(changes):
        if isinstance(change, Create | Recreate | Update | Adopt):
            makers[change.address].append(i)
        elif isinstance(change, Delete | Disable):
            removers[change.address].append(i)
            leaving[change.address].append(i)
            names[change.provider, change.kind, change.live.identity].append(i)
        elif isinstance(change, Retain | Forget):
            leaving[change.address].append(i)
        if isinstance(change, Delete) or (isinstance(change, Update) and _renames(change)):
            making_room[change.provider, change.kind][i] = change
        if isinstance(change, Update | Adopt) and _renames(change):
            renamed[change.provider, change.kind, change.live.identity].append(i)
    edges: dict[int, set[int]] = {i: set() for i in range(len(changes))}
    for i, change in enumerate(changes):
        if isinstance(change, Create | Recreate | Update | Adopt):
            for target in targets(change.desired.spec, shapes[change.kind]):
                edges[i].update(j for j in makers[target] if j != i)
        if isinstance(change, Create) or (isinstance(change, Update) and _renames(change)):
            # One that takes over the name of an object that goes, or that takes another name.
            edges[i].update(names[change.provider, change.kind, change.desired.identity])
        after = followed(change, shapes[change.kind])
        if after:
            edges[i].update(j for j, c in enumerate(changes) if c.provider == change.provider and c.kind in after)
            edges[i] -= {j for j in edges[i] if not writes(changes[j]) and changes[j].kind in after} | {i}
        if isinstance(change, Create | Adopt | Record) or (isinstance(change, Update | Release) and is_first(change)):
            # The second half of a replacement, or of a move to another instance: one record at a time has the address.
            edges[i].update(leaving[change.address])
        if isinstance(change, Create):
            edges[i].update(renamed[change.provider, change.kind, change.desired.identity])
        if shapes[change.kind].collide:
            edges[i].update(_giving_way(change, making_room[change.provider, change.kind], shapes[change.kind]))
        if isinstance(change, Delete | Disable | Update):
            recorded = change.recorded
            for target in targets(recorded.spec, shapes[change.kind]) if recorded else ():
                for j in removers[target]:
                    if j != i:
                        edges[j].add(i)
    return edges


def _giving_way(change: Change, leavers: Mapping[int, Update | Delete], shape: Shape) -> set[int]:
    """Return the changes that have to make room first for one that would collide with what is there before them.

    An update waits only for updates that make nothing collide themselves, so that no two wait for each other.
    """
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return set()

    def only_leaves(one: Update) -> bool:
        others = (c for c in leavers.values() if c is not one)
        return not any(shape.clash(one.desired.identity, c.live.identity) for c in others)

    return {
        j
        for j, c in leavers.items()
        if c is not change
        and shape.clash(change.desired.identity, c.live.identity)
        and (isinstance(c, Delete) or isinstance(change, Create | Recreate) or only_leaves(c))
    }


def waits_for(change: Change, parent: Change, shape: Shape) -> bool:
    """Return whether a change cannot be carried out while its parent is held.

    What is only updated exists already, so others may refer to it; a removal waits until nothing does.
    """
    return isinstance(change, Delete | Disable) or not isinstance(parent, Update) or _takes_name(change, parent, shape)


def _takes_name(change: Change, parent: Update, shape: Shape) -> bool:
    if not isinstance(change, Create | Recreate | Update):
        return False
    named = shape.clash(change.desired.identity, parent.live.identity)
    return named and change.kind == parent.kind and change.provider == parent.provider and _renames(parent)


def _renames(change: Update | Adopt) -> bool:
    return change.desired.identity != change.live.identity
