"""Whether the ledger tells the truth: after every run, and once more when everything has come to rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.ledger.state import LedgerState
from reconciler.load.project import Project
from reconciler.simulate.oracle import Oracle, announced
from reconciler.simulate.things import Key, Thing
from reconciler.simulate.violation import LEDGER, Violated


def specs(ledger: LedgerState, commits: Mapping[str, Project]) -> None:
    """Raise Violated when a record's spec is not what `desired/` says at the record's commit."""
    for address, record in ledger.records.items():
        project = commits.get(record.commit)
        if project is None:
            raise Violated(LEDGER, f"the record of {address} names the commit {record.commit[-6:]}, which nobody made")
        wanted = next((r for r in project.resources if r.address == address), None)
        if wanted is None or wanted.spec != record.spec:
            raise Violated(LEDGER, f"the record of {address} is not what its commit {record.commit[-6:]} says")


def lives(ledger: LedgerState, things: Mapping[Key, Thing], gone: Collection[Key]) -> None:
    """Raise Violated when a record names an object that is not there.

    `gone`: what was removed by hand, or by a run that ended before it could say so.
    """
    for address, record in ledger.records.items():
        key = Key(record.provider, address.collection, record.live_id)
        if key not in things and key not in gone:
            raise Violated(LEDGER, f"{address} is recorded as {key}, which is not there, and nobody removed it by hand")


def at_rest(ledger: LedgerState, things: Mapping[Key, Thing], oracle: Oracle, waiting: Collection[Key]) -> None:
    """Raise Violated when something of ours is not recorded, though nothing is left to do.

    `waiting`: what a gate holds, or what only a person can tell apart.
    """
    recorded = {Key(r.provider, a.collection, r.live_id) for a, r in ledger.records.items()}
    for key in sorted(oracle.owned - oracle.claimed, key=str):
        thing = things.get(key)
        if thing is None or thing.inactive or key in recorded or key in waiting:
            continue
        if announced(thing, ledger):
            continue  # known by its name, and waiting until something else that has been given that address is decided
        if key not in oracle.recorded and oracle.made_for.get(key) in ledger.records:
            # Made by a run that could not say so; then its address was renamed onto another object, and that one taken
            # over by `adopt` or an approval. An address has one object: the first is let go, and shows as unmanaged.
            continue
        raise Violated(LEDGER, f"{key} ({'/'.join(thing.identity)}) is ours, and the ledger does not know it")
