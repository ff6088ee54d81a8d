"""One change, or one difference, as lines."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import (
    ABSENT,
    Adopt,
    Change,
    Create,
    Delete,
    Disable,
    FieldDiff,
    Forget,
    Recreate,
    Release,
    Update,
)
from reconciler.report.page import Line, Style
from reconciler.report.tally import plural
from reconciler.report.units import UnitOf, duration
from reconciler.report.values import escape, short, transition
from reconciler.values import Generated, Path, SecretRef, SecretValue, path_text

SIGNS = {
    "create": "+",
    "recreate": "+",
    "update": "~",
    "adopt": "<",
    "delete": "-",
    "disable": "-",
    "retain": ".",
    "record": ".",
    "release": ".",
    "forget": ".",
}
STYLES: dict[str, Style] = {
    "create": "good",
    "recreate": "good",
    "update": "change",
    "adopt": "change",
    "delete": "bad",
    "disable": "bad",
}


def fields_of(change: Change) -> tuple[FieldDiff, ...]:
    """Return the field differences of a change; those of a new object are all the fields it is written with."""
    if change.fields or not isinstance(change, Create | Recreate):
        return change.fields
    return tuple(
        FieldDiff((name,), ABSENT, value, "new", origin=change.desired.origins.get(name, ""))
        for name, value in change.desired.spec.items()
    )


def live_id_of(change: Change) -> str:
    """Return the id of the live object a change is about; "" for one that does not exist."""
    if isinstance(change, Create):
        return ""
    if isinstance(change, Recreate | Forget):
        return change.recorded.live_id
    return change.live.id


def heading(change: Change) -> str:
    """Return `- delete monitors/old (id 812)`: sign, action, address, and the live id where it helps."""
    action = change.action
    if isinstance(change, Adopt) and not change.fields and change.unverified:
        action = "adopt (value unverified)"
    text = f"{SIGNS[change.action]} {action} {escape(str(change.address))}"
    live_id = live_id_of(change)
    if isinstance(change, Delete | Disable | Adopt | Recreate) and live_id:
        text += f" ({'was ' if isinstance(change, Recreate) else ''}id {escape(live_id)})"
    if isinstance(change, Update) and change.conflict:
        text += " (conflict)"
    return text


def change_lines(change: Change, unit: UnitOf, *, sources: bool = False) -> tuple[Line, ...]:
    """Return everything to know about one change. `sources` says of each field who changed it."""
    lines = [Line(heading(change), 0, STYLES.get(change.action, "plain"))]
    place = f"{change.where.file}:{change.where.line}" if change.where else ""
    why = "; ".join(change.why)
    if change.where and f"{change.where.file}:" not in why:
        why = f"{why} ({place})" if why else place
    if why:
        lines.append(Line(f"why: {escape(why)}", 1, "dim"))
    for hold in change.held:
        lines.append(Line(f"held by {escape(hold.gate)}: {escape(hold.reason)}", 1, "warn"))
        if hold.next:
            lines.append(Line(f"next: {escape(hold.next)}", 2, "warn"))
    if change.danger:
        lines.append(Line(f"loses: {escape(change.danger)}", 1, "bad"))
    if isinstance(change, Adopt) and change.unverified:
        lines.append(Line(f"cannot be verified: {escape(', '.join(change.unverified))}", 1, "warn"))
        text = "`lifecycle: {adopt: true}` takes it as it stands; `rotate: 1` at the secret sends the value"
        lines.append(Line(text, 1, "dim"))
    for diff in fields_of(change):
        lines.extend(field_lines(change.kind, diff, unit, sources=sources, new=isinstance(change, Create | Recreate)))
    lines.extend(Line(f"note: {escape(note)}", 1, "dim") for note in change.notes)
    return tuple(lines)


def field_lines(
    kind: str, diff: FieldDiff, unit: UnitOf, *, sources: bool = False, new: bool = False
) -> tuple[Line, ...]:
    """Return one field difference, `check_frequency: 300 → 180 (3m)`, and what is inside it."""
    name = escape(path_text(diff.path))
    remarks = [duration(diff.after, unit(kind, diff.path)), _source(diff) if sources and not new else ""]
    if diff.cause == "rotate" or (diff.owed and diff.before == diff.after):
        remarks.append("sent again")
    if diff.origin:
        remarks.append(f"from {escape(diff.origin)}")
    remark = "".join(f" ({r})" for r in remarks if r)
    secret = is_secret(diff)
    if diff.cause == "released":
        return (Line(f"{name}: no longer managed, left as it is", 1),)
    if diff.before is ABSENT and diff.after is ABSENT:
        return (Line(f"{name}: not sent", 1),)
    if new and diff.before is ABSENT:
        return (Line(f"{name}: {short(diff.after, secret=secret)}{remark}", 1),)
    if diff.inner and not secret:
        inside = tuple(_inner(name, kind, diff.path, row, unit) for row in diff.inner)
        return (Line(f"{name}: {plural(len(inside), 'difference')} inside{remark}", 1), *inside)
    if diff.owed and diff.before == diff.after:
        return (Line(f"{name}: {short(diff.after, secret=secret)}{remark}", 1),)
    first, *rest = transition(diff.before, diff.after, secret=secret)
    return (Line(f"{name}:{' ' if first else ''}{first}{remark}", 1), *(Line(text, 2) for text in rest))


def _inner(name: str, kind: str, path: Path, row: tuple[str, object, object], unit: UnitOf) -> Line:
    inside, before, after = row
    joined = f"{name}{'' if inside.startswith('[') else '.'}{escape(inside)}"
    said = duration(after, unit(kind, (*path, *(part for part in inside.replace("]", "").split(".") if part))))
    secret = any(isinstance(v, SecretRef | Generated | SecretValue) for v in (before, after))
    text = f"{joined}: {short(before, secret=secret)} → {short(after, secret=secret)}{f' ({said})' if said else ''}"
    return Line(text, 2)


def is_secret(diff: FieldDiff) -> bool:
    """Return whether a field's values are never shown: it is marked so, or one of its values says so."""
    return diff.secret or any(
        isinstance(v, SecretRef | Generated | SecretValue) for v in (diff.before, diff.after, diff.recorded)
    )


