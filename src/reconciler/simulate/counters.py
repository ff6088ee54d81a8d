"""What the worlds reached: gates that fired, faults that struck, rows of the decision table, kinds, steps, crashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GATES = (
    "account", "listing", "emptied", "protect", "budget", "data", "meaning", "authority", "adopt", "recreate",
    "on_drift", "secret", "immutable", "identity", "in use", "pin", "owner", "dependency", "reference", "unknown",
    "target", "provider", "older commit", "not merged", "not committed", "instance gone", "lock",
)  # fmt: skip
ROWS = (
    "– D –: create", "– D =: record", "– D ?: adopt, unverified", "– D ≠: adopt", "R D L: nothing to do",
    "R D L: update, desired changed", "R D L: update, drift", "R D L: update, conflict", "R D L: replace",
    "R D L: release", "R D L: record", "R D –: recreate", "R – L: delete", "R – L: disable", "R – L: retain",
    "R – –: forget", "– – L: unmanaged", "unknown", "duplicate",
)  # fmt: skip
FAULTS = (
    "429, Retry-After in seconds", "429, Retry-After as a date", "429, no Retry-After", "429, and no more tries",
    "server error before the effect", "server error after the effect", "reset before the effect",
    "reset after the effect", "slow, before the effect", "slow, after the effect", "truncated answer",
    "answer that is not JSON", "refusal that quotes the request", "listing that ends early",
    "page silently gone", "read-after-write lag", "credential revoked in mid-run", "crash", "two runs racing",
    "ledger unreachable", "ledger push lost before the effect", "ledger push lost after the effect", "clock skew",
    "unreadable object", "bug in a provider", "a run that takes long",
)  # fmt: skip
CRASHES = (
    "before a write", "after a write", "before ledger begin", "after ledger begin", "before ledger finish",
    "after ledger finish", "before ledger renew", "after ledger renew", "before ledger run", "after ledger run",
    "before ledger held", "after ledger held", "while reading",
)  # fmt: skip


@dataclass(slots=True)
class Counters:
    """Counts by group and name. Names that are expected and were never met stand there with 0."""

    groups: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def expecting(cls, kinds: Iterable[str], steps: Iterable[str]) -> Counters:
        """Return counters that are all zero."""
        expected = {
            "gates": GATES, "decision table": ROWS, "faults": FAULTS, "crash points": CRASHES,
            "kinds": sorted(kinds), "steps": tuple(steps),
        }  # fmt: skip
        return cls({group: Counter(dict.fromkeys(names, 0)) for group, names in expected.items()})

    def count(self, group: str, name: str, times: int = 1) -> None:
        """Add to one count."""
        self.groups.setdefault(group, Counter())[name] += times

    def add(self, other: Mapping[str, Mapping[str, int]]) -> None:
        """Add the counts of another world."""
        for group, counts in other.items():
            for name, times in counts.items():
                self.count(group, name, times)

    def plain(self) -> dict[str, dict[str, int]]:
        """Return the counts as plain data."""
        return {group: dict(counts) for group, counts in self.groups.items()}

    def zeros(self) -> list[str]:
        """Return `group: name` of everything that was never reached."""
        return [f"{group}: {name}" for group, counts in self.groups.items() for name, n in counts.items() if not n]
