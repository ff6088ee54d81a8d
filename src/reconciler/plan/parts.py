"""Taking values apart that may not have the shape one hopes for: members of mappings, elements of keyed lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import ABSENT


def member(value: Any, name: str) -> Any:
    """Return a member of a mapping; ABSENT when it has none of that name, or is no mapping."""
    return value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT


def by_key(parts: Any, key: str) -> dict[str, Any]:
    """Return the elements of a keyed list by their key; the first where two have the same."""
    found: dict[str, Any] = {}
    for part in parts if isinstance(parts, list | tuple) else ():
        if isinstance(part, Mapping):
            found.setdefault(str(part.get(key)), part)
    return found
