"""Pages as text for a terminal: 80 columns, the summary first, colours only when asked for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.report.drift_page import drift_page
from reconciler.report.outcome_page import outcome_page
from reconciler.report.page import Line, Page, Style
from reconciler.report.plan_page import plan_page
from reconciler.report.units import UnitOf, no_unit

WIDTH = 80
_INDENT = 2
_STEP = 4


def render_plan(
    plan: Plan,
    *,
    color: bool = False,
    unit: UnitOf = no_unit,
    command: str = "reconcile apply",
    width: int = WIDTH,
    full: bool = False,
) -> str:
    """Return a plan as text that ends in a line break. Without `full`, many new objects are one line each."""
    return render(plan_page(plan, unit=unit, command=command, full=full), color=color, width=width)


def render_drift(plan: Plan, *, color: bool = False, unit: UnitOf = no_unit, width: int = WIDTH) -> str:
    """Return the drift report of a plan as text that ends in a line break."""
    return render(drift_page(plan, unit=unit), color=color, width=width)


def render_outcome(outcome: Outcome, *, color: bool = False, unit: UnitOf = no_unit, width: int = WIDTH) -> str:
    """Return a finished apply as text that ends in a line break."""
    return render(outcome_page(outcome, unit=unit), color=color, width=width)


def render(page: Page, *, color: bool = False, width: int = WIDTH) -> str:
    """Return a page as text that ends in a line break."""
    return "\n".join(_paint(text, style, color) for text, style in _rows(page, width)) + "\n"


def _rows(page: Page, width: int) -> Iterator[tuple[str, Style]]:
    yield from _wrap(Line(page.summary, style="head"), 0, width)
    for warning in page.warnings:
        yield from _wrap(Line(warning, style="loud"), 0, width)
    for fact in page.facts:
        yield from _wrap(Line(fact, style="dim"), 0, width)
    for section in page.shown:
        yield "", "plain"
        yield from _wrap(Line(section.title, style=section.style), 0, width)
        for line in section.lines:
            yield from _wrap(line, _INDENT, width)
    if page.next:
        yield "", "plain"
        for step in page.next:
            yield from _wrap(Line(f"next: {step}", style="head"), 0, width)


def _wrap(line: Line, base: int, width: int) -> Iterator[tuple[str, Style]]:
    indent = " " * (base + _STEP * line.depth)
    if line.exact or len(indent) + len(line.text) <= width:
        yield indent + line.text, line.style
        return
    hang = indent + " " * (_STEP if base else 2)
    wrapped: list[str] = textwrap.wrap(
        line.text,
        width,
        initial_indent=indent,
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for row in wrapped:
        yield row, line.style


def _paint(text: str, style: Style, color: bool) -> str:
    if not color or style == "plain" or not text:
        return text
    from click import style as paint

    match style:
        case "dim":
            return paint(text, dim=True)
        case "good":
            return paint(text, fg="green")
        case "change":
            return paint(text, fg="yellow")
        case "bad":
            return paint(text, fg="red")
        case "warn":
            return paint(text, fg="magenta")
        case "loud":
            return paint(text, fg="red", bold=True)
        case "head":
            return paint(text, bold=True)
