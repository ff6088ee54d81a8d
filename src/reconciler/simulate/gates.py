"""The gates said once more, as assertions over what was there before a run and what it took away.

Nothing here asks the engine's gates. What is removed is what is gone from the vendor; what was allowed is what the
commit says; an approval counts when a plan printed its digest for that gate and that change, and the object is still
what it was then.
"""

from __future__ import annotations

from collections import defaultdict

from reconciler.model import Recorded
from reconciler.simulate.run_facts import Facts
from reconciler.simulate.things import Thing
from reconciler.simulate.violation import GATES, Violated
from reconciler.values import SecretRef


def judge(facts: Facts) -> None:
    """Raise Violated when a process lost, changed or made something that a gate holds and nobody approved."""
    gone = [(thing, record) for thing in facts.lost() if (record := facts.record_of(thing.key))]
    for thing, record in gone:
        _protected(facts, thing, record)
        _authority(facts, thing)
        _data(facts, thing, record)
    _owners(facts)
    _emptied(facts, gone)
    _budget(facts, gone)
    _admins(facts)
    _operator(facts)
    _listing(facts, gone)
    _observed(facts)
    _secrets(facts)
    _recreated(facts)
    _unwelcome(facts)
    _replaced(facts, gone)


def _protected(facts: Facts, thing: Thing, record: Recorded) -> None:
    wanted = next((r for r in facts.project.resources if r.address == record.address), None)
    if record.lifecycle.protect or (wanted and wanted.lifecycle.protect):
        raise Violated(GATES, f"{thing.key} is protected, and it was removed")


def _authority(facts: Facts, thing: Thing) -> None:
    if facts.project.settings_for(thing.key.kind).authority != "managed":
        raise Violated(GATES, f"{thing.key} was removed from a collection that never loses anything")


def _data(facts: Facts, thing: Thing, record: Recorded) -> None:
    if not facts.project.kinds[thing.key.kind].data_bearing or thing.key in facts.after:
        return
    approved = facts.approvals("data", record.address, "delete")
    if not approved:
        raise Violated(GATES, f"{thing.key} holds data, and was deleted without an approval")
    names = (record.address, *facts.moved_to(record.address))
    if not any(then.key == thing.key for one in approved for name in names if (then := one.live.get(name))):
        raise Violated(GATES, f"{thing.key} was deleted by the approval of another object's deletion")


def _owners(facts: Facts) -> None:
    """What has another name than the one recorded; and what is known by its name alone, and may be anybody's."""
    for thing in facts.lost():
        record = facts.record_of(thing.key)
        if record is not None and record.identity == thing.identity:
            continue
        told = f"known as {'/'.join(record.identity)}" if record else "known only by what a dead run announced"
        if record is None and thing.created_at is not None and not facts.taking_over(thing):
            continue  # the vendor says that it was made since
        known = [record.address] if record else [a for a in facts.announced(thing)]
        if not any(facts.approvals("owner", address) for address in known):
            raise Violated(GATES, f"{thing.key} ({'/'.join(thing.identity)}), {told}, was removed without an approval")


def _emptied(facts: Facts, gone: list[tuple[Thing, Recorded]]) -> None:
    wanted = {r.address.collection for r in facts.project.resources}
    for thing, _ in gone:
        kind = thing.key.kind
        if kind not in wanted and not facts.project.settings_for(kind).allow_empty:
            raise Violated(GATES, f"{thing.key} was removed with the last desired {kind}, without allow_empty")


