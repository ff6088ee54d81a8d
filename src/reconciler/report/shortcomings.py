"""What keeps the objects of a plan from being as they should be: for a heartbeat that reports on them. Pure."""

from __future__ import annotations

from reconciler.model import LEDGER_ONLY, Pending, Plan


def shortcomings(plan: Plan) -> tuple[str, ...]:
    """Return a line for each change that is due, each unknown, what is pending, and each provider that was skipped.

    What is pending counts only from when it was due: a daily backup that was set up an hour ago has not failed.
    """
    changes = [c for c in plan.changes if not isinstance(c, LEDGER_ONLY)]
    return (
        *(f"{name} was not read: {status.reason}" for name, status in plan.providers.items() if status.status != "ok"),
        *(f"{change.address}: {change.action} is due: {', '.join(change.why)}" for change in changes),
        *(f"{unknown.subject}: could not be read: {unknown.reason}" for unknown in plan.unknown),
        *(f"{pending.address}: {pending.note}" for pending in plan.pending if not _early(pending, plan)),
    )


def not_yet_due(plan: Plan) -> tuple[str, ...]:
    """Return a line for each thing that is pending and not yet due."""
    return tuple(
        f"{pending.address}: {pending.note} (not due before {pending.due:%Y-%m-%d %H:%M}Z)"
        for pending in plan.pending
        if pending.due and _early(pending, plan)
    )


def _early(pending: Pending, plan: Plan) -> bool:
    return pending.due is not None and plan.created_at < pending.due
