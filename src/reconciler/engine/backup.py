"""Backup first: what a delete or a lossy update is about to take away goes into the run's record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.engine.execute import as_update
from reconciler.model import Adopt, Change, Delete, Disable, Live, Update
from reconciler.values import Generated, OutputRef, SecretRef, SecretValue, Unknown, Unreadable


def backups(changes: Iterable[Change], fingerprint: Callable[[str], str]) -> tuple[Mapping[str, Any], ...]:
    """Return the live object of every removal, update and adoption, as plain JSON, secret fields as fingerprints."""
    return tuple(
        {
            "address": str(change.address),
            "action": change.action,
            "live_id": change.live.id,
            "values": _plain(_kept(change, change.live), fingerprint),
        }
        for change in changes
        if isinstance(change, Delete | Disable | Update) or (isinstance(change, Adopt) and change.fields)
    )


def _kept(change: Change, live: Live) -> Mapping[str, Any]:
    """A removal keeps the whole object; an update or adoption the fields it is about to change."""
    if isinstance(change, Update | Adopt):
        body = as_update(change) if isinstance(change, Adopt) else change
        secret = {f.path[0] for f in change.fields if f.secret}
        kept = {name: live.values[name] for name in body.changed() if name in live.values}
        return {n: SecretValue(v) if n in secret and isinstance(v, str) else v for n, v in kept.items()}
    whole: Mapping[str, Any] = live.values
    if isinstance(change, Delete | Disable):
        whole = _all_hidden(whole) if change.recorded.interrupted else _hidden(whole, change.recorded.spec)
    return whole


def _all_hidden(value: Any) -> Any:
    """Return values with every text hidden: what a run that died has sent is not known."""
    if isinstance(value, str):
        return SecretValue(value)
    if isinstance(value, Mapping):
        return {name: _all_hidden(inner) for name, inner in value.items()}
    return tuple(_all_hidden(inner) for inner in value) if isinstance(value, list | tuple) else value


def _hidden(values: Any, spec: Any) -> Any:
    """Return live values with what we sent as a secret hidden, in a field too that need not be one."""
    if isinstance(values, str) and isinstance(spec, SecretRef | Generated | OutputRef):
        return SecretValue(values)
    if isinstance(values, Mapping) and isinstance(spec, Mapping):
        return {name: _hidden(value, spec.get(name)) for name, value in values.items()}
    return values


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
