"""What differs inside an atomic list. Only called where equality has already failed: deepdiff is not cheap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import ABSENT
from reconciler.values import path_text


def inner_differences(before: Any, after: Any) -> tuple[tuple[str, Any, Any], ...]:
    """Return (path, before, after) for each leaf that differs, over the members that `after` names.

    Members that only the live side has (filled in by the server) are not differences. Nothing is returned for lists
    that cannot be compared leaf by leaf: they are shown as a whole.
    """
    from deepdiff import DeepDiff

    if not isinstance(before, list | tuple):
        return ()
    seen = [_named(b, after[i]) if i < len(after) else _plain(b) for i, b in enumerate(before)]
    try:
        tree = DeepDiff(seen, _plain(after), view="tree", ignore_numeric_type_changes=True)
    except (OverflowError, RecursionError):  # a live number of some hundred digits, or lists without a bottom
        return ()
    found = [
        (path_text(tuple(level.path(output_format="list"))), _side(level.t1), _side(level.t2))
        for group in tree.values()
        for level in group
    ]
    return tuple(sorted(found, key=lambda row: row[0]))


def _side(value: Any) -> Any:
    return ABSENT if type(value).__name__ == "NotPresent" else value


def _named(live: Any, wanted: Any) -> Any:
    """Return `live` cut down to the members that `wanted` writes; null members that are absent live are equal."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return {k: _named(live[k], v) if k in live else None for k, v in wanted.items() if k in live or v is None}
    if isinstance(wanted, tuple) and isinstance(live, list | tuple) and len(wanted) == len(live):
        return [_named(have, want) for have, want in zip(live, wanted, strict=True)]
    return _plain(live)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
