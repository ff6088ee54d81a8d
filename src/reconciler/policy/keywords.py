"""The JSON Schema keywords that a condition may use, what each takes, and what is wrong with a condition.

A condition is a JSON Schema of draft 2020-12 without references, identifiers and annotations. JSON Schema ignores
keywords it does not know, so that `maximun: 180` would allow everything: here such a word is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.values import Path

Schema: TypeAlias = dict[str, Any]
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# The form of each keyword's value.
KEYWORDS: Mapping[str, str] = {
    "type": "type",
    "const": "value",
    "enum": "values",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "positive number",
    "minLength": "size",
    "maxLength": "size",
    "pattern": "pattern",
    "items": "condition",
    "prefixItems": "conditions",
    "contains": "condition",
    "minContains": "size",
    "maxContains": "size",
    "minItems": "size",
    "maxItems": "size",
    "uniqueItems": "boolean",
    "properties": "named conditions",
    "additionalProperties": "condition or boolean",
    "propertyNames": "condition",
    "required": "names",
    "minProperties": "size",
    "maxProperties": "size",
    "allOf": "conditions",
    "anyOf": "conditions",
    "oneOf": "conditions",
    "not": "condition",
    "if": "condition",
    "then": "condition",
    "else": "condition",
}
_NEEDED = {"then": "if", "else": "if", "minContains": "contains", "maxContains": "contains"}
_SAID = {
    "type": f"one of {', '.join(TYPES)}, or a list of them",
    "values": "a list of values, with one or more in it",
    "number": "a number, in the unit of the field",
    "positive number": "a number above 0",
    "size": "a whole number, 0 or more",
    "pattern": "a regular expression, as text",
    "boolean": "true or false",
    "condition": "a condition: a mapping of JSON Schema keywords",
    "conditions": "a list of conditions, with one or more in it",
    "named conditions": "a mapping of names to conditions",
    "condition or boolean": "a condition, or true or false",
    "names": "a list of different names",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with a condition. `key` says whether it is the key at the path, or the value."""

    path: Path
    message: str
    fix: str
    key: bool = False
    known: tuple[str, ...] = ()  # what the key may have been meant for


def wrong_with(condition: Any, path: Path) -> Iterator[Wrong]:
    """Yield everything wrong with a condition that is written at a path."""
    if not isinstance(condition, Mapping):
        yield _not(path, "condition")
        return
    if not condition:
        yield Wrong(path, "an empty condition allows everything", "write what has to hold, or remove it")
    for name, value in condition.items():
        form = KEYWORDS.get(name)
        if form is None:
            yield Wrong((*path, name), f"{name} is no keyword of conditions", "", True, tuple(KEYWORDS))
            continue
        needed = _NEEDED.get(name)
        if needed and needed not in condition:
            yield Wrong((*path, name), f"{name} does nothing without {needed}", f"add `{needed}:`, or remove it", True)
        yield from _wrong_value(form, value, (*path, name))


def _wrong_value(form: str, value: Any, path: Path) -> Iterator[Wrong]:
    match form, value:
        case "condition", _:
            yield from wrong_with(value, path)
        case "condition or boolean", _ if not isinstance(value, bool):
            yield from wrong_with(value, path)
        case "conditions", list() if value:
            for index, inner in enumerate(value):
                yield from wrong_with(inner, (*path, index))
        case "named conditions", Mapping() if value:
            for name, inner in value.items():
                yield from wrong_with(inner, (*path, name))
        case _ if not _is(form, value):
            yield _not(path, form)


def _is(form: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match form:
        case "value":
            return True
        case "type":
            names = value if isinstance(value, list) and value else [value]
            return all(isinstance(n, str) and n in TYPES for n in names) and len(set(names)) == len(names)
        case "values":
            return isinstance(value, list) and bool(value)
        case "number":
            return number
        case "positive number":
            return number and value > 0
        case "size":
            return number and value >= 0 and float(value).is_integer()
        case "pattern":
            return isinstance(value, str) and _compiles(value)
        case "boolean" | "condition or boolean":
            return isinstance(value, bool)
        case "names":
            texts = isinstance(value, list) and bool(value) and all(isinstance(n, str) for n in value)
            return texts and len(set(value)) == len(value)
        case _:
            return False


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _not(path: Path, form: str) -> Wrong:
    name = str(path[-1]) if path else "this"
    return Wrong(path, f"{name} must be {_SAID[form]}", f"write {_SAID[form]}")


def condition_schema(reference: str) -> Schema:
    """Return what the published schema says of a condition; `reference` is where that itself stands."""
    inner = {"$ref": reference}
    kind = {"enum": list(TYPES)}
    size = {"type": "integer", "minimum": 0}
    forms: dict[str, Schema] = {
        "type": {"anyOf": [kind, {"type": "array", "items": kind, "minItems": 1, "uniqueItems": True}]},
        "value": {},
        "values": {"type": "array", "minItems": 1},
        "number": {"type": "number"},
        "positive number": {"type": "number", "exclusiveMinimum": 0},
        "size": size,
        "pattern": {"type": "string", "format": "regex"},
        "boolean": {"type": "boolean"},
        "condition": inner,
        "conditions": {"type": "array", "items": inner, "minItems": 1},
        "named conditions": {"type": "object", "additionalProperties": inner, "minProperties": 1},
        "condition or boolean": {"anyOf": [{"type": "boolean"}, inner]},
        "names": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    }
    return {
        "description": "A JSON Schema (draft 2020-12) without references. Words it does not know are refused.",
        "type": "object",
        "properties": {name: forms[form] for name, form in KEYWORDS.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "dependentRequired": {name: [needed] for name, needed in _NEEDED.items()},
    }
