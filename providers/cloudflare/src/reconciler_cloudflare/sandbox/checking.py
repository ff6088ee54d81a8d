"""Checking what is sent against the documented shapes. Properties that no document knows are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from reconciler_cloudflare.sandbox.envelope import MALFORMED, Refusal

Check: TypeAlias = Callable[[Any, str], None]
ORIGIN = re.compile(r"(\*|[a-z][a-z0-9+.-]*://[^\s/?#]+)")
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
TLS = ("1.0", "1.1", "1.2", "1.3")
CLASSES = ("Standard", "InfrequentAccess")
LOCATIONS = ("apac", "eeur", "enam", "weur", "wnam", "oc")
JURISDICTIONS = ("default", "eu", "us", "fedramp", "fedramp-high")
ACTIONS = ("PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "LifecycleDeletion")


def wrong(where: str, what: str) -> Refusal:
    """Return the refusal of a value."""
    return Refusal(400, MALFORMED, f"{where or 'body'}: {what}")


def text(value: Any, where: str) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise wrong(where, "must be a string")


def flag(value: Any, where: str) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        raise wrong(where, "must be a boolean")


def whole(most: int | None = None) -> Check:
    """Return a check for whole numbers from 0 on."""

    def check(value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (most is not None and value > most):
            raise wrong(where, f"must be a whole number{'' if most is None else f' up to {most}'}")

    return check


def one_of(*allowed: str) -> Check:
    """Return a check for a choice of texts."""

    def check(value: Any, where: str) -> None:
        if value not in allowed:
            raise wrong(where, f"must be one of {', '.join(allowed)}")

    return check


def date(value: Any, where: str) -> None:
    """Refuse what is no RFC 3339 time."""
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise wrong(where, "must be a date-time") from None


def origin(value: Any, where: str) -> None:
    """Refuse an origin with a path or a slash at its end."""
    if not isinstance(value, str) or not ORIGIN.fullmatch(value):
        raise wrong(where, "must be scheme://host[:port] without a path, or *")


def many(check: Check, *, least: int = 0, most: int | None = None) -> Check:
    """Return a check for a list."""

    def look(value: Any, where: str) -> None:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            raise wrong(where, f"must be a list of {least} or more{'' if most is None else f', {most} at most'}")
        for number, item in enumerate(value):
            check(item, f"{where}[{number}]")

    return look


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with these members and no others."""
    known = {**required, **(optional or {})}

    def look(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise wrong(where, "must be an object")
        for name in required:
            if name not in value:
                raise wrong(f"{where}.{name}".strip("."), "is required")
        for name, inner in value.items():
            if name not in known:
                raise wrong(f"{where}.{name}".strip("."), "is not a known property")
            known[name](inner, f"{where}.{name}".strip("."))

    return look


def condition(age: str, *types: str) -> Check:
    """Return a check for a condition of these types; `age` names the member that holds seconds."""
    forms = {
        "Age": record({"type": text, age: whole()}),
        "Date": record({"type": text, "date": date}),
        "Indefinite": record({"type": text}),
    }

    def look(value: Any, where: str) -> None:
        kind = value.get("type") if isinstance(value, Mapping) else None
        one_of(*types)(kind, f"{where}.type")
        forms[str(kind)](value, where)

    return look


def distinct_ids(rules: list[Mapping[str, Any]]) -> None:
    """Refuse rules that share an id."""
    ids = [rule["id"] for rule in rules]
    if len(set(ids)) < len(ids):
        raise wrong("rules", "ids must be unique")


CORS = record(
    {
        "rules": many(
            record(
                {
                    "allowed": record(
                        {"methods": many(one_of(*METHODS), least=1), "origins": many(origin, least=1)},
                        {"headers": many(text)},
                    )
                },
                {"id": text, "exposeHeaders": many(text), "maxAgeSeconds": whole(86_400)},
            ),
            least=1,
        )
    }
)
_MOVE = condition("maxAge", "Age", "Date")
LIFECYCLE = record(
    {
        "rules": many(
            record(
                {"id": text, "enabled": flag, "conditions": record({"prefix": text})},
                {
                    "abortMultipartUploadsTransition": record({"condition": condition("maxAge", "Age")}),
                    "deleteObjectsTransition": record({"condition": _MOVE}),
                    "storageClassTransitions": many(
                        record({"condition": _MOVE, "storageClass": one_of("InfrequentAccess")})
                    ),
                },
            ),
            most=1000,
        )
    }
)
LOCK = record(
    {
        "rules": many(
            record(
                {
                    "id": text,
                    "enabled": flag,
                    "condition": condition("maxAgeSeconds", "Age", "Date", "Indefinite"),
                },
                {"prefix": text},
            ),
            most=1000,
        )
    }
)
NEW_BUCKET = record({"name": text}, {"locationHint": one_of(*LOCATIONS), "storageClass": one_of(*CLASSES)})
NEW_DOMAIN = record({"domain": text, "zoneId": text, "enabled": flag}, {"minTLS": one_of(*TLS), "ciphers": many(text)})
DOMAIN = record({}, {"enabled": flag, "minTLS": one_of(*TLS), "ciphers": many(text)})
MANAGED = record({"enabled": flag})
NOTIFICATIONS = record(
    {
        "rules": many(
            record({"actions": many(one_of(*ACTIONS), least=1)}, {"prefix": text, "suffix": text, "description": text}),
            least=1,
        )
    }
)
