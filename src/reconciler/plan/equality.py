"""When two values of a field count as equal: what the user wrote, and what the API reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT
from reconciler.values import SecretValue


def equal(wanted: Any, live: Any, shape: Shape) -> bool:
    """Return whether a live value is what was written.

    Null and absent are the same: `null` clears. A mapping is equal when every *written* member is; a list when its
    elements are, in order; a set in any order. True is not 1.
    A secret field may hold a literal, which is then equal to the live text.
    """
    if wanted is None or wanted is ABSENT:
        return live is None or live is ABSENT
    if isinstance(wanted, Mapping):
        if not isinstance(live, Mapping):
            return False
        return all(equal(v, live.get(k, ABSENT), shape.fields.get(k, _LEAF)) for k, v in wanted.items())
    if isinstance(wanted, tuple):
        if not isinstance(live, list | tuple) or len(wanted) != len(live):
            return False
        if shape.form == "set":
            return sorted(map(_order, wanted)) == sorted(map(_order, live))
        element = shape.item() if shape.fields else _LEAF
        return all(equal(w, have, element) for w, have in zip(wanted, live, strict=True))
    if isinstance(live, SecretValue):
        return isinstance(wanted, str) and live.reveal() == wanted
    if isinstance(wanted, bool) or isinstance(live, bool):
        return wanted is live
    return bool(wanted == live)


def _order(value: Any) -> str:
    return f"{type(value).__name__}:{value}"


_LEAF = Shape()
