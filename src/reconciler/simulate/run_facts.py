"""What is known about one run when it is judged: the vendor before and after, who tried what, what its commit says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reconciler.ledger.state import Announced, LedgerState
from reconciler.load.project import Project
from reconciler.model import Address, Approval, Recorded, Resource
from reconciler.simulate.process import Process
from reconciler.simulate.things import Key, Thing
from reconciler.simulate.watch import Attempt


@dataclass(frozen=True, slots=True)
class Printed:
    """A digest that a plan printed as what an approval must name: of which gates, for what, and how it looked then."""

    gates: frozenset[str]
    covers: frozenset[tuple[Address, str]]
    live: Mapping[Address, Thing]


@dataclass(slots=True)
class Facts:
    """One process's share of a run."""

    process: Process
    before: Mapping[Key, Thing]
    after: Mapping[Key, Thing]
    attempts: tuple[Attempt, ...]
    today: date
    by_hand: frozenset[Key] = frozenset()  # made by somebody else meanwhile
    printed: Mapping[str, Printed] = field(default_factory=dict)
    calm: bool = True  # what listings showed was what was there
    smooth: bool = False  # the run came to its end, and nothing that it tried failed
    unwelcome: Callable[[Resource], str] = lambda desired: ""  # what the provider has against writing it

    @property
    def project(self) -> Project:
        found: Project = self.process.project
        return found

    @property
    def ledger(self) -> LedgerState:
        found: LedgerState = self.process.ledger or LedgerState()
        return found

    def created(self) -> list[Thing]:
        """Return what is there now and was not before, and was tried by this process."""
        tried = {(a.instance, a.kind, a.identity) for a in self.attempts if a.operation == "create"}
        fresh = [t for key, t in self.after.items() if key not in self.before and key not in self.by_hand]
        return [t for t in fresh if (t.key.instance, t.key.kind, t.identity) in tried]

    def tried(self, *operations: str) -> set[Key]:
        """Return what this process tried these operations on."""
        return {Key(a.instance, a.kind, a.live_id) for a in self.attempts if a.operation in operations}

    def lost(self) -> list[Thing]:
        """Return what this process deleted or put out of service."""
        found = []
        for key in self.tried("delete", "disable"):
            was, now = self.before.get(key), self.after.get(key)
            if was is not None and (now is None or (now.inactive and not was.inactive)):
                found.append(was)
        return sorted(found, key=lambda t: str(t.key))

    def changed(self) -> list[tuple[Thing, Thing, Attempt]]:
        """Return what this process updated: as it was, as it is, and what it sent."""
        found = []
        for attempt in self.attempts:
            key = Key(attempt.instance, attempt.kind, attempt.live_id)
            was, now = self.before.get(key), self.after.get(key)
            if attempt.operation == "update" and was is not None and now is not None:
                found.append((was, now, attempt))
        return found

    def renamed(self) -> list[tuple[Key, Key]]:
        """Return what this process updated and has another id since: the old one, and the new."""
        fresh = [t for key, t in self.after.items() if key not in self.before and key not in self.by_hand]
        return [
            (old, thing.key)
            for a in self.attempts
            if a.operation == "update" and (old := Key(a.instance, a.kind, a.live_id)) not in self.after
            for thing in fresh
            if (thing.key.instance, thing.key.kind, thing.identity[:1]) == (a.instance, a.kind, a.identity[:1])
        ]

    def record_of(self, key: Key) -> Recorded | None:
        """Return what the ledger, as this process read it, has of a live object."""
        for address, record in self.ledger.records.items():
            if (record.provider, address.collection, record.live_id) == (key.instance, key.kind, key.id):
                return record
        return None

    def announced(self, thing: Thing) -> list[Address]:
        """Return the addresses under which runs that are over were about to make an object of that name."""
        name = (thing.key.instance, thing.key.kind, thing.identity)
        return [a.address for a in self._begun() if (a.provider, a.address.collection, a.identity) == name]

    def taking_over(self, thing: Thing) -> bool:
        """Return whether a run that is over was about to take this very object over."""
        return any((a.provider, a.live_id) == (thing.key.instance, thing.key.id) for a in self._begun())

    def _begun(self) -> list[Announced]:
        return [o.announced for o in self.ledger.orphans] + [*(self.ledger.begin.creates if self.ledger.begin else ())]

    def desired(self, thing: Thing) -> list[Resource]:
        """Return what the commit wants to be a thing: by its id, by its identity, or by one that takes its place."""
        return [
            r
            for r in self.project.resources
            if (r.provider, r.address.collection) == (thing.key.instance, thing.key.kind)
            and (r.lifecycle.id == thing.key.id or self._same(r, thing))
        ]

    def _same(self, resource: Resource, thing: Thing) -> bool:
        return self.project.kinds[thing.key.kind].collide(resource.identity, thing.identity)

    def approvals(self, gate: str, address: Address, action: str = "") -> list[Printed]:
        """Return the valid approvals of this commit for one gate and one change: each one that a plan printed.

        Of a renamed object a plan speaks under its new name.
        """
        names = {address, *self.moved_to(address)}
        found = filter(None, map(self._named, self.project.approvals))
        return [p for p in found if gate in p.gates and any(a in names and action in ("", x) for a, x in p.covers)]

    def moved_to(self, address: Address) -> list[Address]:
        """Return where `moved_from` says that an address has gone."""
        return [
            r.address
            for r in self.project.resources
            if r.lifecycle.moved_from and Address(r.address.collection, r.lifecycle.moved_from) == address
        ]

    def _named(self, approval: Approval) -> Printed | None:
        if date.fromisoformat(approval.until) < self.today or len(approval.digest) < 12:
            return None
        return next((p for digest, p in self.printed.items() if digest.startswith(approval.digest)), None)


def agrees(spec: Any, values: Any, *, skip: Any = None) -> bool:
    """Return whether what is written is what is there, for plain values. References and secrets are passed over."""
    if isinstance(spec, Mapping):
        return isinstance(values, Mapping) and all(agrees(v, values.get(k)) for k, v in spec.items())
    if isinstance(spec, tuple):
        have = list(values or ())
        if len(have) != len(spec):
            return False
        if all(isinstance(part, str | int) for part in spec):
            return sorted(map(str, spec)) == sorted(map(str, have))
        by = {str(p.get("name", p.get("pattern", i))): p for i, p in enumerate(have) if isinstance(p, Mapping)}
        return all(
            agrees(p, by.get(str(p.get("name", p.get("pattern", i)))))
            for i, p in enumerate(spec)
            if isinstance(p, Mapping)
        )
    if spec is None or isinstance(spec, str | int | float | bool):
        return bool(spec == values)
    return True
