"""What is wrong at one place, in words. A value is repeated only when it is short, no secret, and looks like none."""

from __future__ import annotations

from typing import Any

from reconciler.kind.shape import Shape
from reconciler.policy.logic import Answer
from reconciler.policy.plaintext import looks_secret
from reconciler.values import Path, path_text

LONGEST = 60  # characters of a value that is repeated


def said(answer: Answer, shape: Shape) -> str:
    """Return what an answer means, for an object of this shape."""
    at = path_text(answer.path)
    if answer.met is None:
        return f"{at + ' ' if at else ''}cannot be told: {answer.reason}"
    if answer.keyword == "required":
        return f"{at + '.' if at else ''}{answer.missing} is not there"
    if answer.keyword == "contains":
        return f"no element of {at or 'it'} is as it must be"
    if isinstance(answer.found, list) and answer.keyword in ("minItems", "maxItems"):
        return f"{at or 'it'} has {len(answer.found)} element{'' if len(answer.found) == 1 else 's'}"
    value = "" if _secret(shape, answer.path) else _shown(answer.found, str(answer.path[-1]) if answer.path else "")
    return f"{at or 'it'} is {value}" if value else f"{at or 'it'} is not as it must be"


def _secret(shape: Shape, path: Path) -> bool:
    for part in path:
        if shape.secret:
            return True
        shape = shape.item() if isinstance(part, int) else shape.member(part)
    return shape.secret


def _shown(value: Any, name: str) -> str:
    """Return a scalar as it would be written; "" for what is better not repeated."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable() or looks_secret(value, name):
        return ""
    return value or "''"
