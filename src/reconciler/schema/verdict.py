"""What the published schemas say about data: whether they accept it, and if not, which keyword refuses where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from pydantic import BaseModel

from reconciler.kind.base import Kind
from reconciler.kind.duration import in_unit
from reconciler.schema.model import model_schema
from reconciler.schema.objects import inlined, object_schema
from reconciler.schema.policies import policies_schema
from reconciler.schema.rules import Schema
from reconciler.values import path_text


class SchemaJudge:
    """Says where and by which keyword the schemas refuse data; an empty answer accepts it."""

    def object(self, kind: type[Kind], data: Any) -> tuple[str, ...]:
        """Return what the schema of a kind has against one object as written."""
        return refusals(_for_kind(kind), data)

    def model(self, model: type[BaseModel], data: Any) -> tuple[str, ...]:
        """Return what the schema of a model has against data."""
        return refusals(_for_model(model), data)

    def policies(self, data: Any) -> tuple[str, ...]:
        """Return what the schema of a file of rules has against one."""
        return refusals(_for_policies(), data)


def refusals(validator: Draft202012Validator, data: Any) -> tuple[str, ...]:
    """Return `path: keyword` for each error. Values are left out: they may be secrets."""
    if validator.is_valid(data):
        return ()
    return tuple(
        f"{path_text(tuple(e.absolute_path)) or 'the object'}: {e.validator}" for e in validator.iter_errors(data)
    )


def validator_for(schema: Schema) -> Draft202012Validator:
    """Return a validator of draft 2020-12 that also knows our keywords and checks formats."""
    keywords = {"x-duration": _duration, "x-unique-key": _unique_key, "properties": _Properties(), "allOf": _AllOf()}
    made: Draft202012Validator = _extend(Draft202012Validator, keywords)(schema, format_checker=_FORMATS)
    return made


@cache
def _for_kind(kind: type[Kind]) -> Draft202012Validator:
    return validator_for(inlined(object_schema(kind)))


@cache
def _for_model(model: type[BaseModel]) -> Draft202012Validator:
    return validator_for(inlined(model_schema(model)))


@cache
def _for_policies() -> Draft202012Validator:
    return validator_for(policies_schema())


def _duration(validator: Any, rule: Mapping[str, Any], value: object, schema: Any) -> Iterator[ValidationError]:
    """`x-duration`: a duration text, in this unit, keeps the bounds of the number and divides."""
    if not isinstance(value, str):
        return
    try:
        number = in_unit(value, rule["unit"])
    except ValueError:
        yield ValidationError("is no whole number of the unit")
        return
    bounds = {key: bound for key, bound in rule.items() if key != "unit"}
    yield from validator.descend(number, {"type": "integer", **bounds})


def _unique_key(validator: Any, key: str, value: object, schema: Any) -> Iterator[ValidationError]:
    """`x-unique-key`: every element has this key, and no two have the same."""
    if isinstance(value, list):
        keys = [element.get(key) for element in value if isinstance(element, dict)]
        if None in keys or len({repr(k) for k in keys}) < len(keys):
            yield ValidationError("is not unique")


class _Properties:
    """`properties`, remembering which scalars a property's schema has accepted: a thousand objects share most of them.

    It belongs to one validator, whose schema outlives it, so that a subschema's id stays its own.
    """

    def __init__(self) -> None:
        self._accepted: set[tuple[int, type, Any]] = set()

    def __call__(self, validator: Any, properties: Schema, value: object, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(value, dict):
            return
        for name, inner in properties.items():
            if name not in value:
                continue
            part = value[name]
            seen = None if isinstance(part, dict | list) else (id(inner), part.__class__, part)
            if seen in self._accepted:
                continue
            errors = list(validator.descend(part, inner, path=name, schema_path=name))
            if not errors and seen is not None:
                self._accepted.add(seen)
            yield from errors


class _AllOf:
    """`allOf`, remembering which values its rules have accepted: a rule looks at few fields, a thousand objects alike.

    It belongs to one validator, as `_Properties` does.
    """

    def __init__(self) -> None:
        self._fields: dict[int, frozenset[str] | None] = {}
        self._accepted: set[tuple[Any, ...]] = set()

    def __call__(self, validator: Any, rules: list[Schema], value: object, schema: Any) -> Iterator[ValidationError]:
        for index, rule in enumerate(rules):
            seen = self._seen(rule, value)
            if seen in self._accepted:
                continue
            errors = list(validator.descend(value, rule, schema_path=index))
            if not errors and seen is not None:
                self._accepted.add(seen)
            yield from errors

    def _seen(self, rule: Schema, value: object) -> tuple[Any, ...] | None:
        """Return all that the rule can see of a value; None where that is more than scalars of a mapping."""
        if id(rule) not in self._fields:
            self._fields[id(rule)] = _fields_of(rule)
        fields = self._fields[id(rule)]
        if fields is None or not isinstance(value, dict):
            return None
        parts = [value.get(name, _Properties) for name in fields]
        if any(isinstance(part, dict | list) for part in parts):
            return None
        return (id(rule), *((part.__class__, part) for part in parts))


def _fields_of(rule: Any) -> frozenset[str] | None:
    """Return the fields of an object that a rule looks at; None where it may look at others too."""
    if not isinstance(rule, dict):
        return None
    found = {*rule.get("properties", ()), *rule.get("required", ())}
    for keyword, inner in rule.items():
        if keyword in ("allOf", "anyOf", "oneOf", "not", "if", "then", "else"):
            for part in inner if isinstance(inner, list) else [inner]:
                fields = _fields_of(part)
                if fields is None:
                    return None
                found |= fields
        elif keyword not in ("properties", "required"):
            return None
    return frozenset(found)


_extend: Any = extend  # has no types
_FORMATS = FormatChecker(("date", "regex"))
