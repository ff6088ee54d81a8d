"""Counts of what a plan holds: the `summary` of the JSON contract, and the words of the summary line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model import Change, Plan, Recreate, Update

ACTIONS = ("create", "update", "delete", "disable", "retain", "adopt", "recreate", "record", "release", "forget")
LOST_FIRST = ("delete", "disable", "recreate", "adopt", "update", "create", "retain", "release", "forget", "record")
_WORDS = {"retain": "let go of", "record": "record only", "release": "release fields of"}


def tally(plan: Plan, *, stale: int = 0) -> dict[str, int]:
    """Return the counts of the JSON contract. An action counts its held changes too; `held` says how many those are."""
    counts = dict.fromkeys(ACTIONS, 0)
    for change in plan.changes:
        counts[change.action] += 1
    return counts | {
        "held": sum(1 for c in plan.changes if c.held),
        "conflict": sum(1 for c in plan.changes if isinstance(c, Update) and c.conflict),
        "pending": len(plan.pending),
        "stale": stale,
        "unchanged": plan.unchanged,
        "unmanaged": len(plan.unmanaged),
        "unknown": len(plan.unknown),
    }


def hand_edits(changes: Iterable[Change]) -> int:
    """Return how many edits made outside these changes take back: one per field, one per object that was deleted."""
    count = 0
    for change in changes:
        if isinstance(change, Recreate):
            count += 1
        elif isinstance(change, Update):
            count += sum(1 for f in change.fields if f.cause in ("drift", "conflict"))
    return count


def phrase(changes: Iterable[Change]) -> str:
    """Return `2 to create, 1 to delete`, what loses most first; "" for none."""
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.action] = counts.get(change.action, 0) + 1
    return ", ".join(f"{counts[a]} to {_WORDS.get(a, a)}" for a in LOST_FIRST if a in counts)


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 change` or `3 changes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def by_action(changes: Iterable[Change]) -> Mapping[str, tuple[Change, ...]]:
    """Return the changes grouped by action, in plan order."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.action, []).append(change)
    return {action: tuple(group) for action, group in groups.items()}
