"""What every payload is taken apart with: what is promised and missing is the API's error, and never quoted."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel

from reconciler import Part, ProtocolError

P = ParamSpec("P")
T = TypeVar("T")


def promised(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that turns a payload of another form than documented into a ProtocolError about `what`."""

    def decorate(read: Callable[P, T]) -> Callable[P, T]:
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return read(*args, **kwargs)
            except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
                raise ProtocolError(
                    f"GitHub sent {what} that is not of the documented form; nothing of this answer is used",
                    fix="run it again; if it stays so, the API has changed",
                ) from None

        return guarded

    return decorate


def moment(value: Any) -> datetime | None:
    """Return an ISO 8601 time; None where there is none. Raises ValueError for another form."""
    return None if value is None else datetime.fromisoformat(value)


def known(part: type[BaseModel], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a model has, at every depth, as frozen data; sets sorted. Null counts as not there."""
    found = {}
    for name, info in part.model_fields.items():
        key = info.alias or name
        annotation: Any = info.annotation
        if payload.get(key) is not None:
            found[key] = _frozen(payload[key], _part_of(annotation), is_set=_holds(annotation, frozenset))
    return found


def _frozen(value: Any, part: type[Part] | None, *, is_set: bool) -> Any:
    if isinstance(value, list):
        items = (_frozen(item, part, is_set=False) for item in value)
        return tuple(sorted(items)) if is_set else tuple(items)
    return known(part, value) if part and isinstance(value, Mapping) else value


@cache
def _part_of(annotation: Any) -> type[Part] | None:
    """Return the model inside a type such as `Part | None` or `tuple[Part, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((found for inner in typing.get_args(annotation) if (found := _part_of(inner))), None)


@cache
def _holds(annotation: Any, kind: type) -> bool:
    return typing.get_origin(annotation) is kind or any(_holds(a, kind) for a in typing.get_args(annotation))


def thawed(value: Any) -> Any:
    """Return frozen data as JSON. Members that are null are left out."""
    if isinstance(value, tuple | list):
        return [thawed(item) for item in value]
    if isinstance(value, Mapping):
        return {name: thawed(inner) for name, inner in value.items() if inner is not None}
    return value
