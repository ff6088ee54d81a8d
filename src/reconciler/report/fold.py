"""What is said once instead of many times: long lists of new objects, and notes that many changes share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model import Change, Create
from reconciler.report.changes import STYLES, change_lines, heading
from reconciler.report.page import Line
from reconciler.report.tally import plural
from reconciler.report.units import UnitOf
from reconciler.report.values import escape

MANY_CREATES = 6  # from here on a new object is one line; -v shows its fields
SHARED = 3  # a note that so many changes have is said once


def shared_notes(notes: Iterable[Sequence[str]]) -> Counter[str]:
    """Return the notes that are worth saying once, with how often they occur."""
    counted = Counter(note for each in notes for note in dict.fromkeys(each))
    return Counter({note: count for note, count in counted.items() if count >= SHARED})


def shared_lines(shared: Counter[str]) -> tuple[Line, ...]:
    """Return the shared notes as the last lines of a section."""
    return tuple(Line(f"note on {count} of these: {escape(note)}", 0, "dim") for note, count in shared.items())


def folded(changes: Sequence[Change], unit: UnitOf, *, full: bool) -> tuple[Line, ...]:
    """Return the lines of a section of plain changes. With many creates each is one line, unless `full`."""
    creates = sum(isinstance(c, Create) for c in changes)
    shared = shared_notes(c.notes for c in changes)
    lines: list[Line] = []
    for change in changes:
        change = replace(change, notes=tuple(n for n in change.notes if n not in shared))
        if isinstance(change, Create) and creates >= MANY_CREATES and not full:
            lines.extend(_one_line(change))
        else:
            lines.extend(change_lines(change, unit))
    if creates >= MANY_CREATES and not full:
        lines.append(Line("-v shows every field", 0, "dim"))
    return (*lines, *shared_lines(shared))


def _one_line(change: Create) -> tuple[Line, ...]:
    place = f" ({change.where.file}:{change.where.line})" if change.where else ""
    text = f"{heading(change)}{escape(place)}: {plural(len(change.fields), 'field')}"
    notes = (Line(f"note: {escape(note)}", 1, "dim") for note in change.notes)
    return (Line(text, 0, STYLES["create"]), *notes)
