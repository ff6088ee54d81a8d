"""Pages as one HTML file that loads nothing: to read in a browser, to attach to a mail, to keep with a run.

Everything that comes from files or vendors is text in it: it can be neither markup, nor script, nor a link. The page
forbids itself to load or run anything, so that a mistake here stays harmless.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reconciler.model import Plan
from reconciler.outcome import Outcome
from reconciler.report.drift_page import drift_page
from reconciler.report.outcome_page import outcome_page
from reconciler.report.page import Line, Page, Section
from reconciler.report.plan_page import plan_page
from reconciler.report.units import UnitOf, no_unit

_CSS = """
:root { color-scheme: light dark; --dim: #5c6570; --good: #116329; --change: #7d4e00; --bad: #a40e26; --warn: #6e3096;
  --edge: #d0d7de; --back: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --dim: #9aa4af; --good: #4ac26b; --change: #d4a72c; --bad: #ff7b72;
  --warn: #c297ff; --edge: #3d444d; --back: #161b22; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .5rem; }
h2, summary { font-size: 1rem; font-weight: 600; margin: 1.6rem 0 .4rem; }
summary { cursor: pointer; }
.lines { font: 13px/1.5 ui-monospace, monospace; background: var(--back); border: 1px solid var(--edge);
  border-radius: 6px; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.dim { color: var(--dim); } .good { color: var(--good); } .change { color: var(--change); }
.bad { color: var(--bad); } .warn { color: var(--warn); } .loud { color: var(--bad); font-weight: 600; }
.head { font-weight: 600; } p { margin: .2rem 0; } footer { margin-top: 1.6rem; }
""".strip()


def render_plan(plan: Plan, *, unit: UnitOf = no_unit, command: str = "reconcile apply") -> str:
    """Return a plan as an HTML document."""
    return render(plan_page(plan, unit=unit, command=command, full=True))


def render_drift(plan: Plan, *, unit: UnitOf = no_unit) -> str:
    """Return the drift report of a plan as an HTML document."""
    return render(drift_page(plan, unit=unit))


def render_outcome(outcome: Outcome, *, unit: UnitOf = no_unit) -> str:
    """Return a finished apply as an HTML document."""
    return render(outcome_page(outcome, unit=unit))


def render(page: Page) -> str:
    """Return a page as an HTML document."""
    return "\n".join(_parts(page)) + "\n"


def _parts(page: Page) -> Iterator[str]:
    title = escape(page.summary)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{_CSS}</style></head><body><main>"
    yield f"<h1>{title}</h1>"
    yield from (f'<p class="loud" role="alert">{escape(warning)}</p>' for warning in page.warnings)
    for section in page.shown:
        yield from _section(section)
    yield "<footer>"
    yield from (f'<p class="head">next: {escape(step)}</p>' for step in page.next)
    yield from (f'<p class="dim">{escape(fact)}</p>' for fact in page.facts)
    yield "</footer></main></body></html>"


def _section(section: Section) -> Iterator[str]:
    title = escape(section.title)
    lines = f'<div class="lines">{"".join(map(_line, section.lines))}</div>'
    if section.folded:
        yield f"<details><summary>{title}</summary>{lines}</details>"
    else:
        yield f'<section><h2 class="{section.style}">{title}</h2>{lines}</section>'


def _line(line: Line) -> str:
    indent = f' style="padding-left: {2 * line.depth}ch"' if line.depth else ""
    return f'<div class="{line.style}"{indent}>{escape(line.text)}</div>'
