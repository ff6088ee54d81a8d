"""Which rows, gates and kinds a plan shows: what the counters count."""

from __future__ import annotations

from reconciler.errors import HeldBySafety, InputError, LockHeld, OutOfOrder, ReconcilerError
from reconciler.model import (
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Forget,
    Plan,
    Record,
    Recreate,
    Release,
    Retain,
    Update,
)
from reconciler.simulate.counters import Counters


def count_plan(plan: Plan, counters: Counters) -> None:
    """Count what a plan shows."""
    made = {c.address for c in plan.changes if isinstance(c, Create)}
    for change in plan.changes:
        counters.count("decision table", row(change, replaced=change.address in made))
        counters.count("kinds", change.kind)
        for hold in change.held:
            counters.count("gates", hold.gate)
    if plan.unchanged:
        counters.count("decision table", "R D L: nothing to do", plan.unchanged)
    if plan.unmanaged:
        counters.count("decision table", "– – L: unmanaged", len(plan.unmanaged))
    for state in plan.unknown:
        doubled = "have this identity" in state.reason
        counters.count("decision table", "duplicate" if doubled else "unknown")
    for status in plan.providers.values():
        if "another account" in status.reason:
            counters.count("gates", "account")


def row(change: Change, *, replaced: bool) -> str:
    """Return the row of the decision table that a change belongs to."""
    match change:
        case Create():
            return "– D –: create"
        case Record(recorded=before):
            return "R D L: record" if before else "– D =: record"
        case Adopt(fields=fields):
            return "– D ≠: adopt" if fields else "– D ?: adopt, unverified"
        case Update() if change.conflict:
            return "R D L: update, conflict"
        case Update() if change.corrects_drift:
            return "R D L: update, drift"
        case Update():
            return "R D L: update, desired changed"
        case Release():
            return "R D L: release"
        case Recreate():
            return "R D –: recreate"
        case Delete():
            return "R D L: replace" if replaced else "R – L: delete"
        case Disable():
            return "R – L: disable"
        case Retain():
            return "R – L: retain"
        case Forget():
            return "R – –: forget"


def refusal(error: ReconcilerError) -> str:
    """Return the gate that refused a whole run; "" where none did."""
    match error:
        case OutOfOrder():
            return "older commit"
        case HeldBySafety():
            return "not merged"
        case LockHeld():
            return "lock"
        case InputError():
            return "instance gone" if "is gone from environment.yaml" in str(error) else ""
        case _:
            return "not committed" if "not committed" in str(error) else ""
