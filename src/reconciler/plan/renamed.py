"""A deletion beside a creation with the same fields: somebody renamed a handle, and means to keep the object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model import Change, Create, Delete, Disable


def with_hints(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes, with a note on each removal whose spec is created anew under one other handle."""
    changes = tuple(changes)
    created = [change for change in changes if isinstance(change, Create)]
    return tuple(_hinted(change, created) if isinstance(change, Delete | Disable) else change for change in changes)


def _hinted(change: Delete | Disable, created: list[Create]) -> Change:
    alike = [
        other.address
        for other in created
        if (other.provider, other.kind) == (change.provider, change.kind) and other.desired.spec == change.recorded.spec
    ]
    if len(alike) != 1 or not change.recorded.spec:
        return change
    note = f"{alike[0]} is written alike: to rename, write `lifecycle: {{moved_from: {change.address.handle}}}` there"
    return replace(change, notes=(*change.notes, note))
