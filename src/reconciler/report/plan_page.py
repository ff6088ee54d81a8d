"""A plan as a page: what loses something and what is held first, and unfolded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model import (
    LEDGER_ONLY,
    Adopt,
    Change,
    Delete,
    Disable,
    Plan,
    Recreate,
    Release,
    Retain,
    Update,
)
from reconciler.report.approvals import note_section, offer_section
from reconciler.report.changes import change_lines, released_names
from reconciler.report.fold import folded
from reconciler.report.page import Line, Page, Section, Style
from reconciler.report.policies import denied_next, denied_warnings, policy_sections, warned_section
from reconciler.report.seen import (
    alarm_warnings,
    all_is_well,
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
from reconciler.report.tally import hand_edits, phrase, plural
from reconciler.report.units import UnitOf, no_unit
from reconciler.report.values import escape


def runnable(plan: Plan) -> tuple[Change, ...]:
    """Return the changes that an apply would write to a vendor: not held, and not of the ledger alone."""
    return tuple(c for c in plan.changes if not c.held and not isinstance(c, LEDGER_ONLY))


def plan_page(plan: Plan, *, unit: UnitOf = no_unit, command: str = "reconcile apply", full: bool = True) -> Page:
    """Return the page of a plan. `command` is what the reader would run to carry it out; "" says nothing of it.

    Without `full`, many new objects are one line each.
    """
    return Page(
        summary=_summary(plan),
        warnings=(*denied_warnings(plan), *skipped_warnings(plan), *alarm_warnings(plan)),
        facts=(_identity(plan), *provider_facts(plan)),
        sections=sections(plan, unit, full=full),
        next=_next(plan, command) if command else (),
    )


def sections(plan: Plan, unit: UnitOf, *, full: bool = True) -> tuple[Section, ...]:
    """Return the sections of a plan in the order a tired person should read them."""
    held = [c for c in plan.changes if c.held]
    ready = [c for c in plan.changes if not c.held]
    losing = [c for c in ready if isinstance(c, Delete | Disable)]
    reverts = [c for c in ready if isinstance(c, Recreate) or (isinstance(c, Update) and c.corrects_drift)]
    adopts = [c for c in ready if isinstance(c, Adopt)]
    apart = {id(c) for c in (*losing, *reverts, *adopts)}
    rest = [c for c in ready if id(c) not in apart and not isinstance(c, LEDGER_ONLY)]
    return (
        *policy_sections(plan),
        _of(held, f"Held: {plural(len(held), 'change')} will not be carried out", unit, style="warn"),
        offer_section(held, plan.created_at),
        _of(losing, f"Deletes or disables {plural(len(losing), 'object')}", unit, style="bad"),
        _of(
            reverts,
            f"Also reverts {plural(hand_edits(reverts), 'hand edit')} made outside since the last apply",
            unit,
            sources=True,
        ),
        Section("Changes", folded(rest, unit, full=full)),
        _of(adopts, "Adopts what exists already and is not ours yet", unit),
        Section("Only the record changes, nothing at a vendor", tuple(_ledger_lines(ready))),
        warned_section(plan),
        pending_section(plan),
        unknown_section(plan),
        note_section(plan.approvals),
        unmanaged_section(plan),
        notice_section(plan.notices),
    )


def _of(
    changes: Sequence[Change], title: str, unit: UnitOf, *, style: Style = "head", sources: bool = False
) -> Section:
    lines = tuple(line for c in changes for line in change_lines(c, unit, sources=sources or bool(c.held)))
    return Section(title, lines, style)


def _ledger_lines(changes: Iterable[Change]) -> list[Line]:
    words = {"record": "already so, will be recorded", "forget": "gone on both sides, will be forgotten"}
    groups: dict[str, list[str]] = {}
    lines: list[Line] = []
    for change in changes:
        if isinstance(change, Release):
            lines.append(Line(f". release {escape(str(change.address))}: {released_names(change)} left as is"))
        elif isinstance(change, Retain):
            lines.append(Line(escape(f". retain {change.address}: stays live (id {change.live.id}), no longer ours")))
        elif change.action in words:
            groups.setdefault(words[change.action], []).append(str(change.address))
    lines.extend(Line(escape(f". {plural(len(a), 'object')} {w}: {few(a)}")) for w, a in groups.items())
    return lines


def _summary(plan: Plan) -> str:
    ready = runnable(plan)
    held = sum(1 for c in plan.changes if c.held)
    edits = hand_edits(ready)
    parts = [phrase(ready) or f"nothing to do{in_what_was_read(plan)}"]
    if held:
        parts.append(f"{held} held")
    text = f"Plan for {escape(plan.environment)}: {'; '.join(parts)}."
    if edits:
        text += f" Also reverts {plural(edits, 'hand edit')}."
    if plan.unchanged:
        text += f" {plural(plan.unchanged, 'object')} unchanged."
    return text


def _identity(plan: Plan) -> str:
    commit = f"commit {escape(plan.commit[:12])}" if plan.commit else "no commit"
    return f"{commit}, plan {escape(plan.digest[:16])}" if plan.digest else commit


def _next(plan: Plan, command: str) -> tuple[str, ...]:
    ready, held = runnable(plan), any(c.held for c in plan.changes)
    lines: list[str] = []
    if any(s.status == "skipped" for s in plan.providers.values()):
        lines.append("the skipped providers need attention first; then plan again")
        lines.extend(skipped_next(plan))
    elif plan.unknown:
        lines.append("for what could not be read: see the reason above, then plan again")
    lines.extend(denied_next(plan))
    if plan.policies.denied:
        pass
    elif ready:
        lines.append(f"`{command}` carries out {plural(len(ready), 'change')}")
    elif any(isinstance(c, LEDGER_ONLY) and not c.held for c in plan.changes):
        lines.append(f"`{command}` records this; no vendor is written to")
    if held:
        able = any(h.offered for c in plan.changes for h in c.held)
        lines.append(f"for what is held, do what its `next:` says{', or approve it' if able else ''}")
    if not lines:
        lines.append(f"nothing: {all_is_well(plan)}")
    return tuple(lines)
