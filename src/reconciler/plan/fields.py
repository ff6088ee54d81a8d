"""What happens to an object that is ours, desired and live: update, replace, release, record, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape
from reconciler.model import (
    ABSENT,
    Change,
    Create,
    Delete,
    FieldDiff,
    Hold,
    Live,
    Record,
    Recorded,
    Release,
    Resource,
    Update,
)
from reconciler.plan.compare import Comparison
from reconciler.plan.keep import Kept, holds_generated, kept
from reconciler.plan.match import Match
from reconciler.values import NoValue, Path, path_text

OWED = "what it follows was written since"
_WORDS = {
    "undone": "an earlier run left it undone",
    "drift": "live drifted",
    "conflict": "desired changed and live drifted",
    "rotate": "rotate raised",
    "new": "newly managed",
}


def planned_fields(
    item: Match,
    desired: Resource,
    recorded: Recorded,
    live: Live,
    found: Comparison,
    shape: Shape,
    kinds: Mapping[str, type[Kind]],
) -> tuple[Change, ...]:
    """Return the changes for one known object, in order. Empty when it is as it should be, in the ledger too."""
    diffs, left_alone = _obeying(desired, found)
    common: dict[str, Any] = {
        "address": desired.address,
        "provider": desired.provider,
        "where": desired.where,
        "revision": recorded.run,
        "desired": desired,
        "live": live,
    }
    holds = [Hold("secret", reason, "raise `rotate` in git") for path, reason in found.withheld]
    if not diffs and not holds and not left_alone:
        return _ledger_only(desired, recorded, live, found, common)
    if not diffs and not holds:
        reason = f"{_names(left_alone)} drifted and on_drift is hold"
        held = (Hold("on_drift", reason, "write the live value into desired/, or set on_drift: correct"),)
        return (Update(**common, recorded=recorded, fields=left_alone, why=("live drifted",), held=held),)
    conflicts = tuple(d for d in diffs if d.cause == "conflict")
    both: list[Hold] = []
    if conflicts and desired.lifecycle.on_drift == "hold":
        both.append(Hold("on_drift", f"{_names(conflicts)} changed on both sides and on_drift is hold"))
    blocked = _immutable(diffs, shape, kinds[desired.address.collection])
    if blocked is None:
        return _replace(desired, recorded, live, diffs, common, kinds, both)
    notes = [f"drift of {_names(left_alone)} left as it is (on_drift: hold)"] if left_alone else []
    sent = _without(found.withheld, diffs)
    if sent and not {d.path[0] for d in sent} & {path[0] for path, _ in found.withheld}:
        # Nothing that is sent shares a field with a value that may not be: the rest of the change can go on.
        notes.extend(f"not sent: {reason}" for _, reason in found.withheld)
        diffs, holds = sent, []
    stays = kept(desired.spec, live.values, recorded.spec, shape, diffs, desired.lifecycle.ignore)
    fields = (*diffs, *(_withheld(found) if holds else ()), *_released(found, recorded))
    renamed = desired.identity == live.identity or shape.clash(recorded.identity, live.identity)
    holds.extend((*_remade(stays), *blocked, *both, *(() if renamed else another(recorded, live))))
    why = _why(desired, diffs) or ("secret value changed",)
    more: dict[str, Any] = {"why": why, "notes": tuple(notes), "held": tuple(holds), "keeps": stays.values}
    return (Update(**common, recorded=recorded, fields=fields, **more),)


def _without(withheld: list[tuple[Path, str]], diffs: tuple[FieldDiff, ...]) -> tuple[FieldDiff, ...]:
    """Return the differences that are not those of a value which may not be sent."""
    paths = {path for path, _ in withheld}
    return tuple(d for d in diffs if d.path not in paths)


def _remade(stays: Kept) -> list[Hold]:
    """Return the hold of an update that could not be sent without making a generated value anew."""
    if not stays.remade:
        return []
    names = ", ".join(path_text(path) for path in stays.remade)
    reason = f"sending this would make another value for {names}, which is generated once"
    return [Hold("secret", reason, "raise its `rotate` too, if another value is meant")]


def _obeying(desired: Resource, found: Comparison) -> tuple[tuple[FieldDiff, ...], tuple[FieldDiff, ...]]:
    """Split the differences by `on_drift`: those to close, and drift that is to be left alone."""
    if desired.lifecycle.on_drift == "correct":
        return tuple(found.diffs), ()
    left = tuple(d for d in found.diffs if d.cause == "drift")
    return tuple(d for d in found.diffs if d.cause != "drift"), left


def _ledger_only(
    desired: Resource, recorded: Recorded, live: Live, found: Comparison, common: dict[str, Any]
) -> tuple[Change, ...]:
    if found.released:
        fields = _released(found, recorded)
        return (Release(**common, recorded=recorded, fields=fields, why=("no longer written",)),)
    if any(needed for _, _, needed in found.unknown):
        return ()
    reasons = []
    if recorded.address != desired.address:
        reasons.append(f"moved from {recorded.address}")
    if recorded.interrupted:
        reasons.append("created by an interrupted run")
    if recorded.live_id != live.id:
        reasons.append(f"now id {live.id}")
    if recorded.identity != desired.identity and not recorded.interrupted:
        reasons.append(f"called {'/'.join(desired.identity)} now")
    if recorded.spec != desired.spec:
        reasons.append("already so")
    elif recorded.undone:
        reasons.append("an earlier run did not see it done, and it is")
    if replace(recorded.lifecycle, moved_from=None, adopt=False) != replace(
        desired.lifecycle, moved_from=None, adopt=False
    ):
        reasons.append("lifecycle changed")
    if not reasons:
        return ()
    return (Record(**common, recorded=recorded, why=tuple(reasons)),)


def another(recorded: Recorded, live: Live) -> tuple[Hold, ...]:
    """Return the hold of an object that has another identity now than the one recorded: a record may name any id."""
    if recorded.interrupted or recorded.identity == live.identity:
        return ()
    reason = f"id {live.id} is {live.title} now, and {'/'.join(recorded.identity)} was recorded"
    return (Hold("owner", reason, "look whose it is; forget it, rename it back, or approve", "own"),)


def fixed(diffs: tuple[FieldDiff, ...], shape: Shape) -> tuple[Hold, ...]:
    """Return the holds of a foreign object that differs where it cannot be changed in place: it is not replaced."""
    holds = []
    for diff in diffs:
        sub = _shape_at(shape, diff.path)
        if sub.mutable in ("never", "replace") and not (diff.before in sub.among and diff.after in sub.among):
            reason = sub.never_reason or "the API cannot change it, and what is not ours is not replaced"
            step = "write the live value, or remove that object by hand"
            holds.append(Hold("immutable", f"{path_text(diff.path)}: {reason}", step))
    return tuple(holds)


def _immutable(diffs: tuple[FieldDiff, ...], shape: Shape, kind: type[Kind]) -> tuple[Hold, ...] | None:
    """Return the holds for fields that cannot change in place; None when the object must be replaced."""
    holds = []
    replaced = []
    for diff in diffs:
        sub = _shape_at(shape, diff.path)
        if sub.mutable == "never":
            reason = sub.never_reason or "the API cannot change it"
            holds.append(Hold("immutable", f"{path_text(diff.path)}: {reason}", "write the live value back"))
        elif sub.mutable == "replace" and not (diff.before in sub.among and diff.after in sub.among):
            replaced.append(diff)
    if replaced and kind.data_bearing:
        names = _names(tuple(replaced))
        reason = f"changing {names} would replace it, and {kind.collection} hold data"
        holds.append(Hold("meaning", reason, "make a second one and move the data"))
    elif replaced and not holds:
        return None
    return tuple(holds)


def _replace(
    desired: Resource,
    recorded: Recorded,
    live: Live,
    diffs: tuple[FieldDiff, ...],
    common: dict[str, Any],
    kinds: Mapping[str, type[Kind]],
    holds: list[Hold],
) -> tuple[Change, ...]:
    """Return the two halves of a replacement. What holds the first half holds the second, which waits for it."""
    kind = kinds[desired.address.collection]
    why = (f"{_names(diffs)} cannot be changed in place: delete and create", *_why(desired, diffs))
    shared = {k: v for k, v in common.items() if k not in ("desired", "live")}
    danger = kind.loses or f"the live object {live.title} (id {live.id})"
    holds.extend(another(recorded, live))
    if holds_generated(recorded.spec):
        reason = "it holds a generated value; the new one would get another"
        holds.append(Hold("recreate", reason, "check who uses the old value, then approve", "own"))
    return (
        Delete(**shared, live=live, recorded=recorded, why=why, danger=danger, held=tuple(holds)),
        Create(**shared, desired=desired, why=why, fields=diffs, depends_on=(desired.address,)),
    )


def _why(desired: Resource, diffs: tuple[FieldDiff, ...]) -> tuple[str, ...]:
    """Say for each cause where it comes from: `desired/monitors.yaml:5 changed`, `live drifted`."""
    reasons: dict[str, None] = {}
    for diff in diffs:
        if diff.owed:
            reasons[OWED] = None
        elif isinstance(diff.after, NoValue):
            reasons[f"{diff.after.source} has no value"] = None
        elif diff.cause in ("desired", "new", "conflict", "rotate"):
            place = desired.place(_written_path(diff))
            word = {"new": "added", "rotate": "rotate raised"}.get(diff.cause, "changed")
            reasons[f"{place.file}:{place.line} {word}"] = None
        if diff.cause in ("drift", "conflict"):
            reasons[_WORDS["drift"]] = None
        elif diff.cause == "undone":
            reasons[_WORDS["undone"]] = None
    return tuple(reasons)


def _written_path(diff: FieldDiff) -> Path:
    return () if diff.origin else diff.path


def _withheld(found: Comparison) -> tuple[FieldDiff, ...]:
    """Return the values that may not be sent as differences, but for those that are differences already."""
    shown = {d.path for d in found.diffs}
    withheld = (path for path, _ in found.withheld if path not in shown)
    return tuple(FieldDiff(path, ABSENT, ABSENT, "desired", secret=True) for path in withheld)


def _released(found: Comparison, recorded: Recorded) -> tuple[FieldDiff, ...]:
    """Return the released fields as differences that change nothing."""
    return tuple(
        FieldDiff(path, ABSENT, ABSENT, "released", recorded=_at(recorded.spec, path)) for path in found.released
    )


def _at(spec: Any, path: Path) -> Any:
    for part in path:
        spec = spec.get(str(part), ABSENT) if isinstance(spec, Mapping) else ABSENT
    return spec


def _shape_at(shape: Shape, path: Path) -> Shape:
    """Return the shape that decides about changing a field in place: the outermost one on its path that says so."""
    for part in path:
        shape = shape.item() if isinstance(part, int) or shape.form == "keyed" else shape.member(part)
        if shape.mutable != "in place":
            break
    return shape


def _names(diffs: tuple[FieldDiff, ...]) -> str:
    return ", ".join(dict.fromkeys(path_text(d.path) for d in diffs))
