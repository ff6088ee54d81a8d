"""Taking over a live object that is not ours: recorded as it stands where it is as desired, else adopted, and held."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from reconciler.kind.shape import Shape
from reconciler.model import Adopt, Change, ChangeBase, Hold, Live, Record, Resource
from reconciler.plan.compare import Comparison
from reconciler.plan.fields import fixed
from reconciler.plan.keep import kept
from reconciler.plan.match import Match
from reconciler.values import path_text

C = TypeVar("C", bound=ChangeBase)


def adopted(item: Match, desired: Resource, live: Live, found: Comparison, shape: Shape) -> Change:
    """Return the change that makes a foreign object ours. `item.recorded` is one that was at its address before."""
    unverified = tuple(path_text(p) for p in found.unverified)
    before = item.recorded if item.recorded and not item.recorded.interrupted else None
    revision = before.run if before else ""
    if not found.diffs and (not unverified or desired.lifecycle.adopt):
        note = f"already so; taken as it stands, not verified: {', '.join(unverified)}" if unverified else "already so"
        return Record(
            address=desired.address,
            provider=desired.provider,
            why=(note,),
            where=desired.where,
            revision=revision,
            desired=desired,
            live=live,
            recorded=before,
        )
    text = (
        "exists and is not ours" if found.diffs else f"exists, and {', '.join(unverified)} cannot be read to check it"
    )
    stays = kept(desired.spec, live.values, {}, shape, found.diffs, desired.lifecycle.ignore)
    change = Adopt(
        address=desired.address,
        provider=desired.provider,
        why=(f"{text} (id {live.id})",),
        where=desired.where,
        revision=revision,
        desired=desired,
        live=live,
        fields=tuple(found.diffs),
        unverified=unverified,
        recorded=before,
        keeps=stays.values,
        held=fixed(tuple(found.diffs), shape),
    )
    rotated = bool(found.diffs) and all(d.cause == "rotate" for d in found.diffs) and not unverified
    if desired.lifecycle.adopt or rotated or live.inactive:  # out of service: being listed again brings it back
        return change
    what = "adopting changes it" if found.diffs else "its unreadable value may differ"
    return hold(
        change,
        "adopt",
        f"a live object with this identity exists; {what}",
        "write `lifecycle: {adopt: true}`, or approve",
        approvable=True,
    )


def hold(change: C, gate: str, reason: str, next_step: str = "", *, approvable: bool = False, digest: str = "") -> C:
    """Return the change, held. `approvable` marks a hold that the change's own digest can release (filled in later)."""
    return replace(change, held=(*change.held, Hold(gate, reason, next_step, digest or ("own" if approvable else ""))))
