"""What happens to one object: the decision table over recorded, desired and live (docs/how-it-works/planning.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import (
    ABSENT,
    WHOLE,
    Change,
    Create,
    Delete,
    Disable,
    Drift,
    FieldDiff,
    Forget,
    Live,
    Pending,
    Recorded,
    Recreate,
    Resource,
    Retain,
    UnknownState,
)
from reconciler.plan.adopt import adopted, hold
from reconciler.plan.compare import Comparison, compare
from reconciler.plan.conceal import Concealing
from reconciler.plan.facts import Facts, SecretFacts
from reconciler.plan.fields import planned_fields
from reconciler.plan.follow import owed, undone
from reconciler.plan.keep import holds_generated
from reconciler.plan.match import Match, made_since
from reconciler.plan.references import References
from reconciler.values import path_text


@dataclass(frozen=True, slots=True)
class Decision:
    """What one match comes to. No change and not unknown means: as it should be."""

    changes: tuple[Change, ...] = ()
    drift: tuple[Drift, ...] = ()
    unknown: tuple[UnknownState, ...] = ()
    pending: tuple[Pending, ...] = ()


@dataclass(frozen=True, slots=True)
class Decider:
    """The decision table with what it needs to know about kinds, references and secrets."""

    kinds: Mapping[str, type[Kind]]
    references: References
    secrets: SecretFacts
    concealing: Concealing
    cache: dict[str, tuple[Shape, bool]] = field(default_factory=dict)

    def decide(self, item: Match) -> Decision:
        """Return what happens to one object."""
        if item.unknown or (item.duplicates and item.live is None):
            return self._unreadable(item)
        match item.desired, item.recorded, item.live:
            case None, None, _:
                return Decision()
            case None, recorded, None if recorded is not None:
                return Decision((self._forget(recorded),))
            case None, recorded, live if recorded is not None and live is not None:
                return self._removed(item, recorded, live)
            case desired, None, None if desired is not None:
                return Decision((self._create(desired),))
            case desired, recorded, None if desired is not None and recorded is not None:
                return self._gone(desired, recorded, item.before)
            case desired, recorded, live if desired is not None and live is not None:
                return self._both(item, desired, recorded, live)
        raise AssertionError(item)

    def _unreadable(self, item: Match) -> Decision:
        """Unknown is no write, no drift, no absence. It matters only where git asks for something."""
        desired, recorded = item.desired, item.recorded
        asked = (desired.spec if desired else None) != (recorded.spec if recorded else None)
        if item.duplicates:
            ids = " and ".join(item.duplicates)
            reason = f"{len(item.duplicates)} live objects have this identity: {ids}; pin one with lifecycle.id"
            drift = (Drift(item.address, "duplicate", detail=reason),) if recorded else ()
            return Decision(drift=drift, unknown=(UnknownState(item.provider, str(item.address), reason, True),))
        return Decision(unknown=(UnknownState(item.provider, str(item.address), item.unknown, asked),))

    def _create(self, desired: Resource) -> Create:
        return Create(
            address=desired.address,
            provider=desired.provider,
            why=(f"{desired.where.file}:{desired.where.line} added",),
            where=desired.where,
            desired=desired,
            fields=new_fields(desired, self._shape(desired.address.collection)),
        )

    def _forget(self, recorded: Recorded) -> Forget:
        why = (
            "a run that ended early announced it, and it is not there"
            if recorded.interrupted
            else "gone on both sides",
        )
        return Forget(address=recorded.address, provider=recorded.provider, why=why, recorded=recorded)

    def _gone(self, desired: Resource, recorded: Recorded, before: Recorded | None) -> Decision:
        """Recorded and desired, but not live: deleted outside. An announced create that never happened is a create.

        One that was about to take the place of what held data asks for its approval again: it may have been withdrawn.
        """
        kind = self.kinds[desired.address.collection]
        again = recorded.interrupted and before is not None and kind.data_bearing
        if recorded.interrupted and not again:
            return Decision((self._create(desired),))
        recorded = before if again and before else recorded
        unseen = WHOLE in recorded.undone
        how = "made, and not seen since" if unseen else "deleted outside"
        change = Recreate(
            address=desired.address,
            provider=desired.provider,
            why=(f"{'gone, and a run ended before it made it again' if again else how} (was id {recorded.live_id})",),
            where=desired.where,
            revision=recorded.run,
            desired=desired,
            recorded=recorded,
            fields=new_fields(desired, self._shape(desired.address.collection)),
        )
        if kind.data_bearing:
            reason = f"{kind.collection} hold data; an empty new one does not bring it back"
            change = hold(change, "recreate", reason, "restore it by hand, or approve the empty one", approvable=True)
        elif holds_generated(recorded.spec) or holds_generated(desired.spec):
            reason = "it held a generated value; a new one would be different"
            change = hold(change, "recreate", reason, "check who uses the old value, then approve", approvable=True)
        missing = Drift(desired.address, "missing", detail=f"id {recorded.live_id} is gone")
        return Decision((change,), () if unseen or again else (missing,))

    def _removed(self, item: Match, recorded: Recorded, live: Live) -> Decision:
        untold = _untold(recorded, live)
        if live.inactive or (recorded.interrupted and not untold and not made_since(recorded, live)):
            # Out of service already; or it was there before a dead run announced its name.
            return Decision((self._forget(recorded),))
        kind = self.kinds[item.address.collection]
        how = recorded.lifecycle.on_remove or kind.on_remove
        why = "made by an interrupted run, and not in desired/" if recorded.interrupted else "removed from desired/"
        common: dict[str, Any] = {
            "address": item.address,
            "provider": item.provider,
            "why": (why,),
            "revision": recorded.run,
            "live": live,
            "recorded": recorded,
        }
        if how == "retain":
            return Decision((Retain(**common),))
        change: Delete | Disable
        match how:
            case "disable":
                change = Disable(**common, danger=kind.loses)
            case "delete":
                change = Delete(**common, danger=kind.loses or f"the live object {live.title} (id {live.id})")
        if untold:
            change = hold(change, "owner", untold, "look whose it is; forget it, or approve", approvable=True)
        elif recorded.identity != live.identity:
            reason = f"id {live.id} is {live.title} now, and {'/'.join(recorded.identity)} was recorded"
            change = hold(change, "owner", reason, "look whose it is; forget it, or approve", approvable=True)
        return Decision((change,))

    def _both(self, item: Match, desired: Resource, recorded: Recorded | None, live: Live) -> Decision:
        shape, refers = self._shape_and_refers(desired.address.collection)
        values = self.references.localize(live, desired.provider, shape) if refers else live.values
        if recorded and recorded.interrupted:
            recorded, foreign = self._interrupted(recorded, live)
            if foreign:
                recorded = None
        if recorded and item.by != "record" and not recorded.interrupted:
            recorded = None  # recreated by hand, or pinned: another object than the one we knew
        facts = Facts(
            self.secrets,
            self.references,
            recorded.fingerprints if recorded else {},
            f"{recorded.applied_at:%Y-%m-%d}" if recorded and recorded.applied_at else "",
        )
        found = compare(
            desired.spec,
            values,
            shape,
            recorded=recorded,
            facts=facts,
            ignore=desired.lifecycle.ignore,
            origins=desired.origins,
        )
        owed(found, shape)
        undone(found, recorded)
        if found.diffs:
            held = self.concealing.held(item.address, item.provider, live, desired)
            found.diffs[:] = [held.diff(d) for d in found.diffs]
        unknown = tuple(
            UnknownState(item.provider, f"{item.address}.{path_text(path)}", reason, needed)
            for path, reason, needed in found.unknown
        )
        since = item.recorded.applied_at if item.recorded and live.due_after else None
        due = since + live.due_after if since and live.due_after else None
        pending = tuple(Pending(item.address, note, due) for note in live.pending)
        if recorded is None:
            drift = (
                (Drift(item.address, "missing", detail="recreated by hand"),)
                if item.recorded and not item.recorded.interrupted
                else ()
            )
            changes = () if any(u.needed for u in unknown) else (adopted(item, desired, live, found, shape),)
            return Decision(changes, drift, unknown, pending)
        drifts = self._drift(item, recorded, live, found, values, shape)
        return Decision(
            planned_fields(item, desired, recorded, live, found, shape, self.kinds), drifts, unknown, pending
        )

    def _interrupted(self, recorded: Recorded, live: Live) -> tuple[Recorded, bool]:
        """An announced create, found live: ours if made since that run began.

        Not ours if that run was taking it over: whether it may be taken is asked again, for it may not be agreed any
        more. Nor under a name that was not announced: a pin may name any object.
        """
        older = bool(live.created_at and not made_since(recorded, live)) or recorded.identity != live.identity
        return replace(recorded, live_id=live.id, spec={}), older or recorded.live_id == live.id

    def _drift(
        self, item: Match, recorded: Recorded, live: Live, found: Comparison, values: Mapping[str, Any], shape: Shape
    ) -> tuple[Drift, ...]:
        fields = tuple(d for d in found.diffs if d.cause in ("drift", "conflict"))
        drifts = [Drift(item.address, "changed", fields)] if fields else []
        since = recorded.changed_at if not recorded.undone else None  # else a run of ours may be what changed it
        if since and live.changed_at and live.changed_at > since:
            hidden = [
                name for name, sub in shape.fields.items() if name in recorded.spec and _unreadable(values, name, sub)
            ]
            if hidden:
                detail = f"{', '.join(hidden)} changed outside on {live.changed_at:%Y-%m-%d %H:%M}Z and cannot be read"
                drifts.append(Drift(item.address, "opaque", detail=detail))
        if item.duplicates and (item.desired is None or item.desired.lifecycle.id != live.id):
            drifts.append(
                Drift(item.address, "duplicate", detail=f"ids {' and '.join(item.duplicates)} share one identity")
            )
        return tuple(drifts)

    def _shape(self, collection: str) -> Shape:
        return self._shape_and_refers(collection)[0]

    def _shape_and_refers(self, collection: str) -> tuple[Shape, bool]:
        if collection not in self.cache:
            shape = shape_of(self.kinds[collection])
            self.cache[collection] = (shape, shape.refers)
        return self.cache[collection]


def new_fields(desired: Resource, shape: Shape) -> tuple[FieldDiff, ...]:
    """Return every written field as a difference from nothing."""

    def field_of(name: str, value: Any) -> FieldDiff:
        hidden, origin = shape.member(name).hides(value), desired.origins.get(name, "")
        return FieldDiff((name,), ABSENT, value, "desired", hidden, ABSENT, origin)

    return tuple(field_of(name, value) for name, value in desired.spec.items())


def _untold(recorded: Recorded, live: Live) -> str:
    """Return why it cannot be told whether what a dead run announced became ours; "" where it can."""
    if not recorded.interrupted:
        return ""
    if live.id == recorded.live_id:
        return f"a run that ended early was taking id {live.id} over, and it is not known how far it came"
    if live.created_at is None:
        return f"a run that ended early was about to make it, and the API does not say when id {live.id} was made"
    return ""


def _unreadable(values: Mapping[str, Any], name: str, shape: Shape) -> bool:
    return shape.write_only or type(values.get(name)).__name__ == "Unreadable"
