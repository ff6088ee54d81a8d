"""Desired, live and recorded state in; the plan out. The same code serves `plan`, `drift` and `apply`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Forget,
    Hold,
    Live,
    Plan,
    Recreate,
    Retain,
    UnknownState,
    Unmanaged,
    Update,
)
from reconciler.plan.approve import release
from reconciler.plan.conceal import Concealing
from reconciler.plan.decide import Decider
from reconciler.plan.digest import plan_digest, with_digest
from reconciler.plan.follow import with_followers
from reconciler.plan.gates import Situation, apply_gates
from reconciler.plan.in_use import held_in_use, held_with_users
from reconciler.plan.match import Matches, match
from reconciler.plan.moves import held_by_move
from reconciler.plan.narrow import add_holds, inside, selected
from reconciler.plan.no_value import held_without_value
from reconciler.plan.order import ordered
from reconciler.plan.pins import held_by_pin
from reconciler.plan.preview import noted, previewed
from reconciler.plan.references import References, external_names, live_id_of, targets
from reconciler.plan.renamed import with_hints
from reconciler.plan.state import Observation, PlanInput
from reconciler.plan.waiting import held_with_others


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, with what carrying it out needs: which live id each address has, and what outputs resolve to.

    `unread` says why of an address nothing, or not everything, could be read; `concealing` what not to show of it.
    """

    plan: Plan
    matches: Matches
    references: References
    unread: Mapping[Address, str]
    concealing: Concealing

    def live_ids(self) -> dict[Address, str]:
        return {m.address: live_id_of(m) for m in self.matches.items if live_id_of(m)}


def make_plan(given: PlanInput) -> Planned:
    """Return the plan for one environment. Pure: equal input gives an equal plan."""
    shapes = {name: shape_of(kind) for name, kind in given.kinds.items()}
    matches = match(given.resources, given.records, given.observation, shapes, given.others)
    references = References(matches.items, given.observation)
    concealing = Concealing.of(given.kinds, given.every)
    decider = Decider(given.kinds, references, given.secrets, concealing)
    decisions = [(item, decider.decide(item)) for item in matches.items]
    changes = tuple(c for _, decision in decisions for c in decision.changes)
    changes = tuple(_digested(c, given, references, concealing) for c in changes)
    changes = _held_by_references(changes, given, matches, shapes)
    changes = _held_by_identity(changes, matches, shapes)
    changes = held_by_move(held_by_pin(changes, matches), given, matches)
    changes = held_in_use(changes, matches, references, shapes)
    changes = apply_gates(changes, _situation(given))
    changes, waiting = previewed(changes, given)
    changes, approvals = release(changes, given.approvals, given.now.date(), given.held_before)
    changes = held_without_value(changes, references, given.kinds)
    changes = held_with_users(changes, matches, references, shapes)
    managed = [m for m in matches.items if given.authority.get(m.address.collection) != "observe"]
    changes, touched = with_followers(held_with_others(changes, shapes), managed, shapes)
    changes = tuple(
        _digested(noted(c, given), given, references, concealing) if c.address in touched else c for c in changes
    )
    changes = with_hints(ordered(changes, shapes), given.kinds)
    chosen = held_with_others(selected(changes, given, shapes), shapes)
    seen = [(i, d) for i, d in decisions if inside(i.address, i.provider, given)]
    visible = {i.address for i, _ in seen}
    unknown = [*(u for _, d in seen for u in d.unknown), *_unlisted(given, matches)]
    plan = Plan(
        environment=given.environment,
        commit=given.commit,
        created_at=given.now,
        changes=chosen,
        digest=plan_digest(chosen, given.targets, given.providers),
        unchanged=sum(1 for i, d in seen if i.desired and i.live and not d.changes and not d.unknown),
        drift=tuple(drift for _, d in seen for drift in d.drift),
        unmanaged=tuple(_unmanaged(given, matches)),
        unknown=_grouped(unknown, given.observation),
        pending=(*(p for _, d in seen for p in d.pending), *(p for p in waiting if p.address in visible)),
        providers=given.observation.statuses,
        approvals=approvals,
        notices=given.notices,
        narrowed=bool(given.targets or given.providers),
    )
    unread = {i.address: d.unknown[0].reason for i, d in decisions if d.unknown}
    return Planned(plan, matches, references, unread, concealing)


def _situation(given: PlanInput) -> Situation:
    return Situation(
        given.resources,
        given.records,
        given.kinds,
        given.observation,
        given.settings,
        given.authority,
        given.allow_empty,
        given.others,
    )


def _digested(change: Change, given: PlanInput, references: References, concealing: Concealing) -> Change:
    shape = shape_of(given.kinds[change.kind])
    live: Any = {}
    if not isinstance(change, Create | Recreate | Forget):
        live = concealing.of_change(change).concealed(references.localize(change.live, change.provider, shape))
    account = str(given.observation.scopes.get(change.provider, ""))
    return with_digest(change, environment=given.environment, account=account, shape=shape, live=live)


