"""What policies say, for every report: what is denied, what is warned of, and how the policies would change."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from reconciler.errors import Location
from reconciler.model import Finding, Judgement, Plan, RuleChange
from reconciler.report.page import Line, Page, Section, Style
from reconciler.report.tally import plural
from reconciler.report.values import escape

MOST = 20  # findings of one rule that are shown; JSON has them all
_SIGNS = {"removed": "-", "changed": "~", "added": "+"}
_STYLES: dict[str, Style] = {"removed": "bad", "changed": "change", "added": "good"}


def denied_warnings(plan: Plan) -> tuple[str, ...]:
    """Return a loud line when a policy denies: then nothing is applied."""
    text = _denied(plan.policies)
    return (text,) if text else ()


def _denied(found: Judgement) -> str:
    names = ", ".join(dict.fromkeys(f.rule for f in found.denied))
    return escape(f"DENIED by policy ({names}): nothing is applied while this stands") if names else ""


def denied_next(plan: Plan) -> tuple[str, ...]:
    """Return what to do about what is denied."""
    if not plan.policies.denied:
        return ()
    return (
        "mend what the policies deny; a rule that is wrong is changed in desired/policies/, in a review of its own",
    )


def judged_page(found: Judgement) -> Page:
    """Return what policies say of what is written, as a page of its own."""
    summary = _denied(found) or f"Policies warn of {plural(len(found.warned), 'thing')}."
    return Page(summary, sections=(_denied_section(found), _warned(found)))


def policy_sections(plan: Plan) -> tuple[Section, ...]:
    """Return what to read first of policies: what is denied, and how they themselves would change."""
    return (_denied_section(plan.policies), changes_section(plan.policies))


def warned_section(plan: Plan) -> Section:
    """Return what policies only warn of."""
    return _warned(plan.policies)


def _denied_section(found: Judgement) -> Section:
    return _section(found.denied, f"Denied by policy: {plural(len(found.denied), 'finding')}", "bad")


def _warned(found: Judgement) -> Section:
    return _section(found.warned, f"Policies warn of {plural(len(found.warned), 'thing')}", "warn")


def _section(findings: Iterable[Finding], title: str, style: Style) -> Section:
    lines: list[Line] = []
    for rule, group in groupby(findings, key=lambda f: f.rule):
        rows = list(group)
        lines.append(Line(escape(f"! {rule}: {_one_line(rows[0].message)}"), 0, style))
        lines.extend(Line(escape(finding_text(f)), 1) for f in rows[:MOST])
        if len(rows) > MOST:
            lines.append(Line(f"and {len(rows) - MOST:,} more", 1))
        lines.append(Line(escape(f"the rule: {_place(rows[0].rule_where)}"), 1, "dim"))
    return Section(title, tuple(lines), style)


def finding_text(finding: Finding) -> str:
    """Return one finding in a line: `monitors/homepage: check_frequency is 300 (desired/monitors.yaml:12)`."""
    head = f"{finding.address}: " if finding.address else ""
    place = f" ({_place(finding.where)})" if finding.where else ""
    return f"{head}{finding.said}{place}"


def changes_section(found: Judgement) -> Section:
    """Return how the policies of `desired/` differ from those that judge."""
    lines: list[Line] = []
    for change in found.changes:
        lines.append(Line(escape(f"{_SIGNS[change.change]} {change.rule}: {change.change}"), 0, _STYLES[change.change]))
        lines.extend(Line(escape(_one_line(line)), 1) for line in change.lines)
    if lines:
        lines.append(Line(f"this plan is judged by the policies of {escape(found.judged_by)}, not by these", 0, "dim"))
    return Section(f"Policies changed here: {plural(len(found.changes), 'rule')}", tuple(lines), "warn")


def policies_document(found: Judgement) -> dict[str, Any]:
    """Return what policies say as JSON data."""
    return {
        "judged_by": found.judged_by,
        "rules": found.rules,
        "denied": bool(found.denied),
        "findings": [_finding(f) for f in found.findings],
        "changes": [_change(c) for c in found.changes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "address": finding.address or None,
        "path": finding.path,
        "said": finding.said,
        "unknown": finding.unknown,
        "file": finding.where.file if finding.where else None,
        "line": finding.where.line if finding.where else None,
        "rule_file": finding.rule_where.file,
        "rule_line": finding.rule_where.line,
    }


def _change(change: RuleChange) -> dict[str, Any]:
    return {"rule": change.rule, "change": change.change, "lines": list(change.lines)}


def _place(where: Location) -> str:
    return f"{where.file}:{where.line}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
