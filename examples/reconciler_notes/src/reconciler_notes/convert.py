"""Between the payloads of the Notes API and the shape of the YAML. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler import Live, ProtocolError, SecretValue, as_id

READABLE = {"boards": ("name", "color"), "notes": ("title", "text", "labels", "expires_after")}


def to_live(kind: str, payload: Any) -> Live:
    """Return an object as the API reports it. Keys that the model does not know are left out.

    Raises:
        ProtocolError: something that the API promises is missing, or is of another type.
    """
    try:
        values = {name: _read(payload[name]) for name in READABLE[kind] if payload.get(name) is not None}
        if kind == "notes":
            values["board"] = str(payload["board_id"])
        name = payload["title" if kind == "notes" else "name"]
        created = datetime.fromisoformat(payload["created_at"])
        return Live(kind, as_id(payload["id"]), (name,), values, created_at=created)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise ProtocolError(f"Notes sent an object of {kind} that is not of the documented form") from None


def _read(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def to_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON that makes these fields so; null clears."""
    body = {name: _send(value) for name, value in fields.items()}
    if "board" in body:
        body["board_id"] = int(body.pop("board"))
    return body


def _send(value: Any) -> Any:
    if isinstance(value, SecretValue):
        return value.reveal()
    return list(value) if isinstance(value, tuple) else value
