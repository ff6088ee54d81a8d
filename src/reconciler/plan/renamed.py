"""A deletion beside a creation with the same fields: somebody renamed a handle, and means to keep the object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kind.base import Kind
from reconciler.model import Change, Create, Delete, Disable


def with_hints(changes: Iterable[Change], kinds: Mapping[str, type[Kind]]) -> tuple[Change, ...]:
    """Return the changes, with a note on each removal whose spec is created anew under one other handle."""
    changes = tuple(changes)
    created = [change for change in changes if isinstance(change, Create)]
    return tuple(
        _hinted(change, created, kinds[change.kind]) if isinstance(change, Delete | Disable) else change
        for change in changes
    )


def _hinted(change: Delete | Disable, created: list[Create], kind: type[Kind]) -> Change:
    spec = _beside_the_handle(change.recorded.spec, change.address.handle, kind)
    alike = [
        other.address
        for other in created
        if (other.provider, other.kind) == (change.provider, change.kind)
        and _beside_the_handle(other.desired.spec, other.address.handle, kind) == spec
    ]
    if len(alike) != 1 or not spec:
        return change
    note = f"{alike[0]} is written alike: to rename, write `lifecycle: {{moved_from: {change.address.handle}}}` there"
    return replace(change, notes=(*change.notes, note))


def _beside_the_handle(spec: Mapping[str, Any], handle: str, kind: type[Kind]) -> dict[str, Any]:
    """Return a spec without what it has from its handle."""
    return {name: value for name, value in spec.items() if name not in kind.identity or value != handle}