def _held_by_references(
    changes: tuple[Change, ...], given: PlanInput, matches: Matches, shapes: dict[str, Shape]
) -> tuple[Change, ...]:
    """Hold what refers to something that does not exist, is ambiguous, or could not be read."""
    known = {m.address: m for m in matches.items}
    made = {c.address for c in changes if isinstance(c, Create | Recreate)}

    def reason(change: Create | Recreate | Update | Adopt) -> Hold | None:
        shape = shapes[change.kind]
        for kind, name, create in external_names(change.desired.spec, shape):
            names = given.observation.externals.get((change.provider, kind))
            if names is None:
                return Hold("unknown", f"{kind} could not be read, and it refers to {name}", "try again")
            ids = names.get(name, ())
            if not ids:
                return Hold("reference", f"{kind}: {name} does not exist", create)
            if len(ids) > 1:
                return Hold("reference", f"{kind}: {name} names several: {', '.join(ids)}", "make the name unique")
        for target in targets(change.desired.spec, shape):
            item = known.get(target)
            if target not in made and (item is None or not live_id_of(item)):
                why = item.unknown or "several live objects carry its identity" if item else "it is not managed"
                return Hold("unknown", f"it refers to {target}, which could not be read: {why}", "try again")
        return None

    return add_holds(changes, reason)


def _held_by_identity(changes: tuple[Change, ...], matches: Matches, shapes: dict[str, Shape]) -> tuple[Change, ...]:
    """Hold a change of name to one that another live object has, in place or by a replacement."""
    staying = [*matches.unmanaged, *((c.provider, c.live) for c in changes if isinstance(c, Retain))]
    staying += [  # a pinned one that may not be renamed yet
        (c.provider, c.live)
        for c in changes
        if isinstance(c, Adopt | Update) and c.held and c.live.identity != c.desired.identity
    ]
    taken = {(provider, live.kind, live.identity): live.id for provider, live in staying}

    def clashing(change: Create | Recreate | Update | Adopt) -> str | None:
        shape = shapes[change.kind]
        near = (live for name, live in staying if (name, live.kind) == (change.provider, change.kind))
        clashes = (live.id for live in near if shape.clash(change.desired.identity, live.identity))
        return next(clashes, None) if shape.collide else None

    def reason(change: Create | Recreate | Update | Adopt) -> Hold | None:
        other = taken.get((change.provider, change.kind, change.desired.identity)) or clashing(change)
        before, own = (change.live.identity, change.live.id) if isinstance(change, Update | Adopt) else (None, None)
        if other in (None, own) or before == change.desired.identity:
            return None
        return Hold("identity", f"another live object has that identity (id {other})", "remove or rename it first")

    return add_holds(changes, reason)


def _unlisted(given: PlanInput, matches: Matches) -> list[UnknownState]:
    """Return the listings that failed although nothing desired or recorded is in them: coverage is not complete."""
    named = {(m.provider, m.address.collection) for m in matches.items}
    return [
        UnknownState(li.provider, li.kind, li.unknown)
        for key, li in sorted(given.observation.listings.items())
        if li.unknown and key not in named
    ]


def _unmanaged(given: PlanInput, matches: Matches) -> list[Unmanaged]:
    rows = [
        _uncovered(provider, live, given.kinds[live.kind])
        for provider, live in matches.unmanaged
        if not live.inactive and live.kind in given.kinds
    ]
    return sorted(rows, key=lambda row: (not row.alarm, row.provider, row.kind, row.title))


def _uncovered(provider: str, live: Live, kind: type[Kind]) -> Unmanaged:
    alarm, unimportable = kind.alarming(live), live.unknown or kind.unimportable(live)
    return Unmanaged(provider, live.kind, live.id, live.title, alarm, unimportable)


def _grouped(unknown: list[UnknownState], observation: Observation) -> tuple[UnknownState, ...]:
    """Say one reason once: a skipped instance, or a listing that failed, is one line and not one per object."""
    groups: dict[tuple[bool, str, str, str], list[UnknownState]] = defaultdict(list)
    for state in unknown:
        status = observation.statuses.get(state.provider)
        skipped = status is not None and status.status == "skipped" and status.reason == state.reason
        subject = state.provider if skipped else state.subject.partition("/")[0]
        groups[skipped, state.provider, subject, state.reason].append(state)
    rows: list[UnknownState] = []
    for (skipped, provider, subject, reason), states in groups.items():
        if len(states) <= 3 and not skipped:
            rows.extend(states)
        else:
            rows.append(UnknownState(provider, subject, reason, any(s.needed for s in states)))
    return tuple(rows)
