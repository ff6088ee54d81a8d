"""Whether the newest scheduled backup of a branch is as new as its schedule promises. Pure.

Neon says nothing of a backup that did not happen: it is told by the snapshots (fact sheet, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from reconciler_neon.answers import text_of

SLACK = timedelta(hours=2)
LONGEST = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=31)}


def overdue(
    schedule: Sequence[Mapping[str, Any]],
    branch: Mapping[str, Any],
    snapshots: Iterable[Mapping[str, Any]],
    now: datetime,
) -> str:
    """Return what is wrong with the newest backup of a branch, as a sentence without ages; "" when nothing is.

    Only scheduled snapshots of the branch count. It may be older than its schedule's shortest interval by two hours.
    """
    longest = promised(schedule)
    if longest is None:
        return ""
    made = _made(branch, snapshots)
    if not made and branch.get("restored_from"):
        return "restored from a snapshot, and not backed up since: the next scheduled backup is the first"
    if not made:
        return "no scheduled backup was made yet: Neon makes the first at the next hour of the schedule"
    newest = max(made)
    if now - newest <= longest:
        return ""
    return f"the newest backup is of {newest:%Y-%m-%d %H:%M}Z, and the schedule promises a newer one: look into Neon"


def promised(schedule: Sequence[Mapping[str, Any]]) -> timedelta | None:
    """Return how old the newest backup may become under a schedule; None where it promises nothing."""
    intervals = [LONGEST[str(e["frequency"])] for e in schedule if e.get("frequency") in LONGEST]
    return min(intervals) + SLACK if intervals else None


def first_due(
    schedule: Sequence[Mapping[str, Any]], branch: Mapping[str, Any], snapshots: Iterable[Mapping[str, Any]]
) -> timedelta | None:
    """Return how long after it was set a schedule may be without its first backup; None once there is one."""
    return None if _made(branch, snapshots) else promised(schedule)


def _made(branch: Mapping[str, Any], snapshots: Iterable[Mapping[str, Any]]) -> list[datetime]:
    return [
        datetime.fromisoformat(text_of(s, "created_at"))
        for s in snapshots
        if s.get("source_branch_id") == branch.get("id") and s.get("manual") is False
    ]
