"""Small conversions that every kind needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from reconciler import ProtocolError, SecretValue

Payload: TypeAlias = Mapping[str, Any]
T = TypeVar("T")


def checked(payload: Any, *names: str) -> Payload:
    """Return an object that has an id and these members. Raises ProtocolError, which quotes nothing of it."""
    if isinstance(payload, Mapping) and payload.get("id") is not None and all(payload.get(n) for n in names):
        return payload
    raise ProtocolError(
        f"Sentry sent an object without {' or '.join(('id', *names))}; nothing of this answer is used",
        fix="run it again; if it stays so, the API has changed",
    )


def moment(value: Any) -> datetime | None:
    """Return a time; None where there is none, or it is of another form."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def frozen(value: Any) -> Any:
    """Return JSON as frozen plain data, members that are null left out, and whole numbers without a fraction."""
    match value:
        case Mapping():
            return {str(name): frozen(member) for name, member in value.items() if member is not None}
        case list() | tuple():
            return tuple(frozen(element) for element in value)
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def plain_json(value: Any) -> Any:
    """Return what is sent for a value of a spec: lists for tuples, and the text of a secret."""
    match value:
        case SecretValue():
            return value.reveal()
        case Mapping():
            return {name: plain_json(member) for name, member in value.items()}
        case list() | tuple():
            return [plain_json(element) for element in value]
        case _:
            return value


def only(payload: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return these members of a mapping, frozen; null and "" left out."""
    found = payload if isinstance(payload, Mapping) else {}
    return {name: frozen(found[name]) for name in names if found.get(name) not in (None, "")}


def mappings(value: Any) -> list[Payload]:
    """Return the mappings of a list; nothing for null."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def actor(owner: Any) -> str | None:
    """Return an owner as `team:12`. Detectors are read as {type, id, name}, workflows as text."""
    if isinstance(owner, Mapping) and owner.get("type") and owner.get("id") is not None:
        return f"{owner['type']}:{owner['id']}"
    return owner if isinstance(owner, str) and owner else None


def paired(wanted: Sequence[T], live: Sequence[T], keys: Sequence[Callable[[T], object]]) -> list[int | None]:
    """Return for each wanted item the index of the live one it continues, or None.

    The keys go from the strictest to the loosest; each live item is taken once, the first of equals first.
    """
    found: list[int | None] = [None] * len(wanted)
    left = list(range(len(live)))
    for key in keys:
        for number, item in enumerate(wanted):
            if found[number] is None:
                match = next((i for i in left if key(live[i]) == key(item)), None)
                if match is not None:
                    found[number] = match
                    left.remove(match)
    return found
