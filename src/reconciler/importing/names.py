"""Handles for live objects: what a person would call them, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.kind.base import Kind
from reconciler.model import Live


def handles(lives: Iterable[Live], kind: type[Kind], taken: Iterable[str]) -> Mapping[str, str]:
    """Return a handle for each live id, unique among themselves and `taken`. Independent of ids and listing order."""
    used = set(taken)
    found: dict[str, str] = {}
    for live in sorted(lives, key=lambda one: one.identity):
        base = kind.handle_for(live)
        handle, number = base, 2
        while handle in used:
            handle, number = f"{base}-{number}", number + 1
        used.add(handle)
        found[live.id] = handle
    return found


def secret_name(collection: str, handle: str, field: str) -> str:
    """Return the placeholder name of an imported secret: `MONITORS_HOMEPAGE_AUTH_USERNAME`."""
    text = f"{collection}_{handle}_{field}".upper()
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in text).strip("_")
