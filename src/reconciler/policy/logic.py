"""JSON Schema with a third answer. A condition that needs a value nobody could read is neither met nor broken.

The value is a `Gap` there, and what touches it is `Unclear`. Conjunctions come out right by themselves: a definite
error counts, whatever else is unclear. The keywords that choose, negate or count are told what to make of it (Kleene).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from reconciler.policy.effective import Gap
from reconciler.values import Path

Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


class Unclear(ValidationError):
    """Not an error: whether there is one depends on a Gap. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`met` is None where it cannot be told, and `reason` says why. Where it fails: path, keyword, instance.

    Of `required`, `missing` is the name that is not there.
    """

    met: bool | None
    path: Path = ()
    keyword: str = ""
    found: Any = None
    missing: str = ""
    reason: str = ""


MET = Answer(True)


@dataclass(frozen=True, slots=True)
class Condition:
    """A JSON Schema, ready to be asked."""

    validator: Any

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Condition:
        """Return the condition of a schema that was found to be well formed."""
        return cls(_VALIDATOR(dict(schema)))

    def ask(self, instance: Any) -> Answer:
        """Return whether it holds of an instance."""
        errors = list(self.validator.iter_errors(instance))
        if not errors:
            return MET
        definite = [e for e in errors if not isinstance(e, Unclear)]
        if not definite:
            return Answer(None, tuple(errors[0].absolute_path), reason=errors[0].message)
        first = definite[0]
        keyword = str(first.validator)
        missing = first.message if keyword == "required" else ""
        return Answer(False, tuple(first.absolute_path), keyword, first.instance, missing)


def _verdict(validator: Any, instance: Any, schema: Any) -> bool | None:
    errors = list(validator.evolve(schema=schema).iter_errors(instance))
    if not errors:
        return True
    return None if all(isinstance(e, Unclear) for e in errors) else False


def _reason(instance: Any) -> str:
    """Return the reason of the first gap in an instance; "" when there is none."""
    if isinstance(instance, Gap):
        return instance.reason
    parts: Sequence[Any] = ()
    if isinstance(instance, Mapping):
        parts = list(instance.values())
    elif isinstance(instance, list):
        parts = instance
    return next((found for part in parts if (found := _reason(part))), "")


def _unclear(instance: Any) -> Unclear:
    return Unclear(_reason(instance) or "something it depends on is not known")


def _guarded(keyword: Keyword, *, whole: bool) -> Keyword:
    """Return a keyword that gives no answer on a gap; with `whole`, nor on what has one inside."""

    def guarded(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, Gap) or (whole and _reason(instance)):
            yield _unclear(instance)
        else:
            yield from keyword(validator, value, instance, schema) or ()

    return guarded


def _any_of(validator: Any, branches: list[Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    verdicts = [_verdict(validator, instance, branch) for branch in branches]
    if True not in verdicts:
        yield _unclear(instance) if None in verdicts else ValidationError("none of them holds")


def _one_of(validator: Any, branches: list[Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    verdicts = [_verdict(validator, instance, branch) for branch in branches]
    if verdicts.count(True) > 1 or not (True in verdicts or None in verdicts):
        yield ValidationError("not exactly one of them holds")
    elif None in verdicts:
        yield _unclear(instance)


def _not(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    verdict = _verdict(validator, instance, inner)
    if verdict is not False:
        yield ValidationError("it holds") if verdict else _unclear(instance)


def _if(validator: Any, condition: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    verdict = _verdict(validator, instance, condition)
    branches = [schema.get(name, {}) for name, asked in (("then", True), ("else", False)) if verdict in (asked, None)]
    if verdict is not None:
        yield from validator.descend(instance, branches[0], schema_path="then" if verdict else "else")
        return
    outcomes = [_verdict(validator, instance, branch) for branch in branches]
    if outcomes == [False, False]:
        yield ValidationError("neither branch holds")
    elif outcomes != [True, True]:
        yield _unclear(instance)


def _contains(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, list):
        return
    verdicts = [_verdict(validator, element, inner) for element in instance]
    least, most = verdicts.count(True), len(verdicts) - verdicts.count(False)
    low, high = schema.get("minContains", 1), schema.get("maxContains", len(verdicts))
    if most < low or least > high:
        yield ValidationError("too few or too many elements")
    elif least < low or most > high:
        yield _unclear(instance)


def _required(validator: Any, names: list[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, Mapping):
        return
    for name in names:
        if name not in instance:
            yield ValidationError(name)
        elif isinstance(instance[name], Gap):
            yield Unclear(instance[name].reason, path=(name,))


def _additional(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """`additionalProperties`: a member that is not known may not be there at all."""
    if not isinstance(instance, Mapping):
        return
    extra = {name: value for name, value in instance.items() if name not in schema.get("properties", {})}
    for name, value in extra.items():
        if isinstance(value, Gap):
            if inner is not True:
                yield _unclear(value)
        else:
            yield from validator.descend(value, inner, path=name)


_OWN: Mapping[str, Keyword] = {
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "contains": _contains,
    "required": _required,
    "additionalProperties": _additional,
}
_WHOLE = frozenset(
    {"const", "enum", "uniqueItems", "minProperties", "maxProperties"}
)  # compare or count what is inside
_THEIRS = dict(Draft202012Validator.VALIDATORS)
_KEYWORDS = {
    name: _guarded(_OWN.get(name, keyword), whole=name in _WHOLE and name not in _OWN)
    for name, keyword in _THEIRS.items()
}
_extend: Any = extend  # has no types
_VALIDATOR: Any = _extend(Draft202012Validator, _KEYWORDS)
