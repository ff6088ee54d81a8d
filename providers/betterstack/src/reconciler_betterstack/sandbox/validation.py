"""Checking what is written, attribute by attribute, in the error shapes of the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from reconciler_betterstack.sandbox.schema import Attribute, FieldType, Schema
from reconciler_betterstack.timezones import RAILS


class Invalid(Exception):
    """The request is refused with 422; `errors` maps a field, or `base`, to messages."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def is_whole(value: Any) -> bool:
    """Return whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(check(v) for v in value)


def _is_id(value: Any) -> bool:
    return is_whole(value) or (isinstance(value, str) and value.isdecimal())


_FORMS: Mapping[FieldType, tuple[Callable[[Any], bool], str]] = {
    "string": (lambda v: isinstance(v, str), "is not a string"),
    "integer": (is_whole, "is not a number"),
    "boolean": (lambda v: isinstance(v, bool), "is not a boolean"),
    "strings": (_list_of(lambda v: isinstance(v, str)), "is not a list of strings"),
    "integers": (_list_of(is_whole), "is not a list of numbers"),
    "objects": (_list_of(lambda v: isinstance(v, Mapping)), "is not a list of objects"),
    "object": (lambda v: isinstance(v, Mapping), "is not an object"),
    "reference": (_is_id, "is not an id"),
}


def cleaned(schema: Schema, body: Mapping[str, Any], *, create: bool) -> dict[str, Any]:
    """Return the written attributes as they are stored: ids as numbers, "" for null references as null.

    `team_name` is accepted everywhere and stored nowhere. Raises Invalid with every problem.
    """
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, value in body.items():
        attribute = schema.attributes.get(name)
        if name == "team_name" and schema.team:
            continue
        if attribute is None or attribute.read_only:
            errors.setdefault("base", []).append(f"Unpermitted parameter: {name}")
            continue
        if attribute.type == "reference" and value == "":
            value = None
        problem = problem_of(attribute, value)
        if problem:
            errors.setdefault(name, []).append(problem)
        else:
            values[name] = int(value) if attribute.type == "reference" and value is not None else value
    if create:
        for name in schema.required:
            if body.get(name) in (None, "") and name not in errors:
                errors.setdefault(name, []).append("can't be blank")
    if errors:
        raise Invalid(errors)
    return values


def problem_of(attribute: Attribute, value: Any) -> str:
    """Return what is wrong with one value; "" when it is fine."""
    if value is None:
        return "" if attribute.null else "can't be blank"
    fits, message = _FORMS[attribute.type]
    if not fits(value):
        return message
    for single in value if isinstance(value, list) else (value,):
        if attribute.values and single not in attribute.values:
            return "is not included in the list"
    if attribute.zone and value not in RAILS:
        return "is not included in the list"
    if attribute.pattern and not re.match(attribute.pattern, value):
        return "is invalid"
    size = len(value) if isinstance(value, list) else value if is_whole(value) else None
    if size is not None and attribute.least is not None and size < attribute.least:
        return f"must be greater than or equal to {attribute.least}"
    if size is not None and attribute.most is not None and size > attribute.most:
        return f"must be less than or equal to {attribute.most}"
    return ""
