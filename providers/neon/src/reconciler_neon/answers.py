"""What stands in an answer of Neon: wrapped members, times, and passwords that must not be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler import ProtocolError, as_id


def member(payload: Any, name: str) -> Any:
    """Return a member of an answer, most of which are wrapped in one. Raises ProtocolError."""
    if not isinstance(payload, Mapping) or name not in payload:
        raise ProtocolError(f"Neon's answer has no {name}", fix="if it stays so, the API has changed")
    return payload[name]


def listed(payload: Any, name: str) -> Sequence[Mapping[str, Any]]:
    """Return a member of an answer that is a list. Raises ProtocolError."""
    found = member(payload, name)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise ProtocolError(f"Neon's answer has {name} that are no list", fix="if it stays so, the API has changed")
    return found


def text_of(payload: Any, name: str) -> str:
    """Return a member of an answer that names something. Raises ProtocolError."""
    try:
        return as_id(member(payload, name))
    except ValueError:
        raise ProtocolError(
            f"Neon's answer has no readable {name}", fix="if it stays so, the API has changed"
        ) from None


def passwords(payload: Any) -> Iterator[str]:
    """Yield every password in an answer, alone or in a connection URI: only to be kept from being shown."""
    if isinstance(payload, Mapping):
        for name, value in payload.items():
            if name in ("password", "connection_uri", "uri") and isinstance(value, str) and value:
                yield value
            else:
                yield from passwords(value)
    elif isinstance(payload, list):
        for inner in payload:
            yield from passwords(inner)


def moment(text: Any) -> datetime | None:
    """Return a time of the API (RFC 3339), None for none, or for what cannot be read as one."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def to_the_second(text: Any) -> str | None:
    """Return a time of the API as people write it: UTC, to the second."""
    found = moment(text)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found else None
