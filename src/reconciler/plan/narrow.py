"""A plan narrowed by `--target` and `--provider`: what is inside, and what that may not do on its own. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.kind.shape import Shape
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Hold,
    Recreate,
    Retain,
    Update,
)
from reconciler.plan.match import Matches
from reconciler.plan.references import targets
from reconciler.plan.state import PlanInput


def inside(address: Address, provider: str, given: PlanInput) -> bool:
    """Return whether `--target` and `--provider` select an address of an instance."""
    targeted = not given.targets or any(fnmatchcase(str(address), pattern) for pattern in given.targets)
    return targeted and (not given.providers or provider in given.providers)


def selects(given: PlanInput, matches: Matches) -> Callable[[Address], bool]:
    """Return what tells whether `--target` and `--provider` select an address; one nobody knows has no instance."""
    instances = {m.address: m.provider for m in matches.items}
    return lambda address: inside(address, instances.get(address, ""), given)


def selected(changes: tuple[Change, ...], given: PlanInput, shapes: Mapping[str, Shape]) -> tuple[Change, ...]:
    """Return the changes that are inside. A child whose parent is left out and does not exist is held.

    A set that is held together, and of which only a part is inside, cannot be approved from what this plan shows.
    """
    chosen = tuple(c for c in changes if inside(c.address, c.provider, given))
    rest = [c for c in changes if not inside(c.address, c.provider, given)]
    outside = {c.address for c in rest if isinstance(c, Create | Recreate)} - {c.address for c in chosen}

    def reason(change: Create | Recreate | Update | Adopt) -> Hold | None:
        missing = [t for t in targets(change.desired.spec, shapes[change.kind]) if t in outside]
        if not missing:
            return None
        return Hold(
            "target", f"it needs {missing[0]}, which does not exist and is not selected", f"--target {missing[0]}"
        )

    return _parts_marked(_names_kept(add_holds(chosen, reason), rest, shapes), _sizes(changes))


def _names_kept(chosen: tuple[Change, ...], rest: Iterable[Change], shapes: Mapping[str, Shape]) -> tuple[Change, ...]:
    """Hold what takes the name of an object that a change outside would take away or rename: it has it still."""
    holders = [c for c in rest if isinstance(c, Delete | Disable | Update | Adopt | Retain)]

    def reason(change: Create | Recreate | Update | Adopt) -> Hold | None:
        own = change.live.id if isinstance(change, Update | Adopt) else None
        for other in holders:
            near = (other.provider, other.kind) == (change.provider, change.kind) and other.live.id != own
            if near and shapes[change.kind].clash(change.desired.identity, other.live.identity):
                return Hold("target", f"{other.address} has its name and is not selected", f"--target {other.address}")
        return None

    return add_holds(chosen, reason) if holders else chosen


def add_holds(
    changes: tuple[Change, ...], reason: Callable[[Create | Recreate | Update | Adopt], Hold | None]
) -> tuple[Change, ...]:
    """Return the changes with the hold, if any, that `reason` has for each that writes an object."""
    result: list[Change] = []
    for change in changes:
        found = reason(change) if isinstance(change, Create | Recreate | Update | Adopt) else None
        result.append(replace(change, held=(*change.held, found)) if found else change)
    return tuple(result)


def _sizes(changes: Iterable[Change]) -> Counter[str]:
    return Counter(hold.digest for change in changes for hold in change.held if hold.digest)


def _parts_marked(chosen: tuple[Change, ...], whole: Mapping[str, int]) -> tuple[Change, ...]:
    shown = _sizes(chosen)
    part = {digest for digest in shown if shown[digest] < whole[digest]}

    def marked(hold: Hold) -> Hold:
        if hold.digest not in part:
            return hold
        step = f"plan without --target and --provider: this shows {shown[hold.digest]} of {whole[hold.digest]}"
        return replace(hold, next=step, partial=True)

    return tuple(replace(c, held=tuple(map(marked, c.held))) if c.held and part else c for c in chosen)
