"""What providers add to planned changes: notes, reasons to hold them, and what others have to do. Pure."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import LEDGER_ONLY, Adopt, Change, Create, Hold, Pending, Recreate, Update
from reconciler.plan.state import PlanInput
from reconciler.provider import Preview


def previewed(changes: tuple[Change, ...], given: PlanInput) -> tuple[tuple[Change, ...], tuple[Pending, ...]]:
    """Return the changes with what their providers and their objects say, and what is not ours to carry out."""
    kept: list[Change] = []
    waiting: list[Pending] = []
    for change in changes:
        if isinstance(change, LEDGER_ONLY):
            kept.append(change)
            continue
        seen = given.preview(change)
        if seen.settled:
            continue
        if seen.pending:
            waiting.append(Pending(change.address, seen.pending))
            continue
        own = change.desired.notes if isinstance(change, Create | Recreate | Update | Adopt) else ()
        kept.append(replace(_held(change, seen), notes=(*change.notes, *own, *seen.notes)))
    return tuple(kept), tuple(waiting)


def noted(change: Change, given: PlanInput) -> Change:
    """Return a change that was added or grew after the previews, with what its provider says of it now."""
    seen = given.preview(change)
    more = (note for note in seen.notes if note not in change.notes)
    return replace(_held(change, seen), notes=(*change.notes, *more))


def _held(change: Change, seen: Preview) -> Change:
    if not seen.hold or any(hold.gate == "provider" for hold in change.held):
        return change
    return replace(change, held=(*change.held, Hold("provider", seen.hold, seen.next)))
