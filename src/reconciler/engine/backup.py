"""Backup first: what a delete or a lossy update is about to take away goes into the run's record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.engine.execute import as_update
from reconciler.model import Adopt, Change, Delete, Disable, Update
from reconciler.plan.conceal import Concealing
from reconciler.values import SecretValue, Unknown, Unreadable


def backups(
    changes: Iterable[Change], concealing: Concealing, fingerprint: Callable[[str], str]
) -> tuple[Mapping[str, Any], ...]:
    """Return the live object of every removal, update and adoption, as plain JSON.

    What is or may be a secret is a fingerprint there.
    """
    return tuple(
        {
            "address": str(change.address),
            "action": change.action,
            "live_id": change.live.id,
            "values": _plain(_kept(change, concealing), fingerprint),
        }
        for change in changes
        if isinstance(change, Delete | Disable | Update) or (isinstance(change, Adopt) and change.fields)
    )


def _kept(change: Delete | Disable | Update | Adopt, concealing: Concealing) -> Mapping[str, Any]:
    """A removal keeps the whole object; an update or adoption the fields it is about to change."""
    live: Mapping[str, Any] = concealing.of_change(change).concealed(change.live.values)
    if isinstance(change, Delete | Disable):
        return live
    body = as_update(change) if isinstance(change, Adopt) else change
    secret = {f.path[0] for f in change.fields if f.secret}
    kept = {name: live[name] for name in body.changed() if name in live}
    return {n: SecretValue(v) if n in secret and isinstance(v, str) else v for n, v in kept.items()}


def _plain(value: Any, fingerprint: Callable[[str], str]) -> Any:
    if isinstance(value, SecretValue):
        return {"$fingerprint": fingerprint(value.reveal())}
    if isinstance(value, Unknown | Unreadable):
        return {"$unknown": value.reason}
    if isinstance(value, Mapping):
        return {str(k): _plain(v, fingerprint) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v, fingerprint) for v in value]
    return value
