"""The calls that a plan with nothing to do made, beside those that pages and unavoidable detail reads sum to."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from reconciler.model import Resource


@runtime_checkable
class CountsReads(Protocol):
    """A running sandbox that knows what reading its vendor costs, from the vendor's documents and its own state."""

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan of these collections with nothing to do, by what they are for."""
        ...


@dataclass(frozen=True, slots=True)
class Calls:
    """What a plan asked of one instance, and what it had to."""

    instance: str
    made: int
    expected: Mapping[str, int]

    @property
    def right(self) -> bool:
        return self.made == sum(self.expected.values())

    def __str__(self) -> str:
        parts = ", ".join(f"{what} {count}" for what, count in self.expected.items())
        return f"{self.instance}: {self.made} {'=' if self.right else '≠'} {sum(self.expected.values())} ({parts})"


def calls(plan: str, sandboxes: Mapping[str, object], resources: Iterable[Resource]) -> tuple[Calls, ...]:
    """Return the calls of every instance whose sandbox counts reads. `plan` is what `plan --format json` printed."""
    status = json.loads(plan)["providers"]
    wanted: dict[str, set[str]] = {}
    for resource in resources:
        wanted.setdefault(resource.provider, set()).add(resource.address.collection)
    return tuple(
        Calls(name, status[name]["requests"], sandbox.expected_reads(sorted(wanted.get(name, ()))))
        for name, sandbox in sorted(sandboxes.items())
        if isinstance(sandbox, CountsReads) and name in status
    )
