"""Rules across fields of one object, declared once: the model enforces them and the JSON Schema says the same.

`when` maps a field to the values for which the rule applies: `RequiredIf("port", when={"monitor_type": ("tcp",)})`.
A field that is not written matches no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

When: TypeAlias = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class RequiredIf:
    """`field` must be written."""

    field: str
    when: When


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """`field` may be written only then."""

    field: str
    when: When


@dataclass(frozen=True, slots=True)
class OneOfIf:
    """`field`, if written, must have one of these values (after unit conversion)."""

    field: str
    values: tuple[Any, ...]
    when: When
    unit: str = ""  # accepts durations too when set: "seconds", "milliseconds"


@dataclass(frozen=True, slots=True)
class NotBoth:
    """At most one of these fields may be written."""

    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """At least one of these fields must be written."""

    fields: tuple[str, ...]
    when: When


Rule: TypeAlias = RequiredIf | OnlyIf | OneOfIf | NotBoth | AtLeastOne


def _applies(when: When, written: Mapping[str, Any]) -> bool:
    return all(name in written and written[name] in values for name, values in when.items())


def _said(when: When) -> str:
    return " and ".join(f"{name} is {' or '.join(str(v) for v in values)}" for name, values in when.items())


def broken(rules: tuple[Rule, ...], written: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (field, message) for each rule that `written` breaks. `written` holds the validated values as set."""
    found: list[tuple[str, str]] = []
    for rule in rules:
        match rule:
            case RequiredIf(name, when):
                if _applies(when, written) and written.get(name) is None:
                    found.append((name, f"{name} is required when {_said(when)}"))
            case OnlyIf(name, when):
                if name in written and written[name] is not None and not _applies(when, written):
                    found.append((name, f"{name} is only allowed when {_said(when)}"))
            case OneOfIf(name, values, when):
                if _applies(when, written) and written.get(name) is not None and written[name] not in values:
                    allowed = ", ".join(str(v) for v in values)
                    found.append((name, f"{name}: {written[name]!r} is not one of {allowed} when {_said(when)}"))
            case NotBoth(names, reason):
                both = [n for n in names if written.get(n) is not None]
                if len(both) > 1:
                    found.append((both[-1], f"{' and '.join(both)} cannot stand together: {reason}"))
            case AtLeastOne(names, when):
                if _applies(when, written) and all(written.get(n) is None for n in names):
                    found.append((names[0], f"one of {', '.join(names)} is required when {_said(when)}"))
    return found
