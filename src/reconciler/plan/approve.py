"""Approvals: entries of `desired/approvals.yaml` that release a held change, or a held set, by its digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from reconciler.model import Approval, ApprovalNote, Change

PREFIX = 12  # hex digits: the least an approval may write


def release(
    changes: tuple[Change, ...], approvals: Iterable[Approval], today: date, held_before: frozenset[str]
) -> tuple[tuple[Change, ...], tuple[ApprovalNote, ...]]:
    """Return the changes without the holds that a valid approval names, and the approvals that did nothing.

    Holds without a digest cannot be approved. `held_before` are the digests the last run held: an approval of one of
    those that matches nothing now is stale (the object changed since); any other is unused, perhaps spent.
    """
    valid: list[Approval] = []
    notes: list[ApprovalNote] = []
    for approval in approvals:
        if date.fromisoformat(approval.until) < today:
            notes.append(ApprovalNote(approval, "expired"))
        else:
            valid.append(approval)
    used: set[str] = set()
    released = tuple(_release(change, valid, used) for change in changes)
    for approval in valid:
        if approval.digest not in used:
            stale = any(digest.startswith(approval.digest) for digest in held_before)
            notes.append(ApprovalNote(approval, "stale" if stale else "unused"))
    return released, tuple(notes)


def _release(change: Change, approvals: list[Approval], used: set[str]) -> Change:
    left = []
    notes = list(change.notes)
    for hold in change.held:
        match = next((a for a in approvals if hold.digest and _names(a, hold.digest)), None)
        if match:
            used.add(match.digest)
            notes.append(f"approved: {match.reason}")
        else:
            left.append(hold)
    if len(left) == len(change.held):
        return change
    return replace(change, held=tuple(left), notes=tuple(dict.fromkeys(notes)))


def _names(approval: Approval, digest: str) -> bool:
    return len(approval.digest) >= PREFIX and digest.startswith(approval.digest)
