"""Field types for models of kinds: durations, secrets, handles, URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kind.duration import Duration
from reconciler.kind.duration import in_unit as in_unit
from reconciler.kind.markers import SecretField, TakesOutput, Unit
from reconciler.values import Generated, OutputRef, SecretRef

REFERENCE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
HANDLE = r"^\S+$"
OUTPUT = r"^[a-z][a-z0-9_]*/[^/\s]+\.[a-z][a-z0-9_]*$"


Seconds = Annotated[int, Duration("seconds"), Unit("seconds")]
Minutes = Annotated[int, Duration("minutes"), Unit("minutes")]
Milliseconds = Annotated[int, Duration("milliseconds"), Unit("milliseconds")]
Hours = Annotated[int, Duration("hours"), Unit("hours")]
Days = Annotated[int, Duration("days"), Unit("days")]

T = TypeVar("T")


def _no_duplicates(value: Any) -> Any:
    if isinstance(value, list | tuple):
        seen = set()
        for element in value:
            scalar = isinstance(element, str | int | float | bool | None)
            key = (type(element), element) if scalar else (dict, repr(element))
            if key in seen:
                what = repr(element) if scalar else "an element"
                raise ValueError(f"{what} is listed twice; a set names each thing once")
            seen.add(key)
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
                listed = ", ".join(str(v) for v in allowed)
                raise PydanticCustomError(
                    "one_of", "is not one of {listed}", {"listed": listed, "allowed": list(allowed)}
                )
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], Any]) -> dict[str, Any]:
        return {**handler(core), "enum": list(self.values)}


_BY_OUTPUT = "write {from: collection/handle.output}, as in {from: database/main.pooled_url}"
_BY_NAME = "a secret is written by name, never as a value: {secret: NAME} or {generate: {bytes: 32}}"


def parse_output(value: object) -> OutputRef:
    """Return the reference that `{from: collection/handle.output}` means. Raises ValueError."""
    if isinstance(value, OutputRef):
        return value
    source = value.get("from") if isinstance(value, Mapping) and set(value) == {"from"} else None
    if isinstance(source, str) and re.fullmatch(OUTPUT, source):
        address, _, output = source.rpartition(".")
        return OutputRef(address, output)
    raise PydanticCustomError("output", _BY_OUTPUT)


def parse_secret(value: object) -> SecretRef | Generated | OutputRef:
    """Return the reference a secret field holds. A literal is refused: a secret is a name, never a value."""
    if isinstance(value, SecretRef | Generated | OutputRef):
        return value
    if isinstance(value, Mapping):
        keys, rotate = set(value) - {"rotate"}, value.get("rotate", 0)
        if isinstance(rotate, bool) or not isinstance(rotate, int) or rotate < 0:
            raise PydanticCustomError("secret", "rotate is a whole number; raise it by one to send the value again")
        name, generate = value.get("secret"), value.get("generate")
        if keys == {"secret"} and isinstance(name, str) and re.fullmatch(REFERENCE_NAME, name):
            return SecretRef(name, rotate)
        if keys == {"generate"} and isinstance(generate, Mapping) and set(generate) == {"bytes"}:
            size = generate["bytes"]
            if isinstance(size, int) and not isinstance(size, bool) and 16 <= size <= 1024:
                return Generated(size, rotate)
        if set(value) == {"from"}:
            return parse_output(value)
    raise PydanticCustomError("secret", _BY_NAME)


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
            "properties": {"secret": {"type": "string", "pattern": REFERENCE_NAME}, "rotate": _ROTATE},
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
Output = Annotated[OutputRef, PlainValidator(parse_output), WithJsonSchema(_FROM_SCHEMA), TakesOutput()]

_URL = re.compile(r"^https?://[^\s/?#]+[^\s]*$")


def _check_url(value: str) -> str:
    if not _URL.fullmatch(value):
        # The value stays out of the message: a database URL put here by mistake holds a password.
        raise PydanticCustomError("url", "is not an http(s) address", {"fix": "write https://…, without spaces"})
    return value


Url = Annotated[str, AfterValidator(_check_url), WithJsonSchema({"type": "string", "pattern": _URL.pattern})]


def _check_handle(value: str) -> str:
    if not re.fullmatch(HANDLE, value):
        raise PydanticCustomError("handle", "is no handle", {"fix": "write text without spaces"})
    return value


Handle = Annotated[str, AfterValidator(_check_handle), WithJsonSchema({"type": "string", "pattern": HANDLE})]
