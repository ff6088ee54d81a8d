"""Whose an object is, told without the engine: by who made it, and by what its desired state allows to take over.

An object is ours when a run of ours made it, or when it was taken over in one of the ways there are: written with
`adopt: true`, approved by a digest that a plan printed for it, already as desired, or put out of service before. Every
write of a run is held against that, field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.kind.shape import Shape, shape_of
from reconciler.ledger.state import LedgerState, Orphan
from reconciler.model import Address, Resource
from reconciler.simulate.run_facts import Facts, agrees
from reconciler.simulate.things import Key, Thing
from reconciler.simulate.violation import DOUBLES, OWNERSHIP, Violated
from reconciler.simulate.watch import Attempt
from reconciler.values import Generated, OutputRef, SecretRef

SKEW = timedelta(minutes=2)  # how far clocks may be apart
Plain = frozenset[str]


@dataclass(slots=True)
class Oracle:
    """What is ours at this moment, and what was ours once."""

    owned: set[Key] = field(default_factory=set)
    made: set[Key] = field(default_factory=set)  # by a run of ours, whatever became of it
    claimed: set[Key] = field(default_factory=set)  # taken for ours because a run that died announced its name
    made_for: dict[Key, Address] = field(default_factory=dict)  # the address that desired it when it was made
    recorded: set[Key] = field(default_factory=set)  # in the ledger at some time
    exact: bool = True  # what is stored can be compared with what is written
    moves_along: Callable[[str], Plain] = lambda kind: frozenset()  # fields that a vendor changes with others
    reference_fields: Callable[[str], Plain] = lambda kind: frozenset()  # fields stored as ids, or as the vendor likes

    def judge(self, facts: Facts) -> None:
        """Hold every write of one process against what is ours. Raises Violated."""
        self._created(facts)
        for old, new in facts.renamed():
            if old in self.owned:  # the same object: where an id is the name, a new name is a new id
                self.owned.add(new)
                self.made |= {new} if old in self.made else set()
        for was, now, attempt in facts.changed():
            self._may_write(was, facts, "changed", effect=was.values != now.values)
            self._changed(was, facts.after[was.key], attempt, facts)
        for was in facts.lost():
            self._may_write(was, facts, "removed")

    def _created(self, facts: Facts) -> None:
        for thing in facts.created():
            self.owned.add(thing.key)
            self.made.add(thing.key)
            wanted = self._desired_by_name(thing, facts)
            if wanted is None:
                raise Violated(OWNERSHIP, f"{thing.key} ({'/'.join(thing.identity)}) was made, and nothing desires it")
            self.made_for[thing.key] = wanted.address
        self.no_doubles(facts.after)

    def no_doubles(self, things: Mapping[Key, Thing]) -> None:
        """Raise Violated when two live objects of one identity were both made by us."""
        seen: dict[tuple[str, str, tuple[str, ...]], Key] = {}
        for key, thing in sorted(things.items(), key=lambda item: str(item[0])):
            if key not in self.made or key not in self.owned:
                continue  # what was let go by `on_remove: retain` is somebody else's now
            name = (key.instance, key.kind, thing.identity)
            if name in seen:
                raise Violated(DOUBLES, f"{seen[name]} and {key} were both made by us as {'/'.join(thing.identity)}")
            seen[name] = key

    def _desired_by_name(self, thing: Thing, facts: Facts) -> Resource | None:
        return next(
            (
                r
                for r in facts.project.resources
                if (r.provider, r.address.collection, r.identity)
                == (thing.key.instance, thing.key.kind, thing.identity)
            ),
            None,
        )

    def _may_write(self, was: Thing, facts: Facts, done: str, *, effect: bool = True) -> None:
        if was.key in self.owned:
            return
        why = self.taken_over(was, facts)
        if not why:
            raise Violated(OWNERSHIP, f"{was.key} ({'/'.join(was.identity)}) was {done}, and it is not ours")
        if effect:  # a first write that was refused makes nothing ours
            self.owned.add(was.key)
        if why == "announced" or not facts.process.finished:  # or taken over by a run that could not say so
            self.claimed.add(was.key)

    def taken_over(self, thing: Thing, facts: Facts) -> str:
        """Return by what right a run may take this object over; "" for none."""
        if announced(thing, facts.ledger):
            # A run of ours that died had said that it was about to make an object of this name, and this one was made
            # since: nobody can tell it from ours. Ledger and lock, in the design: those are taken for ours.
            return "announced"
        rights = (self._right(desired, thing, facts) for desired in facts.desired(thing))
        return next((right for right in rights if right), "")

    def _right(self, desired: Resource, thing: Thing, facts: Facts) -> str:
        """Return by what right this desired object may be that thing; "" for none."""
        if desired.lifecycle.adopt:
            return "adopt: true"
        if thing.inactive:
            return "out of service"
        written = {Key(a.instance, a.kind, a.live_id) for a in facts.attempts}
        unread = self.exact and hidden(desired, shape_of(facts.project.kinds[thing.key.kind]))
        if self.as_desired(desired, thing) and not unread and (self.exact or thing.key not in written):
            return "already so"
        if self.as_desired(desired, thing) and rotates(desired):
            return "rotate"  # its hidden value is sent on the word of git: `rotate` was written
        approved = facts.approvals("adopt", desired.address)
        if approved:
            then = [seen for one in approved if (seen := one.live.get(desired.address)) is not None]
            if not any(seen.key == thing.key and self._same(seen, thing, desired) for seen in then):
                raise Violated(OWNERSHIP, f"{thing.key} was taken over by an approval of something else than it is now")
            return "approved"
        return ""

    def _same(self, then: Thing, now: Thing, desired: Resource) -> bool:
        """Return whether an object is, in its managed plain fields, as it was when its approval was printed."""
        names = {n for n, v in desired.spec.items() if not isinstance(v, SecretRef | Generated | OutputRef)}
        names -= self.reference_fields(now.key.kind)
        return all(then.values.get(n) == now.values.get(n) for n in names)

    def as_desired(self, desired: Resource, thing: Thing) -> bool:
        """Return whether every plain managed field of an object is as it is written."""
        if not self.exact:
            return (
                True  # vendors normalise in ways of their own; there, only writes are judged. Memory worlds judge this
            )
        unread = {"value"} if thing.values.get("type") == "sensitive" else set()  # what cannot be read is not compared
        skip = self.reference_fields(thing.key.kind) | unread | {p.partition(".")[0] for p in desired.lifecycle.ignore}
        return agrees({n: v for n, v in desired.spec.items() if n not in skip}, thing.values)

    def _changed(self, was: Thing, now: Thing, attempt: Attempt, facts: Facts) -> None:
        """Raise Violated when an update touched a field that nobody manages, or one that it was told to leave."""
        wanted = next((r for r in facts.project.resources if r.address == attempt.address), None)
        if wanted is None:
            raise Violated(OWNERSHIP, f"{was.key} was changed, and nothing desires it")
        managed = {*wanted.spec, *type_identity(facts, wanted.address), *self.moves_along(was.key.kind)}
        for name in {*was.values, *now.values}:
            before, after = was.values.get(name), now.values.get(name)
            if before == after:
                continue
            if name not in managed:
                raise Violated(OWNERSHIP, f"{was.key}: {name} was changed, and {wanted.address} does not write it")
            if name in wanted.lifecycle.ignore and name not in self.reference_fields(was.key.kind):
                raise Violated(OWNERSHIP, f"{was.key}: {name} was changed, and {wanted.address} ignores it")
            written = wanted.spec.get(name)
            if (
                self.exact
                and isinstance(written, Mapping)
                and isinstance(before, Mapping)
                and isinstance(after, Mapping)
            ):
                other = {k for k in {*before, *after} - {*written} if before.get(k) != after.get(k)}
                if other:
                    gone = ", ".join(sorted(other))
                    raise Violated(OWNERSHIP, f"{was.key}: {name}.{gone} was changed, and nobody wrote it")

    def learn(self, ledger: LedgerState, facts: Facts) -> None:
        """Take over what the ledger says is ours, if it may be; let go of what was released from it."""
        recorded = {Key(r.provider, a.collection, r.live_id) for a, r in ledger.records.items()}
        for key in sorted(recorded - self.owned, key=str):
            thing = facts.after.get(key)
            if thing is None:
                continue
            why = self.taken_over(facts.before.get(key, thing), facts)
            self.claimed |= {key} if why == "announced" else set()
            if not why:
                raise Violated(OWNERSHIP, f"{key} ({'/'.join(thing.identity)}) is recorded as ours, and it is not")
            self.owned.add(key)
        before = facts.ledger
        kept = {*ledger.records}
        for address, record in before.records.items():
            key = Key(record.provider, address.collection, record.live_id)
            how = record.lifecycle.on_remove or facts.project.kinds[address.collection].on_remove
            moved = address in kept and ledger.records[address].provider != record.provider
            if (address not in kept or moved) and key not in recorded and how == "retain":
                self.owned.discard(key)
        self._retained(ledger, facts)

    def _retained(self, ledger: LedgerState, facts: Facts) -> None:
        """Let go of what a dead run announced and made, and what was left in place when it was no longer desired."""
        for key in sorted(self.owned & facts.after.keys(), key=str):
            thing, how = facts.after[key], facts.project.kinds[key.kind].on_remove
            let_go = announced(thing, facts.ledger) and not announced(thing, ledger)
            known = any((a.collection, r.live_id) == (key.kind, key.id) for a, r in ledger.records.items())
            if how == "retain" and let_go and not known:
                self.owned.discard(key)

    def forget_gone(self, things: Iterable[Key]) -> None:
        """Let go of what is not there any more."""
        self.owned &= {*things}


def announced(thing: Thing, ledger: LedgerState) -> bool:
    """Return whether a run that is over announced an object of this name, and this one was made since."""
    begun = [*ledger.orphans]
    if ledger.begin:
        begun += [Orphan(a, ledger.begin.run, ledger.begin.started_at) for a in ledger.begin.creates]
    return any(
        (o.announced.provider, o.announced.address.collection, o.announced.identity)
        == (thing.key.instance, thing.key.kind, thing.identity)
        # Where the vendor does not say when an object was made, its name alone decides.
        and (thing.created_at is None or thing.created_at >= o.since - SKEW or o.announced.live_id == thing.key.id)
        for o in begun
    )


def hidden(desired: Resource, shape: Shape) -> bool:
    """Return whether a desired object has a value that can never be read back and compared."""
    unread = {name for name, member in shape.fields.items() if member.write_only}
    if desired.spec.get("type") == "sensitive":
        unread.add("value")
    return bool(unread & desired.spec.keys() - {*desired.lifecycle.ignore})


def rotates(desired: Resource) -> bool:
    """Return whether git says that a hidden value is to be sent."""
    return any(isinstance(v, SecretRef | Generated) and v.rotate for v in desired.spec.values())


def type_identity(facts: Facts, address: Address) -> tuple[str, ...]:
    """Return the identity fields of a kind: writing an object manages its name."""
    return facts.project.kinds[address.collection].identity