def _source(diff: FieldDiff) -> str:
    recorded = "" if diff.recorded is ABSENT else f"; last applied: {short(diff.recorded, secret=is_secret(diff))}"
    if diff.cause == "drift":
        return "edited outside"
    if diff.cause == "undone":
        return "left undone by an earlier run"
    if diff.cause == "conflict":
        return f"changed here and edited outside{recorded}"
    if diff.owed:
        return ""
    return "changed here" if diff.cause in ("desired", "new") else ""


def drift_lines(kind: str, diffs: Iterable[FieldDiff], unit: UnitOf) -> tuple[Line, ...]:
    """Return what was edited outside: recorded on the left, live on the right."""
    lines: list[Line] = []
    for diff in diffs:
        name, secret = escape(path_text(diff.path)), is_secret(diff)
        said = duration(diff.before, unit(kind, diff.path))
        was = diff.recorded if diff.recorded is not ABSENT else diff.after
        first, *rest = transition(was, diff.before, secret=secret)
        if secret and SecretValue in (type(was), type(diff.before)):
            first = "the secret value was changed"
        lines.append(Line(f"{name}:{' ' if first else ''}{first}{f' ({said})' if said else ''}", 1))
        lines.extend(Line(text, 2) for text in rest)
        if diff.cause == "conflict":
            lines.append(Line(f"desired/ now says {short(diff.after, secret=secret)}", 2, "dim"))
    return tuple(lines)


def released_names(change: Release) -> str:
    """Return the fields a release lets go of."""
    return escape(", ".join(path_text(f.path) for f in change.fields))
