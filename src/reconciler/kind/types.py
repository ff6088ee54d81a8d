"""Field types for models of kinds: durations, secrets, handles, URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator, Strict, WithJsonSchema

from reconciler.kind.markers import SecretField, Unit
from reconciler.values import Generated, OutputRef, SecretRef

_MILLIS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_UNITS = {"milliseconds": 1, "seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_DURATION = re.compile(r"^(0|[1-9][0-9]{0,9})(ms|s|m|h|d|w)$")
NAME_OF_SECRET = r"^[A-Za-z_][A-Za-z0-9_]*$"
OUTPUT = r"^[a-z][a-z0-9_]*/[^/\s]+\.[a-z][a-z0-9_]*$"


def in_unit(value: object, unit: str) -> object:
    """Return `3m` as a whole number of `unit`; anything that is not a duration text comes back as it is.

    Raises ValueError when it does not divide: `90s` is no whole number of minutes.
    """
    if not isinstance(value, str):
        return value
    match = _DURATION.match(value)
    if not match:
        raise ValueError(f"{value!r} is not a duration; write a number of {unit}, or 45s, 3m, 2h, 7d")
    whole, rest = divmod(int(match[1]) * _MILLIS[match[2]], _UNITS[unit])
    if rest:
        raise ValueError(f"{value} is not a whole number of {unit}")
    return whole


def _duration(unit: str) -> tuple[Any, ...]:
    def convert(value: object) -> object:
        return in_unit(value, unit)

    return (BeforeValidator(convert, json_schema_input_type=int | str), Unit(unit))


_seconds, _millis, _days = _duration("seconds"), _duration("milliseconds"), _duration("days")
Seconds = Annotated[int, _seconds[0], _seconds[1]]
Milliseconds = Annotated[int, _millis[0], _millis[1]]
Days = Annotated[int, _days[0], _days[1]]

T = TypeVar("T")


def _no_duplicates(value: Any) -> Any:
    if isinstance(value, list | tuple):
        twice = [v for i, v in enumerate(value) if v in value[:i]]
        if twice:
            raise ValueError(f"{twice[0]!r} is listed twice; a set names each thing once")
    return value


ListOf = Annotated[tuple[T, ...], Strict(False)]
"""An ordered list, wholly owned. `ListOf[Step]`."""
SetOf = Annotated[frozenset[T], Strict(False), BeforeValidator(_no_duplicates)]
"""A set: order-free, wholly owned. `SetOf[Region]`."""


class OneOf:
    """Allow only these values; the message lists them. `Annotated[Seconds, OneOf(30, 60)]`."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        allowed = self.values

        def check(value: Any) -> Any:
            if value not in allowed or isinstance(value, bool) != any(
                value is v for v in allowed if isinstance(v, bool)
            ):
                raise ValueError(f"{value!r} is not one of {', '.join(str(v) for v in allowed)}")
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))


def parse_output(value: object) -> OutputRef:
    """Return the reference that `{from: collection/handle.output}` means. Raises ValueError."""
    if isinstance(value, OutputRef):
        return value
    source = value.get("from") if isinstance(value, Mapping) and set(value) == {"from"} else None
    if isinstance(source, str) and re.match(OUTPUT, source):
        address, _, output = source.rpartition(".")
        return OutputRef(address, output)
    raise ValueError("write {from: collection/handle.output}, as in {from: database/main.pooled_url}")


def parse_secret(value: object) -> SecretRef | Generated | OutputRef:
    """Return the reference a secret field holds. A literal is refused: a secret is a name, never a value."""
    if isinstance(value, SecretRef | Generated | OutputRef):
        return value
    if isinstance(value, Mapping):
        keys, rotate = set(value) - {"rotate"}, value.get("rotate", 0)
        if isinstance(rotate, bool) or not isinstance(rotate, int) or rotate < 0:
            raise ValueError("rotate is a whole number; raise it by one to send the value again")
        name, generate = value.get("secret"), value.get("generate")
        if keys == {"secret"} and isinstance(name, str) and re.match(NAME_OF_SECRET, name):
            return SecretRef(name, rotate)
        if keys == {"generate"} and isinstance(generate, Mapping) and set(generate) == {"bytes"}:
            size = generate["bytes"]
            if isinstance(size, int) and not isinstance(size, bool) and 16 <= size <= 1024:
                return Generated(size, rotate)
        if set(value) == {"from"}:
            return parse_output(value)
    raise ValueError("a secret is written by name, never as a value: {secret: NAME} or {generate: {bytes: 32}}")


_FROM_SCHEMA = {
    "type": "object",
    "properties": {"from": {"type": "string", "pattern": OUTPUT}},
    "required": ["from"],
    "additionalProperties": False,
}
_ROTATE = {"type": "integer", "minimum": 0}
_SECRET_SCHEMA = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"secret": {"type": "string", "pattern": NAME_OF_SECRET}, "rotate": _ROTATE},
            "required": ["secret"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "generate": {
                    "type": "object",
                    "properties": {"bytes": {"type": "integer", "minimum": 16, "maximum": 1024}},
                    "required": ["bytes"],
                    "additionalProperties": False,
                },
                "rotate": _ROTATE,
            },
            "required": ["generate"],
            "additionalProperties": False,
        },
        _FROM_SCHEMA,
    ]
}

Secret = Annotated[
    SecretRef | Generated | OutputRef,
    PlainValidator(parse_secret),
    WithJsonSchema(_SECRET_SCHEMA),
    SecretField(),
]
Output = Annotated[OutputRef, PlainValidator(parse_output), WithJsonSchema(_FROM_SCHEMA)]

_URL = re.compile(r"^https?://[^\s/?#]+[^\s]*$")


def _check_url(value: str) -> str:
    if not _URL.match(value):
        raise ValueError(f"{value!r} is not an http(s) address")
    return value


Url = Annotated[str, AfterValidator(_check_url), WithJsonSchema({"type": "string", "pattern": _URL.pattern})]
Handle = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^\S+$"})]
