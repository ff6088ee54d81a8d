"""What moved away from what we last applied, as a page. Desired changes and unmanaged objects are said, not counted."""

from __future__ import annotations

from reconciler.model import LEDGER_ONLY, Drift, Plan
from reconciler.report.approvals import note_section
from reconciler.report.changes import drift_lines
from reconciler.report.page import Line, Page, Section, Style
from reconciler.report.policies import denied_next, denied_warnings, policy_sections, warned_section
from reconciler.report.seen import (
    alarm_warnings,
    few,
    in_what_was_read,
    notice_section,
    pending_section,
    provider_facts,
    skipped_next,
    skipped_warnings,
    unknown_section,
    unmanaged_section,
)
from reconciler.report.tally import plural
from reconciler.report.units import UnitOf, no_unit
from reconciler.report.values import escape

_TITLES: dict[str, tuple[str, str, Style]] = {
    "missing": ("-", "Missing: deleted outside, or replaced by hand", "bad"),
    "changed": ("~", "Changed outside (last applied → live)", "change"),
    "opaque": ("~", "Changed outside where the value cannot be read", "change"),
    "duplicate": ("!", "Duplicates: several live objects with one identity", "bad"),
}


def drift_page(plan: Plan, *, unit: UnitOf = no_unit, command: str = "reconcile apply") -> Page:
    """Return the drift report of a plan that was made with coverage."""
    return Page(
        summary=_summary(plan),
        warnings=(*denied_warnings(plan), *skipped_warnings(plan), *alarm_warnings(plan)),
        facts=provider_facts(plan),
        sections=(
            *(_section(plan, kind, unit) for kind in _TITLES),
            *policy_sections(plan),
            _waiting(plan),
            warned_section(plan),
            pending_section(plan),
            unknown_section(plan),
            note_section(plan.approvals),
            unmanaged_section(plan),
            notice_section(plan.notices),
        ),
        next=_next(plan, command),
    )


def _section(plan: Plan, kind: str, unit: UnitOf) -> Section:
    sign, title, style = _TITLES[kind]
    lines = tuple(line for d in plan.drift if d.type == kind for line in _lines(d, sign, style, unit))
    return Section(title, lines, style)


def _lines(drift: Drift, sign: str, style: Style, unit: UnitOf) -> tuple[Line, ...]:
    detail = f": {escape(drift.detail)}" if drift.detail else ""
    head = Line(f"{sign} {escape(str(drift.address))}{detail}", 0, style)
    return (head, *drift_lines(drift.address.collection, drift.fields, unit))


def _waiting(plan: Plan) -> Section:
    drifted = {d.address for d in plan.drift}
    waiting = [c for c in plan.changes if c.address not in drifted and not isinstance(c, LEDGER_ONLY)]
    names = [f"{c.action} {c.address}{' (held)' if c.held else ''}" for c in waiting]
    lines = (Line(escape(few(names, 12))),) if names else ()
    return Section(f"Not drift: {plural(len(names), 'change')} in desired/ waiting to be applied", lines)


def _summary(plan: Plan) -> str:
    alarms = sum(1 for row in plan.unmanaged if row.alarm)
    counts = {kind: sum(1 for d in plan.drift if d.type == kind) for kind in _TITLES}
    words = {
        "changed": "changed outside",
        "missing": "missing",
        "opaque": "changed where it cannot be read",
        "duplicate": "with duplicates",
    }
    parts = [f"{count} {words[kind]}" for kind, count in counts.items() if count]
    if alarms:
        parts.append(f"{plural(alarms, 'alarming object')} that nobody declared")
    if not parts:
        seen = f"{plural(plan.unchanged, 'object')} as last applied"
        return f"No drift in {escape(plan.environment)}{in_what_was_read(plan)}: {seen}."
    return f"DRIFT in {escape(plan.environment)}: {', '.join(parts)}."


def _next(plan: Plan, command: str) -> tuple[str, ...]:
    lines: list[str] = []
    if any(d.type in ("changed", "missing", "opaque") for d in plan.drift):
        lines.append(f"`{command}` puts back what desired/ says; to keep a hand edit, write it into desired/ instead")
    if any(d.type == "duplicate" for d in plan.drift):
        lines.append("for duplicates: remove one at the vendor, or pin one with `lifecycle: {id: …}`")
    if any(row.alarm for row in plan.unmanaged):
        lines.append("for what is alarming: a person must look; this tool never touches what it does not manage")
    if any(s.status == "skipped" for s in plan.providers.values()):
        lines.append("for skipped providers: see the reason above, then run this again")
        lines.extend(skipped_next(plan))
    elif plan.unknown:
        lines.append("for what could not be read: see the reason above, then run this again")
    lines.extend(denied_next(plan))
    return tuple(lines) or ("nothing",)
