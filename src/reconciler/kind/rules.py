"""Rules across fields of one object, declared once: the model enforces them and the JSON Schema says the same.

`when` maps a field to the values for which the rule applies: `RequiredIf("port", when={"monitor_type": ("tcp",)})`.
A field that is not written matches no value. Fields are named as in the YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.kind.duration import in_unit

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
    said = " and ".join(f"{name} is {' or '.join(str(v) for v in values)}" for name, values in when.items())
    return f" when {said}" if said else ""


def _among(value: Any, values: tuple[Any, ...], unit: str) -> bool:
    try:
        return (in_unit(value, unit) if unit else value) in values
    except ValueError:
        return False


def broken(rules: tuple[Rule, ...], written: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (field, message) for each rule that `written` breaks. `written` holds the validated values as set."""
    found: list[tuple[str, str]] = []
    for rule in rules:
        match rule:
            case RequiredIf(name, when):
                if _applies(when, written) and written.get(name) is None:
                    found.append((name, f"{name} is required{_said(when)}"))
            case OnlyIf(name, when):
                if name in written and written[name] is not None and not _applies(when, written):
                    found.append((name, f"{name} is only allowed{_said(when)}"))
            case OneOfIf(name, values, when, unit):
                if _applies(when, written) and not (written.get(name) is None or _among(written[name], values, unit)):
                    allowed = ", ".join(str(v) for v in values)
                    found.append((name, f"{name}: {written[name]!r} is not one of {allowed}{_said(when)}"))
            case NotBoth(names, reason):
                both = [n for n in names if written.get(n) is not None]
                if len(both) > 1:
                    found.append((both[-1], f"{' and '.join(both)} cannot stand together: {reason}"))
            case AtLeastOne(names, when):
                if _applies(when, written) and all(written.get(n) is None for n in names):
                    found.append((names[0], f"one of {', '.join(names)} is required{_said(when)}"))
    return found
