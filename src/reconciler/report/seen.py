"""What was seen beside the changes: skipped providers, unknown, pending, unmanaged, notices. Shared by all reports."""

from __future__ import annotations

from reconciler.model import Plan, Unmanaged
from reconciler.report.page import Line, Section
from reconciler.report.tally import plural
from reconciler.report.values import escape


def skipped_warnings(plan: Plan) -> tuple[str, ...]:
    """Return one loud line per provider that was not read: this report says nothing about what it holds."""
    return tuple(
        escape(f"INCOMPLETE: {name} was skipped: {status.reason or 'no reason given'}")
        for name, status in plan.providers.items()
        if status.status == "skipped"
    )


def skipped_next(plan: Plan) -> tuple[str, ...]:
    """Return one line per provider that was not read and whose error said what to do."""
    return tuple(escape(f"for {name}: {s.next}") for name, s in plan.providers.items() if s.next)


def in_what_was_read(plan: Plan) -> str:
    """Return what a summary must add when part of production was not looked at; "" when all was."""
    skipped = any(s.status == "skipped" for s in plan.providers.values())
    if skipped or plan.unknown:
        return " in what could be read"
    return " in what was selected" if plan.narrowed else ""


def all_is_well(plan: Plan) -> str:
    """Return what is as desired/ says where nothing is left to do."""
    return f"{'what was selected' if plan.narrowed else 'production'} is as desired/ says"


def alarm_warnings(plan: Plan) -> tuple[str, ...]:
    """Return one loud line per alarming unmanaged object."""
    return tuple(escape(f"ALARM: {_name(row)}: {row.alarm}") for row in plan.unmanaged if row.alarm)


def unknown_section(plan: Plan) -> Section:
    """Return what could not be read; what a wanted change depended on comes first."""
    rows = sorted(plan.unknown, key=lambda u: not u.needed)
    lines = tuple(
        Line(
            escape(f"? {u.subject}: {u.reason}{' (a wanted change waits for it)' if u.needed else ''}"),
            0,
            "warn" if u.needed else "plain",
        )
        for u in rows
    )
    return Section("Unknown: could not be read, so neither equal nor different", lines)


def pending_section(plan: Plan) -> Section:
    """Return what is applied and not yet effective, with who must act."""
    lines = tuple(Line(escape(f"{p.address}: {p.note}")) for p in plan.pending)
    return Section("Pending: configured, not yet effective", lines)


def unmanaged_section(plan: Plan) -> Section:
    """Return live objects that nothing names, by kind. The alarming ones are in the warnings already."""
    rows = [row for row in plan.unmanaged if not row.alarm]
    lines = _by_kind([row for row in rows if not row.unimportable])
    if lines:
        lines.append(Line("never touched; `reconcile import` writes them into desired/", 0, "dim"))
    if left := _by_kind([row for row in rows if row.unimportable]):
        lines += [*left, Line("never touched, and `reconcile import` cannot write them", 0, "dim")]
    title = f"Unmanaged: {plural(len(rows), 'live object')} that desired/ does not name"
    return Section(title, tuple(lines), folded=True)


def _by_kind(rows: list[Unmanaged]) -> list[Line]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        why = f": {row.unimportable}" if row.unimportable else ""
        groups.setdefault(f"{row.kind} in {row.provider}", []).append(f"{row.title} (id {row.live_id}{why})")
    return [Line(escape(f"{kind}: {few(names)}")) for kind, names in groups.items()]


def provider_facts(plan: Plan) -> tuple[str, ...]:
    """Return one quiet line: which accounts were read."""
    read = [
        f"{name} ({status.account})" if status.account else name
        for name, status in plan.providers.items()
        if status.status == "ok"
    ]
    return (escape(f"read: {', '.join(read)}"),) if read else ()


def notice_section(notices: tuple[str, ...]) -> Section:
    """Return what is said once per run."""
    return Section("Notices", tuple(Line(escape(n)) for n in notices))


def few(names: list[str] | tuple[str, ...], most: int = 8) -> str:
    """Return the names, or the first of them and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _name(row: Unmanaged) -> str:
    return f"{row.kind} {row.title} (id {row.live_id} in {row.provider})"
