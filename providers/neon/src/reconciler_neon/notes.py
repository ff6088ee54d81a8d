"""What a plan adds to a change: what will be interrupted, and what will be open to whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler import Adopt, Change, Create, Preview, Recreate, Update

WRITES = (Create, Recreate, Update, Adopt)


def preview(change: Change) -> Preview:
    """Return the notes of a change."""
    if not isinstance(change, WRITES):
        return Preview()
    names = {str(f.path[0]) for f in change.fields if f.cause != "released"}
    spec = {name: value for name, value in change.desired.spec.items() if name in names}
    return Preview(notes=tuple(_notes(change, spec)))


def _notes(change: Change, spec: Mapping[str, Any]) -> Iterator[str]:
    match change.kind:
        case "database":
            if spec.get("history_retention_seconds") == 0:
                yield "without a restore window no branch can be put back in time; snapshots stay"
            inner = spec.get("settings")
            yield from _of_settings(inner if isinstance(inner, Mapping) else {}, _changed(change))
        case "endpoints" if spec.get("disabled"):
            yield "disabling suspends the compute and drops its connections"
        case "endpoints" if isinstance(change, Update | Adopt):
            yield "the compute cannot be used until Neon has applied this; an idle one wakes for a moment"
        case "roles":
            yield "Neon may drop the connections to the active compute; the password is in the Neon console"
        case "backups":
            yield "snapshots that exist keep the time that they were given"


def _of_settings(settings: Mapping[str, Any], changed: frozenset[str]) -> Iterator[str]:
    if settings.get("enable_logical_replication") and "enable_logical_replication" in changed:
        yield "logical replication cannot be turned off again, and turning it on suspends all active computes"
    allowed = settings.get("allowed_ips")
    if "allowed_ips" in changed and isinstance(allowed, Mapping) and not allowed.get("ips", ("?",)):
        yield "an empty list of allowed_ips lets every address connect"
    if settings.get("block_public_connections") and "block_public_connections" in changed:
        yield "nobody reaches the project from the internet then, Vercel included, whatever allowed_ips says"
    if "quota" in changed:
        yield "beyond a quota (but for logical_size_bytes) Neon suspends all computes until the billing period ends"


def _changed(change: Change) -> frozenset[str]:
    """Return the members of `settings` that differ."""
    inside = (f.path for f in change.fields if f.path[0] == "settings")
    return frozenset(str(path[1]) for path in inside if len(path) > 1)
