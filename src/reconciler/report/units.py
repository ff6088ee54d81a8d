"""`180` seconds is `3m`: the second reading of a number whose field has a unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reconciler.values import Path

UnitOf: TypeAlias = Callable[[str, Path], str]  # (collection, path) -> "seconds", ..., "" where a number has none

_MILLISECONDS = {"milliseconds": 1, "seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_STEPS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def no_unit(collection: str, path: Path) -> str:
    """Say that no field has a unit: for reports made without the kinds at hand."""
    return ""


def duration(value: Any, unit: str) -> str:
    """Return a number of `unit` as people say it (`90` seconds is `1m 30s`); "" when there is nothing to add."""
    if unit not in _MILLISECONDS or isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return ""
    rest = value * _MILLISECONDS[unit]
    words: list[str] = []
    for name, size in _STEPS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count}{name}")
    return " ".join(words)


def units_of(kinds: Mapping[str, Any]) -> UnitOf:
    """Return the lookup for these kinds (collection to model). Reads a kind's shape when first asked about it."""

    def unit(collection: str, path: Path) -> str:
        from reconciler.kind.shape import shape_of

        model = kinds.get(collection)
        shape = shape_of(model) if model is not None else None
        for part in path:
            if shape is None:
                return ""
            if isinstance(part, str) and part in shape.fields:
                shape = shape.fields[part]
            elif shape.form == "leaf" or (shape.form == "mapping" and shape.element is None):
                return ""
            elif shape.element is not None and not shape.fields:
                shape = shape.element
            # else: a position or key within a list of mappings; the fields stay those of its elements
        return shape.unit if shape is not None else ""

    return unit
