"""From the sections that a page should have, and those it has, to the calls that close the gap. Pure.

Nothing is carried over from an earlier attempt: the calls follow from what is live, so that an update that was cut off
half-way is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler_betterstack.convert.fields import id_text
from reconciler_betterstack.convert.pages import differing, in_order, row_identity, row_sent, section_name

Payload: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SectionCall:
    """Create (`id` None) or change a section. `name` is how rows refer to it."""

    name: str
    id: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowCall:
    """Create (`id` None) or change a row. `section` is put into the body where it is not ""."""

    id: str | None
    body: Mapping[str, Any]
    section: str = ""


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The calls in the order they are made: rows that go, sections, rows, sections that go."""

    drop_rows: tuple[str, ...] = ()
    sections: tuple[SectionCall, ...] = ()
    rows: tuple[RowCall, ...] = ()
    drop_sections: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)  # section name to id, as far as live

    @property
    def empty(self) -> bool:
        """Whether the page is as it should be."""
        return not (self.drop_rows or self.sections or self.rows or self.drop_sections)


def plan_page(wanted: Sequence[Payload], live_sections: Sequence[Payload], live_rows: Sequence[Payload]) -> PagePlan:
    """Return the calls that make the sections and rows of a page what `wanted` says.

    The list of sections is wholly owned, and so are the rows of every section that names its rows. A row is found
    again by what it shows, wherever it stands on the page; else by its name in its section. `fixed_position` is always
    sent with a position, or the server would shift the siblings.
    """
    sections = _First(live_sections)
    section_calls = []
    for position, section in enumerate(wanted):
        live = sections.take(section["name"])
        body = {"name": section["name"], "position": position}
        changed = differing(body, live["attributes"]) if live else body
        if changed:
            fixed = {**changed, "fixed_position": True}
            section_calls.append(SectionCall(section["name"], live["id"] if live else None, fixed))
    rows = _Rows(live_rows, {live["id"]: name for name, live in sections.taken.items()})
    places = [
        (section["name"], position, row_sent(row))
        for section in wanted
        for position, row in enumerate(section.get("resources") or ())
    ]
    matched = rows.match(places)
    row_calls = [call for place, live in zip(places, matched, strict=True) if (call := rows.call(place, live))]
    left_alone = {s["name"] for s in wanted if "resources" not in s}
    return PagePlan(
        drop_rows=tuple(row["id"] for row in rows.left if rows.section_of(row) not in left_alone),
        sections=tuple(section_calls),
        rows=tuple(row_calls),
        drop_sections=tuple(s["id"] for s in sections.left),
        known={name: live["id"] for name, live in sections.taken.items()},
    )


class _First:
    """Live sections, each taken once, the first of a name first."""

    def __init__(self, items: Sequence[Payload]) -> None:
        self.left = in_order(items)
        self.taken: dict[str, Payload] = {}

    def take(self, name: str) -> Payload | None:
        found = next((s for s in self.left if section_name(s) == name), None)
        if found is not None:
            self.left.remove(found)
            self.taken[name] = found
        return found


_Place: TypeAlias = tuple[str, int, dict[str, Any]]  # section name, position, body


class _Rows:
    """Live rows, each matched to at most one wanted row."""

    def __init__(self, items: Sequence[Payload], names: Mapping[str, str]) -> None:
        self.left = in_order(items)
        self.names = names  # of the live sections that stay, by id

    def section_of(self, row: Payload) -> str | None:
        """Return the name of the section a live row stands in; None when that section goes."""
        return self.names.get(id_text(row["attributes"].get("status_page_section_id")) or "")

    def match(self, places: Sequence[_Place]) -> list[Payload | None]:
        """Return the live row of each place: by what it shows, then by its name in its section."""
        found: list[Payload | None] = [None] * len(places)
        for by_name in (False, True):
            for index, (section, _, body) in enumerate(places):
                if found[index] is None:
                    found[index] = self._take(section, body, by_name)
        return found

    def _take(self, section: str, body: Mapping[str, Any], by_name: bool) -> Payload | None:
        for row in self.left:
            attributes = row["attributes"]
            if by_name:
                same = attributes.get("public_name") == body["public_name"] and self.section_of(row) == section
            else:
                same = row_identity(attributes) == row_identity(body)
            if same:
                self.left.remove(row)
                return row
        return None

    def call(self, place: _Place, live: Payload | None) -> RowCall | None:
        section, position, body = place
        wanted = {**body, "position": position}
        if live is None:
            return RowCall(None, {**wanted, "fixed_position": True}, section)
        changed = differing(wanted, live["attributes"])
        moved = "" if self.section_of(live) == section else section
        if not changed and not moved:
            return None
        return RowCall(live["id"], {**changed, "fixed_position": True}, moved)
