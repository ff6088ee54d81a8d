"""What policies say of a plan: rules as they are written, what breaks them, and how a proposal changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from reconciler.errors import Location

Severity: TypeAlias = Literal["deny", "warn"]
OnUnknown: TypeAlias = Literal["fail", "warn"]
EVERY_KIND = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of `desired/policies/`. `written` is its YAML as data; conditions in it are JSON Schema.

    Exactly one of `require`, `count`, `document` and `check` is there: a condition for each field of every object of
    `kinds` that `where` matches, one for the number of those objects, one for the whole document, a check by name.
    """

    name: str
    message: str
    where_written: Location
    kinds: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    require: Mapping[str, Any] | None = None
    count: Mapping[str, Any] | None = None
    document: Mapping[str, Any] | None = None
    check: str = ""
    severity: Severity = "deny"
    on_unknown: OnUnknown = "fail"
    written: Mapping[str, Any] = field(default_factory=dict)

    def covers(self, kind: str) -> bool:
        """Return whether objects of a kind are looked at."""
        return self.document is not None or kind in self.kinds or EVERY_KIND in self.kinds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks a rule, or that may (`unknown`: a field which decides about it could not be read).

    `address` and `path` are "" where it is not about one object or field. `said` is what is wrong there, and never
    holds a secret. `where` is where the value is written, or the object; `rule_where` where the rule is.
    """

    rule: str
    severity: Severity
    message: str
    said: str
    rule_where: Location
    address: str = ""
    path: str = ""
    where: Location | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How one rule differs from the one that judges: what a pull request would make of it, line by line."""

    rule: str
    change: Literal["added", "removed", "changed"]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policies say of a plan. `judged_by` is the commit whose rules count; "" for those of `desired/`.

    `rules` is how many were evaluated; `changes` are those of `desired/` against the ones that count.
    """

    rules: int = 0
    findings: tuple[Finding, ...] = ()
    judged_by: str = ""
    changes: tuple[RuleChange, ...] = ()

    @property
    def denied(self) -> tuple[Finding, ...]:
        """What stops an apply."""
        return tuple(f for f in self.findings if f.severity == "deny")

    @property
    def warned(self) -> tuple[Finding, ...]:
        """What people should know, and stops nothing."""
        return tuple(f for f in self.findings if f.severity == "warn")


UNJUDGED = Judgement()
