"""A report before it has a form: a summary, sections of lines, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["plain", "dim", "good", "change", "bad", "warn", "loud", "head"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `depth` indents it; an `exact` one is meant to be copied and is never wrapped."""

    text: str
    depth: int = 0
    style: Style = "plain"
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title. A `folded` one is for those who want to know: Markdown closes it, text shows it last."""

    title: str
    lines: tuple[Line, ...]
    style: Style = "head"
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. `warnings` belong to the summary: what makes the rest incomplete or urgent."""

    summary: str
    warnings: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    next: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Section, ...]:
        """The sections that hold something."""
        return tuple(s for s in self.sections if s.lines)
