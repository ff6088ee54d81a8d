"""What goes first and is not needed, because a kind says so (`Kind.written_after`) or to lose nothing too early. Pure.

A reference is a need: what it names has to be there. This is an order only: what fails or is held does not keep back
what comes after it. Where the two disagree, the need wins, so that no cycle can come from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.kind.shape import Shape
from reconciler.model import Adopt, Change, Create, Delete, Disable, Recreate, Update
from reconciler.plan.follow import writes
from reconciler.plan.halves import second_halves

Edges = dict[int, set[int]]


def sequenced(edges: Mapping[int, set[int]], changes: tuple[Change, ...], shapes: Mapping[str, Shape]) -> Edges:
    """Return `edges` with those of the order of kinds: late kinds are written after the others, and removed before.

    Both within one instance, and only among changes that will be sent. And what goes for another to take its place
    goes last: after all that the other one needs, which may fail.
    """
    result = {i: set(before) for i, before in edges.items()}
    _add_last(result, changes)
    late = [i for i, c in enumerate(changes) if shapes[c.kind].written_after and writes(c)]
    if not late:
        return result
    of_kind: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, change in enumerate(changes):
        if writes(change):
            of_kind[change.provider, change.kind].append(i)
    for i in late:
        change = changes[i]
        others = [j for kind in shapes[change.kind].written_after for j in of_kind[change.provider, kind] if j != i]
        if isinstance(change, Create | Recreate | Update | Adopt):
            makers = {j for j in others if isinstance(changes[j], Create | Recreate | Update | Adopt)}
            result[i] |= makers - _reached(i, _turned(result)) if makers else set()
        elif isinstance(change, Delete | Disable):
            needed = _reached(i, result)
            for j in others:
                if isinstance(changes[j], Delete | Disable) and j not in needed:
                    result[j].add(i)
    return result


def _add_last(edges: Edges, changes: tuple[Change, ...]) -> None:
    """Let what goes for another to take its place wait for all that the other one needs."""
    for i, others in second_halves(changes).items():
        for j in sorted(set().union(*(edges[other] for other in others)) - {i}):
            if i not in _reached(j, edges):
                edges[i].add(j)


def _turned(edges: Mapping[int, set[int]]) -> Edges:
    """Return for each change those that wait for it."""
    turned: Edges = {i: set() for i in edges}
    for i, before in edges.items():
        for j in before:
            turned[j].add(i)
    return turned


def _reached(start: int, edges: Mapping[int, Iterable[int]]) -> set[int]:
    """Return what can be come to from a change along the edges."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for j in edges[waiting.pop()]:
            if j not in found:
                found.add(j)
                waiting.append(j)
    return found
