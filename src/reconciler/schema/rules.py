"""Rules across fields as JSON Schema: the same rules that `reconciler.kind.rules` enforces on models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, assert_never

from reconciler.kind.duration import spellings
from reconciler.kind.rules import AtLeastOne, NotBoth, OneOfIf, OnlyIf, RequiredIf, Rule, When

Schema: TypeAlias = dict[str, Any]


def clauses(rules: Iterable[Rule], unit_of: Callable[[str], str]) -> list[Schema]:
    """Return one schema per rule. `unit_of` names the unit of a field that takes duration texts, or ""."""
    return [clause for rule in rules for clause in _clauses(rule, unit_of)]


def _clauses(rule: Rule, unit_of: Callable[[str], str]) -> list[Schema]:
    match rule:
        case RequiredIf(name, when):
            return [_if(when, _filled(name), unit_of)]
        case AtLeastOne(names, when):
            return [_if(when, {"anyOf": [_filled(name) for name in names]}, unit_of)]
        case OnlyIf(name, when):
            return [{"if": _filled(name), "then": _condition(when, unit_of)}]
        case OneOfIf(name, values, when, unit):
            allowed = [*values, *_texts(values, unit or unit_of(name)), None]
            return [_if(when, {"properties": {name: {"enum": allowed}}}, unit_of)]
        case NotBoth(names):
            pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
            return [{"not": {"allOf": [_filled(a), _filled(b)]}} for a, b in pairs]
        case _:
            assert_never(rule)


def _if(when: When, then: Schema, unit_of: Callable[[str], str]) -> Schema:
    return {"if": _condition(when, unit_of), "then": then} if when else then


def _condition(when: When, unit_of: Callable[[str], str]) -> Schema:
    properties = {name: {"enum": [*values, *_texts(values, unit_of(name))]} for name, values in when.items()}
    return {"properties": properties, "required": list(when)}


def _filled(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _texts(values: tuple[Any, ...], unit: str) -> list[str]:
    if not unit:
        return []
    numbers = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
    return [text for number in numbers for text in spellings(number, unit)]
