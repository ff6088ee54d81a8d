"""What every payload of Vercel is read with: objects that hold what is promised, and times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

from reconciler import ProtocolError

Payload: TypeAlias = Mapping[str, Any]


@contextmanager
def promised(what: str) -> Iterator[None]:
    """Raise ProtocolError, which quotes nothing, where a payload is not of the documented form."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise ProtocolError(
            f"Vercel sent {what} that is not of the documented form; nothing of this answer is used",
            fix="run it again; if it stays so, the API has changed",
        ) from None


def rows(value: Any) -> list[Any]:
    """Return a list in an answer. Raises TypeError: an empty text would read as a list of nothing."""
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def flag(value: Any) -> bool:
    """Return true or false of an answer. Raises TypeError for anything else: null would read as false."""
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def moment(value: Any) -> datetime | None:
    """Return the time that a number of milliseconds since 1970 says; None for null."""
    return None if value is None else datetime.fromtimestamp(float(value) / 1000, UTC)


def frozen(value: Any) -> Any:
    """Return JSON as frozen plain data, members that are null left out."""
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if isinstance(value, Mapping):
        return {str(name): frozen(inner) for name, inner in value.items() if inner is not None}
    return value
