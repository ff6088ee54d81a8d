"""What an update sends of a field whose parts do not all change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.objects import ABSENT
from reconciler.values import Path


def with_kept(value: Any, keeps: Mapping[Path, Any], at: Path) -> Any:
    """Return a value with what `keeps` names below `at` put in its place, or left out where that is ABSENT."""
    if not keeps:
        return value
    if isinstance(value, Mapping):
        members = {name: keeps.get((*at, name), with_kept(inner, keeps, (*at, name))) for name, inner in value.items()}
        return {name: inner for name, inner in members.items() if inner is not ABSENT}
    if isinstance(value, tuple):
        parts = (keeps.get((*at, i), with_kept(part, keeps, (*at, i))) for i, part in enumerate(value))
        return tuple(part for part in parts if part is not ABSENT)
    return value


def without_kept(value: Any, keeps: Mapping[Path, Any], at: Path = ()) -> Any:
    """Return a value with nothing where `keeps` says that something stays: no reference is left there to resolve."""
    if at in keeps:
        return None
    if isinstance(value, Mapping):
        return {name: without_kept(inner, keeps, (*at, name)) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(without_kept(part, keeps, (*at, i)) for i, part in enumerate(value))
    return value
