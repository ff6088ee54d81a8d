"""Pages as Markdown for a pull-request comment or a job summary.

Everything that comes from files or vendors stands inside a code fence longer than any run of backticks in it, so that
it can neither format, nor link, nor mention anybody. GitHub refuses comments of more than 65,536 characters: what does
not fit is cut at a line, and the cut is said.
"""

from __future__ import annotations

import re

from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.report.drift_page import drift_page
from reconciler.report.outcome_page import outcome_page
from reconciler.report.page import Page, Section
from reconciler.report.plan_page import plan_page
from reconciler.report.tally import plural
from reconciler.report.units import UnitOf, no_unit

LIMIT = 65_000  # bytes; below GitHub's 65,536 characters
_FOLD_AT = 12  # lines
_RESERVE = 400  # for the statement of what was cut and the last lines


def render_plan(plan: Plan, *, unit: UnitOf = no_unit, command: str = "reconcile apply", limit: int = LIMIT) -> str:
    """Return a plan as Markdown of at most `limit` bytes."""
    return render(plan_page(plan, unit=unit, command=command), limit=limit)


def render_drift(plan: Plan, *, unit: UnitOf = no_unit, limit: int = LIMIT) -> str:
    """Return the drift report of a plan as Markdown of at most `limit` bytes."""
    return render(drift_page(plan, unit=unit), limit=limit)


def render_outcome(outcome: Outcome, *, unit: UnitOf = no_unit, limit: int = LIMIT) -> str:
    """Return a finished apply as Markdown of at most `limit` bytes."""
    return render(outcome_page(outcome, unit=unit), limit=limit)


def render(page: Page, *, limit: int = LIMIT) -> str:
    """Return a page as Markdown of at most `limit` bytes."""
    head = [f"### {inert(page.summary)}", ""]
    if page.warnings:
        head += [fenced(list(page.warnings)), ""]
    tail = [f"- next: {_ticked(line)}" for line in page.next]
    tail += ["", *(f"<sub>{inert(fact)}</sub>" for fact in page.facts)]
    budget = limit - _RESERVE - _size("\n".join([*head, *tail]))
    if budget < 0:
        head, budget = [f"### {inert(page.summary[:200])}", ""], limit - 2 * _RESERVE
        tail = ["**Cut: the warnings do not fit here. See the full text of this run.**"]
    parts: list[str] = []
    cut = 0
    for section in page.shown:
        lines = [("  " * line.depth) + line.text for line in section.lines]
        text, missing = _fitting(section, lines, budget)
        cut += missing
        budget -= _size(text)
        if text:
            parts.append(text)
    if cut:
        parts.append(f"**Cut here: {plural(cut, 'line')} did not fit. The full text is in the output of this run.**\n")
    return "\n".join([*head, *parts, *tail]).rstrip("\n") + "\n"


def _fitting(section: Section, lines: list[str], budget: int) -> tuple[str, int]:
    """Return as much of a section as fits in `budget` bytes, and how many lines were left out."""
    text = _block(section, lines)
    if _size(text) <= budget:
        return text, 0
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        if _size(_block(section, lines[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    return (_block(section, lines[:low]) if low else ""), len(lines) - low


def _block(section: Section, lines: list[str]) -> str:
    body = fenced(lines, "yaml" if all(line.exact for line in section.lines) else "diff")
    urgent = section.style in ("bad", "warn")
    if section.folded or (len(lines) > _FOLD_AT and not urgent):
        return f"<details><summary>{_entities(section.title)}</summary>\n\n{body}\n\n</details>\n"
    return f"**{_ticked(section.title)}**\n\n{body}\n"


def fenced(lines: list[str], language: str = "text") -> str:
    """Return the lines in a code fence that nothing in them can close."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def inert(text: str) -> str:
    """Return text that Markdown and HTML show as it is: no markup, no link, no mention."""
    return _entities(re.sub(r"[\\`*_{}\[\]()#+!|~$-]", lambda m: f"\\{m[0]}", text))


def _entities(text: str) -> str:
    """Return text for inside an HTML element, where Markdown is not read but mentions and links still are."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("@", "@\u200b").replace("://", ":\u200b//")


def _ticked(line: str) -> str:
    """Return one of our own sentences; the commands in it stay code."""
    return "".join(f"`{part}`" if i % 2 else inert(part) for i, part in enumerate(line.split("`")))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
