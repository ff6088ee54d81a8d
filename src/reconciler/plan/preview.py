"""What providers add to planned changes: notes, reasons to hold them, and what others have to do. Pure."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import LEDGER_ONLY, Adopt, Change, Create, Hold, Pending, Recreate, Update
from reconciler.plan.state import PlanInput


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
        held = (*change.held, Hold("provider", seen.hold, seen.next)) if seen.hold else change.held
        kept.append(replace(change, notes=(*change.notes, *own, *seen.notes), held=held))
    return tuple(kept), tuple(waiting)


def noted(change: Change, given: PlanInput) -> Change:
    """Return a change that was added or grew after the previews, with what its provider says of it now."""
    more = (note for note in given.preview(change).notes if note not in change.notes)
    return replace(change, notes=(*change.notes, *more))
