"""Fields that are written again after others were: one redeploy after all environment variables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.kind.shape import Shape
from reconciler.model import (
    ABSENT,
    LEDGER_ONLY,
    Address,
    Adopt,
    Change,
    Create,
    FieldDiff,
    Live,
    Record,
    Recorded,
    Recreate,
    Resource,
    Update,
)
from reconciler.plan.compare import Comparison
from reconciler.plan.match import Match

WRITTEN_NOW = "what it follows is written in this plan"


def followed(change: Change, shape: Shape) -> frozenset[str]:
    """Return the collections that what this change writes has to wait for."""
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return frozenset()
    names = {str(f.path[0]) for f in change.fields}
    return frozenset(c for name in names for c in shape.member(name).follows)


def writes(change: Change) -> bool:
    """Return whether a change will reach the vendor."""
    nothing = isinstance(change, LEDGER_ONLY) or (isinstance(change, Adopt) and not change.fields)
    return not nothing and not change.held


def owed(found: Comparison, shape: Shape) -> None:
    """Make what is owed a change that git asks for: nobody edited it by hand."""
    found.diffs[:] = [
        replace(d, cause="desired") if d.cause == "drift" and shape.member(str(d.path[0])).follows else d
        for d in found.diffs
    ]


def undone(found: Comparison, recorded: Recorded | None) -> None:
    """Tell what a run of ours began and left undone from what somebody edited."""
    if recorded is not None and recorded.undone:
        found.diffs[:] = [_undone(d) if str(d.path[0]) in recorded.undone else d for d in found.diffs]


def _undone(diff: FieldDiff) -> FieldDiff:
    match diff.cause:
        case "drift":
            return replace(diff, cause="undone")
        case "conflict":
            return replace(diff, cause="desired")
        case _:
            return diff


def with_followers(
    changes: tuple[Change, ...], matches: Iterable[Match], shapes: Mapping[str, Shape]
) -> tuple[tuple[Change, ...], frozenset[Address]]:
    """Return the changes with every following field that they make necessary, and whose changes were touched."""
    written = {(c.provider, c.kind) for c in changes if writes(c)}
    place = {c.address: i for i, c in enumerate(changes)}
    result = list(changes)
    touched: set[Address] = set()
    for item in matches:
        desired, live = item.desired, item.live
        if desired is None or live is None or item.unknown:
            continue
        if item.address not in place and (item.recorded is None or item.recorded.live_id != live.id):
            continue  # not ours, and nothing takes it over: what could not be read speaks against that
        shape = shapes[item.address.collection]
        names = [n for n in desired.spec if any((item.provider, c) in written for c in shape.member(n).follows)]
        there = result[place[item.address]] if item.address in place else None
        if not names or not (
            there is None or isinstance(there, Record) or (isinstance(there, Update | Adopt) and writes(there))
        ):
            continue
        update = there if isinstance(there, Update | Adopt) else _update(item, desired, live)
        if WRITTEN_NOW not in update.why:
            update = replace(update, why=(*update.why, WRITTEN_NOW))
        known = {f.path for f in update.fields}
        more = (_diff(item.recorded, desired, live, name) for name in names if (name,) not in known)
        update = replace(update, fields=(*update.fields, *more))
        if there is None:
            result.append(update)
        else:
            result[place[item.address]] = update
        touched.add(item.address)
    return tuple(result), frozenset(touched)


def _update(item: Match, desired: Resource, live: Live) -> Update:
    return Update(
        address=item.address,
        provider=item.provider,
        why=(WRITTEN_NOW,),
        where=desired.where,
        revision=item.recorded.run if item.recorded else "",
        desired=desired,
        live=live,
        recorded=item.recorded,
    )


def _diff(recorded: Recorded | None, desired: Resource, live: Live, name: str) -> FieldDiff:
    before = recorded.spec.get(name, ABSENT) if recorded else ABSENT
    return FieldDiff((name,), live.values.get(name, ABSENT), desired.spec[name], recorded=before)
