"""Digests: what an approval names, and what makes a saved plan stale. No secrets, no fingerprints, no times.

So a digest is the same with and without secret values at hand, and before and after a parent exists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import (
    ABSENT,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    Forget,
    Record,
    Recreate,
    Release,
    Retain,
    Update,
)
from reconciler.values import (
    Generated,
    KnownAfterApply,
    LiveId,
    NoValue,
    OutputRef,
    SecretRef,
    SecretValue,
    Spec,
    Unknown,
    Unreadable,
)


def of_text(document: Any) -> str:
    """Return the SHA-256 of a document's canonical JSON, in hex."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def as_written(value: Any) -> Any:
    """Return a spec as plain JSON, references unresolved and tagged so that no plain mapping can look like one."""
    match value:
        case SecretRef(name, rotate):
            return {"$secret": name, "rotate": rotate}
        case OutputRef():
            return {"$from": str(value)}
        case Generated(size, rotate):
            return {"$generate": size, "rotate": rotate}
        case LiveId(live_id):
            return {"$id": live_id}
        case SecretValue() | Unknown() | Unreadable() | KnownAfterApply() | NoValue():
            return {"$hidden": True}
        case Mapping():
            return {str(k): as_written(v) for k, v in value.items() if v is not ABSENT}
        case list() | tuple():
            return [as_written(v) for v in value]
        case _:
            return None if value is ABSENT else value


def managed(live: Mapping[str, Any], written: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the live values of the written, readable, not secret fields. What has no order is sorted.

    A field that may be text is no secret where text is written and text is live: plans show both. What is concealed in
    `live` (see `conceal`) is a `SecretValue` there.
    """
    kept: dict[str, Any] = {}
    for name, want in written.items():
        sub = shape.member(name)
        have = live.get(name, ABSENT)
        hides = sub.secret and not (sub.text and isinstance(want, str) and isinstance(have, str))
        if hides or sub.write_only or isinstance(have, SecretValue | Unknown | Unreadable):
            continue
        if isinstance(want, SecretRef | Generated):
            continue
        if isinstance(want, Mapping) and isinstance(have, Mapping):
            kept[name] = managed(have, want, sub)
        else:
            kept[name] = as_written(_without_secrets(have, sub))
    return kept


def _without_secrets(value: Any, shape: Shape) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_secrets(v, shape.member(k)) for k, v in value.items() if not shape.member(k).secret}
    if isinstance(value, list | tuple):
        kept = [_without_secrets(v, shape.item()) for v in value]
        orderless = shape.form == "set" or (shape.form == "keyed" and not shape.ordered)
        return tuple(sorted(kept, key=lambda v: json.dumps(as_written(v), sort_keys=True)) if orderless else kept)
    return value


def with_digest(
    change: Change,
    *,
    environment: str,
    account: str,
    shape: Shape,
    live: Spec,
) -> Change:
    """Return the change with its digest. `live`: the live values, references turned into handles, secrets concealed."""
    match change:
        case Create(desired=desired) | Recreate(desired=desired):
            live_id, before, after = "", {}, desired.spec
        case (
            Update(desired=desired, live=seen)
            | Adopt(desired=desired, live=seen)
            | Record(desired=desired, live=seen)
            | Release(desired=desired, live=seen)
        ):
            live_id, before, after = seen.id, managed(live, desired.spec, shape), desired.spec
        case Delete(live=seen, recorded=recorded) | Disable(live=seen, recorded=recorded):
            live_id, before, after = seen.id, managed(live, recorded.spec, shape), {}
        case Retain(live=seen):
            live_id, before, after = seen.id, {}, {}
        case Forget(recorded=recorded):
            live_id, before, after = recorded.live_id, {}, {}
    digest = of_text(
        {
            "environment": environment,
            "instance": change.provider,
            "account": account,
            "kind": change.kind,
            "address": str(change.address),
            "live_id": live_id,
            "revision": change.revision,
            "action": change.action,
            "before": before,
            "after": as_written(after),
        }
    )
    held = tuple(replace(h, digest=digest) if h.digest == "own" else h for h in change.held)
    return replace(change, digest=digest, held=held)


def set_digest(gate: str, digests: Iterable[str]) -> str:
    """Return the digest of a set of changes that one gate holds together."""
    return of_text({"gate": gate, "changes": sorted(digests)})


def plan_digest(changes: Iterable[Change], targets: tuple[str, ...], providers: tuple[str, ...]) -> str:
    """Return the digest of a plan: its changes, and what it was narrowed to."""
    return of_text(
        {"changes": sorted(c.digest for c in changes), "targets": sorted(targets), "providers": sorted(providers)}
    )
