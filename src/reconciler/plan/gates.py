"""The gates: what keeps a change from being carried out. Each is pure: changes and the situation in, holds out.

Gates see the full plan, before `--target` narrows it. A gate that judges a set holds all of it, never a choice of some,
under one digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reconciler.kind.base import Kind, Removal
from reconciler.kind.settings import ProviderSettings
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Forget,
    Hold,
    Recorded,
    Recreate,
    Resource,
    Retain,
    Scope,
    Update,
)
from reconciler.plan.digest import set_digest
from reconciler.plan.state import Observation

Key: TypeAlias = tuple[Address, str, str]  # address, action and instance
Holds: TypeAlias = Mapping[Key, Hold]


@dataclass(frozen=True, slots=True)
class Situation:
    """What the gates know beside the changes."""

    resources: tuple[Resource, ...]
    records: Mapping[Address, Recorded]
    kinds: Mapping[str, type[Kind]]
    observation: Observation
    settings: Mapping[str, ProviderSettings] = field(default_factory=dict)
    authority: Mapping[str, str] = field(default_factory=dict)
    allow_empty: frozenset[str] = frozenset()
    others: tuple[Recorded, ...] = ()  # what dead runs announced, beside the records of the same addresses

    def recorded_in(self, collection: str) -> list[Recorded]:
        return [r for a, r in self.records.items() if a.collection == collection and not r.interrupted]


def key(change: Change) -> Key:
    """Return what names a change within a plan: an address may have a delete and a create, and one that moved two."""
    return (change.address, change.action, change.provider)


def _each(changes: Iterable[Change], gate: str, reason: str, next_step: str, *, approvable: bool) -> Holds:
    """Hold a set together: one digest for all of it."""
    chosen = list(changes)
    digest = set_digest(gate, (c.digest for c in chosen)) if approvable and chosen else ""
    return {key(c): Hold(gate, reason, next_step, digest) for c in chosen}


def wrong_account(expect: Mapping[str, str] | None, recorded: Mapping[str, str] | None, scope: Scope) -> str:
    """Return why a credential does not belong to this environment; "" when it does.

    `expect:` rules where it is written; else the first scope ever seen is enforced.
    """
    wanted, source = (expect, "expect:") if expect else (recorded, "the account this environment was first applied to")
    wrong = [
        f"{name} is {scope.fields.get(name, 'not reported')}, not {value}"
        for name, value in sorted((wanted or {}).items())
        if scope.fields.get(name) != value
    ]
    return f"the credential belongs to another account: {'; '.join(wrong)} ({source})" if wrong else ""


def plausible_listing(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """3 or more, and over half, of a kind's recorded ids missing: creates and deletes of the kind are held.

    So are forgets: a listing of the wrong account must not make us lose track of what is ours.
    """
    holds: dict[Key, Hold] = {}
    groups: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for record in (*situation.records.values(), *situation.others):
        if not record.interrupted:
            groups[record.provider, record.address.collection].append(record)
    for (provider, kind), records in groups.items():
        listing = situation.observation.listing(provider, kind)
        present = {live.id for live in listing.live}
        missing = sum(record.live_id not in present for record in records)
        if listing.unknown or missing < 3 or missing * 2 <= len(records):
            continue
        reason = f"{missing} of {len(records)} recorded {kind} are missing from the listing: is this the right account?"
        affected = [
            c
            for c in changes
            if c.provider == provider
            and c.kind == kind
            and isinstance(c, Create | Recreate | Delete | Disable | Forget)
        ]
        holds.update(_each(affected, "listing", reason, "check the account, then approve", approvable=True))
    return holds


def desired_not_emptied(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """A collection that goes from some to none needs `allow_empty: true`."""
    holds: dict[Key, Hold] = {}
    wanted = {r.address.collection for r in situation.resources}
    for kind in {c.kind for c in changes if isinstance(c, Delete | Disable | Retain)}:
        count = len(situation.recorded_in(kind))
        if count and kind not in wanted and kind not in situation.allow_empty:
            affected = [c for c in changes if c.kind == kind and isinstance(c, Delete | Disable | Retain)]
            reason = f"desired/ no longer names any of {count} {kind}"
            step = f"write `collections: {{{kind}: {{allow_empty: true}}}}` in environment.yaml if that is meant"
            holds.update(_each(affected, "emptied", reason, step, approvable=False))
    return holds


def protection(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """`protect` in the recorded or the desired state holds a removal: unprotecting and removing take two merges."""
    desired = {r.address: r for r in situation.resources}
    holds: dict[Key, Hold] = {}
    for change in changes:
        if isinstance(change, Delete | Disable):
            wanted = desired.get(change.address)
            if change.recorded.lifecycle.protect or (wanted and wanted.lifecycle.protect):
                holds[key(change)] = Hold(
                    "protect", "it is protected", "first merge `lifecycle: {protect: false}`, then remove it"
                )
    return holds


def budget(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """At most max(1, 10 %) of a kind and 5 in all may go in one plan, and half of a kind of 10 or more may change."""
    holds: dict[Key, Hold] = {}
    changes = tuple(c for c in changes if not any(h.gate == "authority" for h in c.held))  # they never run: no cost
    removals = [c for c in changes if isinstance(c, Delete | Disable)]
    if len(removals) > 5:
        reason = f"{len(removals)} removals in one plan, more than 5"
        holds.update(_each(removals, "budget", reason, "remove fewer at a time, or approve the set", approvable=True))
    for kind in sorted({c.kind for c in changes}):
        recorded = len(situation.recorded_in(kind))
        gone = [c for c in removals if c.kind == kind]
        if len(gone) > max(1, recorded // 10) and key(gone[0]) not in holds:
            reason = f"{len(gone)} removals of {recorded} recorded {kind}, more than max(1, 10 %)"
            holds.update(_each(gone, "budget", reason, "remove fewer at a time, or approve the set", approvable=True))
        updates = [c for c in changes if c.kind == kind and isinstance(c, Update)]
        if recorded >= 10 and len(updates) * 2 > recorded:
            reason = f"{len(updates)} updates of {recorded} recorded {kind}, more than half"
            holds.update(
                _each(updates, "budget", reason, "change fewer at a time, or approve the set", approvable=True)
            )
    return holds


def meaning(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """What must never go (the kind's own guards), and data-bearing kinds, which go only with an approval."""
    holds: dict[Key, Hold] = {}
    groups: dict[tuple[str, str], list[Delete | Disable | Update | Adopt]] = defaultdict(list)
    for change in changes:
        if isinstance(change, Delete | Disable | Update | Adopt):
            groups[change.provider, change.kind].append(change)
        if isinstance(change, Delete) and situation.kinds[change.kind].data_bearing:
            reason = f"{change.kind} hold data"
            holds[key(change)] = Hold("data", reason, "approve it by its digest", change.digest)
    for (provider, kind), group in groups.items():
        settings = situation.settings.get(provider)
        if settings is None:
            continue
        removals = tuple(
            Removal(c.address, c.live, c.desired if isinstance(c, Update | Adopt) else None) for c in group
        )
        live = situation.observation.listing(provider, kind).live
        refused = situation.kinds[kind].guards(removals, live, settings)
        for change in group:
            if change.address in refused:
                holds[key(change)] = Hold("meaning", refused[change.address])
    return holds


def authority(changes: tuple[Change, ...], situation: Situation) -> Holds:
    """`observe` collections are only reported; `additive` ones never lose anything."""
    holds: dict[Key, Hold] = {}
    for change in changes:
        mode = situation.authority.get(change.kind, "managed")
        if mode == "observe":
            holds[key(change)] = Hold("authority", f"{change.kind} are only observed (authority: observe)")
        elif mode == "additive" and isinstance(change, Delete | Disable):
            holds[key(change)] = Hold("authority", f"{change.kind} are never deleted (authority: additive)")
    return holds


GATES: tuple[Callable[[tuple[Change, ...], Situation], Holds], ...] = (
    authority,
    plausible_listing,
    desired_not_emptied,
    protection,
    budget,
    meaning,
)


def apply_gates(changes: tuple[Change, ...], situation: Situation) -> tuple[Change, ...]:
    """Return the changes with every gate's holds added."""
    for gate in GATES:
        holds = gate(changes, situation)
        changes = tuple(replace(c, held=(*c.held, holds[key(c)])) if key(c) in holds else c for c in changes)
    return changes
