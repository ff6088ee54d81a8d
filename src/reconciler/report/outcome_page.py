"""What became of an apply, as a page: what went wrong first."""

from __future__ import annotations

from dataclasses import replace

from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.report.changes import SIGNS, STYLES, field_lines
from reconciler.report.fold import shared_lines, shared_notes
from reconciler.report.page import Line, Page, Section, Style
from reconciler.report.policies import denied_next, denied_warnings, policy_sections
from reconciler.report.seen import (
    alarm_warnings,
    all_is_well,
    few,
    notice_section,
    pending_section,
    skipped_next,
    skipped_warnings,
    unknown_section,
)
from reconciler.report.tally import plural
from reconciler.report.units import UnitOf, no_unit
from reconciler.report.values import escape

_LEDGER = ("record", "retain", "release", "forget")
_TITLES: tuple[tuple[str, str, Style], ...] = (
    ("failed", "Failed", "bad"),
    ("interrupted", "Interrupted", "bad"),
    ("stale", "STALE: not as in the plan file any more", "warn"),
    ("skipped", "Skipped: something it depends on did not go through", "warn"),
    ("held", "Held", "warn"),
    ("not in plan", "Not in the plan file, so not carried out", "plain"),
)


def outcome_page(outcome: Outcome, *, unit: UnitOf = no_unit) -> Page:
    """Return the page of a finished apply."""
    done = [r for r in outcome.results if r.status == "done"]
    return Page(
        summary=_summary(outcome),
        warnings=(
            *(escape(f"ERROR: {error}") for error in outcome.errors),
            *denied_warnings(outcome.plan),
            *skipped_warnings(outcome.plan),
            *alarm_warnings(outcome.plan),
        ),
        facts=(f"run {escape(outcome.run)}",) if outcome.run else (),
        sections=(
            *(policy_sections(outcome.plan) if outcome.plan.policies.denied else ()),
            _not_converged(outcome.not_converged, unit),
            *(_section(outcome, status, title, style) for status, title, style in _TITLES),
            _done([r for r in done if r.action not in _LEDGER]),
            _recorded(done),
            _already(outcome),
            pending_section(outcome.plan),
            unknown_section(outcome.plan),
            notice_section(outcome.notices),
        ),
        next=_next(outcome),
    )


def _summary(outcome: Outcome) -> str:
    where = escape(outcome.plan.environment)
    count = {status: 0 for status in ("done", "already", *(s for s, _, _ in _TITLES))}
    for result in outcome.results:
        if result.status != "done" or result.action not in _LEDGER:
            count[result.status] += 1
    parts = [
        f"{count[s]} {s}" for s in ("failed", "interrupted", "stale", "skipped", "held", "not in plan") if count[s]
    ]
    if outcome.not_converged:
        parts.insert(0, f"{len(outcome.not_converged)} NOT CONVERGED")
    if outcome.plan.policies.denied:
        return f"Nothing was applied in {where}: denied by policy."
    if not outcome.results and not parts:
        if outcome.plan.unknown or any(s.status == "skipped" for s in outcome.plan.providers.values()):
            return f"Nothing to do in {where} in what could be read."
        return f"Nothing to do in {where}: {all_is_well(outcome.plan)}."
    head = "Interrupted in" if outcome.interrupted else "Applied in"
    return f"{head} {where}: {', '.join([plural(count['done'], 'change') + ' done', *parts])}."


def _done(results: list[Result]) -> Section:
    shared = shared_notes(r.notes for r in results)
    kept = (replace(r, notes=tuple(n for n in r.notes if n not in shared)) for r in results)
    return Section("Done", (*(line for r in kept for line in _lines(r, "good")), *shared_lines(shared)))


def _section(outcome: Outcome, status: str, title: str, style: Style) -> Section:
    lines = tuple(line for r in outcome.results if r.status == status for line in _lines(r, style))
    return Section(title, lines, style)


def _lines(result: Result, style: Style) -> tuple[Line, ...]:
    colour = STYLES.get(result.action, "plain") if style == "good" else style
    lines = [Line(f"{SIGNS.get(result.action, '.')} {result.action} {escape(str(result.address))}", 0, colour)]
    if result.reason:
        lines.append(Line(escape(result.reason), 1))
    if result.fix:
        lines.append(Line(f"fix: {escape(result.fix)}", 1))
    lines.extend(Line(f"note: {escape(note)}", 1, "dim") for note in result.notes)
    return tuple(lines)


def _recorded(done: list[Result]) -> Section:
    names = [str(r.address) for r in done if r.action in _LEDGER]
    title = f"Recorded without a write to a vendor: {plural(len(names), 'object')}"
    return Section(title, (Line(escape(few(names))),) if names else ())


def _already(outcome: Outcome) -> Section:
    names = [f"{r.action} {r.address}" for r in outcome.results if r.status == "already"]
    return Section("Already so before this run came to it", (Line(escape(few(names))),) if names else ())


def _not_converged(rows: tuple[NotConverged, ...], unit: UnitOf) -> Section:
    lines: list[Line] = []
    for row in rows:
        lines.append(Line(f"{SIGNS.get(row.action, '?')} {row.action} {escape(str(row.address))}", 0, "bad"))
        for diff in row.fields:
            lines.extend(field_lines(row.address.collection, diff, unit))
    return Section("NOT CONVERGED: reading again after the writes still finds", tuple(lines), "bad")


def _next(outcome: Outcome) -> tuple[str, ...]:
    statuses = {r.status for r in outcome.results}
    lines: list[str] = []
    if outcome.interrupted or "interrupted" in statuses:
        lines.append("`reconcile apply` again carries out the rest; nothing is made twice")
    elif statuses & {"failed", "skipped"} or outcome.errors:
        lines.append("mend what failed, then `reconcile apply` again: what is done stays done")
    lines.extend(skipped_next(outcome.plan))
    if outcome.not_converged:
        lines.append(
            "`reconcile plan` shows what still differs; the vendor may need longer, or changes what it is sent"
        )
    if "stale" in statuses or "not in plan" in statuses:
        lines.append("`reconcile plan -o plan.json` makes a fresh plan to review")
    lines.extend(denied_next(outcome.plan))
    if "held" in statuses and not outcome.plan.policies.denied:
        lines.append("for what is held, do what its `next:` or `fix:` above says")
    return tuple(lines)