def _budget(facts: Facts, gone: list[tuple[Thing, Recorded]]) -> None:
    recorded: dict[str, int] = defaultdict(int)
    for address in facts.ledger.records:
        recorded[address.collection] += 1
    by_kind: dict[str, list[Recorded]] = defaultdict(list)
    for thing, record in gone:
        by_kind[thing.key.kind].append(record)
    over = [(k, found) for k, found in by_kind.items() if len(found) > max(1, recorded[k] // 10)]
    if len(gone) > 5:
        over.append(("all kinds", [record for _, record in gone]))
    for name, found in over:
        for record in found:
            if not facts.approvals("budget", record.address):
                raise Violated(GATES, f"{len(found)} of {name} were removed in one run, and nobody approved that many")


def _admins(facts: Facts) -> None:
    """The last admin of an account, where people are."""
    touched = facts.tried("delete", "disable", "update")
    for instance in sorted({key.instance for key in facts.before}):

        def admins(things: object, name: str = instance) -> list[Thing]:
            found = facts.before if things == "before" else facts.after
            people = [t for k, t in found.items() if k.kind == "people" and k.instance == name]
            return [t for t in people if t.values.get("role") == "admin" and not t.inactive]

        before, after = admins("before"), admins("after")
        ours = [t for t in before if t.key in touched]
        if before and not after and len(ours) == len(before):
            raise Violated(GATES, f"no active admin is left in {instance}: {', '.join(str(t.key) for t in before)}")


def _operator(facts: Facts) -> None:
    for thing in facts.lost():
        settings = facts.project.instances[thing.key.instance].settings
        if thing.key.kind == "people" and thing.identity[0] == getattr(settings, "operator", None):
            raise Violated(GATES, f"{thing.key} is the operator, and was put out of service")


def _listing(facts: Facts, gone: list[tuple[Thing, Recorded]]) -> None:
    """Most of a kind truly missing. While listings show something else, what the run saw cannot be known here."""
    if not facts.calm:
        return
    groups: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for address, record in facts.ledger.records.items():
        groups[record.provider, address.collection].append(record)
    there = {(key.instance, key.kind, key.id) for key in facts.before}
    for (instance, kind), records in groups.items():
        missing = [r for r in records if (instance, kind, r.live_id) not in there]
        if len(missing) < 3 or len(missing) * 2 <= len(records):
            continue
        touched = [t for t in facts.created() if (t.key.instance, t.key.kind) == (instance, kind)]
        touched += [t for t, _ in gone if (t.key.instance, t.key.kind) == (instance, kind)]
        for thing in touched:
            tried = next((a.address for a in facts.attempts if a.address and a.identity == thing.identity), None)
            known = facts.record_of(thing.key)
            name = known.address if known else tried
            if name is None or not facts.approvals("listing", name):
                raise Violated(GATES, f"{thing.key} was written while {len(missing)} of {len(records)} {kind} are gone")


def _observed(facts: Facts) -> None:
    for attempt in facts.attempts:
        if facts.project.settings_for(attempt.kind).authority == "observe":
            raise Violated(GATES, f"{attempt.operation} of {attempt.kind}, which are only observed")


def _secrets(facts: Facts) -> None:
    """Git alone says when a secret is sent: another value under the same reference stays at home."""
    for was, _, attempt in facts.changed():
        record = facts.record_of(was.key)
        if record is None or attempt.address != record.address:
            continue
        wanted = next((r.spec for r in facts.project.resources if r.address == attempt.address), {})
        for name, sent in attempt.sent.items():
            written = wanted.get(name)
            if not isinstance(written, SecretRef) or record.spec.get(name) != written:
                continue
            applied = facts.process.applied.get((was.key, name))
            if applied is not None and len(str(applied)) >= 16 and applied != str(sent):
                raise Violated(GATES, f"{was.key}: another value of {written.name} was sent without `rotate`")


def _recreated(facts: Facts) -> None:
    """An object that holds data, or a value made once, is not made again because somebody deleted it."""
    lost = {a: r for a, r in facts.ledger.records.items()}
    for thing in facts.created():
        attempt = next(a for a in facts.attempts if a.operation == "create" and a.identity == thing.identity)
        record = lost.get(attempt.address) if attempt.address else None
        if record is None or attempt.address is None or record.provider != thing.key.instance:
            continue
        known = any((k.kind, k.id) == (thing.key.kind, record.live_id) for k in facts.before)
        if known or not facts.project.kinds[thing.key.kind].data_bearing:
            continue
        if not facts.approvals("recreate", attempt.address):
            raise Violated(GATES, f"{attempt.address} held data, is gone, and was made again without an approval")


def _unwelcome(facts: Facts) -> None:
    """What the provider itself has something against is not sent to it."""
    wanted = {(r.address, r.provider): r for r in facts.project.resources}
    for attempt in facts.attempts:
        desired = wanted.get((attempt.address, attempt.instance)) if attempt.address else None
        if desired is not None and (why := facts.unwelcome(desired)):
            raise Violated(GATES, f"{attempt.operation} of {attempt.address} was sent, though {why}")


def _replaced(facts: Facts, gone: list[tuple[Thing, Recorded]]) -> None:
    """What goes for another to take its place goes only where that one is made."""
    tried = {a.address for a in facts.attempts if a.address}
    there = {(t.key.instance, t.key.kind, t.identity) for t in facts.after.values()}
    wanted = {r.address: (r.provider, r.address.collection, r.identity) for r in facts.project.resources}
    for thing, record in gone if facts.smooth else ():
        name = wanted.get(record.address)
        if name is not None and name not in there and record.address not in tried:
            raise Violated(GATES, f"{thing.key} was removed, and what was to take its place was never tried")
