"""Addresses for shell completion, found without a YAML parser or a model: a guess that is nearly always right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_COLLECTION = re.compile(r"^([a-z][a-z0-9_]*):\s*(?:#.*)?$")
_HANDLE = re.compile(r"""^( +)(?:"([^"]+)"|'([^']+)'|([^\s#'"{\[&*!-][^\s#]*?)):(?:\s|$)""")
_NOT_COLLECTIONS = ("providers", "collections", "approvals", "rules", "secrets", "lifecycle")
_LARGEST = 2_000_000  # bytes; a shell waits for the answer


def addresses(desired: Path) -> list[str]:
    """Return the addresses in the YAML files under `desired`, sorted; what cannot be read is left out."""
    found: set[str] = set()
    for path in sorted(desired.rglob("*.y*ml")) if desired.is_dir() else ():
        found.update(_in_file(path))
    return sorted(found)


def _in_file(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _LARGEST else ""
    except (OSError, ValueError):
        return
    collection, indent = "", ""
    for line in text.splitlines():
        top = _COLLECTION.match(line)
        if top:
            collection, indent = top[1], ""
        elif line and not line[0].isspace() and not line.startswith("#"):
            collection = ""
        handle = _HANDLE.match(line) if collection and collection not in _NOT_COLLECTIONS else None
        if handle and handle[1] == (indent or handle[1]):
            indent = handle[1]
            yield f"{collection}/{handle[2] or handle[3] or handle[4]}"
