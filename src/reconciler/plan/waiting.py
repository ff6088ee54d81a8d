"""What cannot be carried out while something else is not: what needs it, and the removal of what it replaces. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.kind.shape import Shape
from reconciler.model import Change, Hold
from reconciler.plan.halves import second_halves
from reconciler.plan.order import edges_between, waits_for


@dataclass(frozen=True, slots=True)
class Kept:
    """A change that is kept back, by its position, and those that it waits for: they come first, or take its place."""

    position: int
    others: tuple[int, ...]
    replaced: bool

    def words(self, other: Change) -> str:
        """Return what it waits for, in words."""
        if self.replaced:
            return f"what takes its place is not made: {other.address} ({other.action})"
        return f"it waits for {other.address} ({other.action})"


def held_with_others(changes: tuple[Change, ...], shapes: Mapping[str, Shape]) -> tuple[Change, ...]:
    """Hold what waits for a held change, and what waits for that."""
    stopped = {i for i, c in enumerate(changes) if c.held}
    result = list(changes)

    def needs(i: int, j: int) -> bool:
        return waits_for(changes[i], changes[j], shapes[changes[i].kind])

    for kept in kept_back(changes, stopped, needs, shapes) if stopped else ():
        reason = f"{kept.words(changes[kept.others[0]])}, which is held"
        result[kept.position] = replace(changes[kept.position], held=(Hold("dependency", reason),))
    return tuple(result)


def kept_back(
    changes: tuple[Change, ...],
    stopped: Collection[int],
    needs: Callable[[int, int], bool],
    shapes: Mapping[str, Shape],
) -> Iterator[Kept]:
    """Yield what the stopped changes keep back, and what that keeps back in turn.

    `needs` tells whether a change cannot do without one that comes before it. A removal never goes without what takes
    the object's place.
    """
    edges, halves = edges_between(changes, shapes), second_halves(changes)
    out = {*stopped}
    grown = True
    while grown:
        grown = False
        for i in range(len(changes)):
            if i in out:
                continue
            before = tuple(j for j in sorted(edges[i] & out) if needs(i, j))
            others = before or tuple(sorted(halves.get(i, set()) & out))
            if others:
                yield Kept(i, others, replaced=not before)
                out.add(i)
                grown = True
