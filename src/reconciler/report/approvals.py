"""What to write into `desired/approvals.yaml` to let held changes go, and what is there to no effect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model import Approval, ApprovalNote, Change
from reconciler.report.page import Line, Section
from reconciler.report.tally import plural
from reconciler.report.values import escape

SHOWN = 16  # hex digits of a digest; an approval needs 12 or more
VALID_DAYS = 14
_COULD_BE_A_NUMBER = re.compile(r"^[0-9]*e?[0-9]*$")


@dataclass(frozen=True, slots=True)
class Offer:
    """One digest, and the addresses of everything that it covers."""

    digest: str
    addresses: tuple[str, ...]


def offers(changes: Iterable[Change]) -> tuple[Offer, ...]:
    """Return each digest that an approval can name, once, in plan order.

    One that lets nothing go, because everything it covers is also held by what no approval releases, is left out.
    """
    found: dict[str, dict[str, None]] = {}
    useful: set[str] = set()
    for change in changes:
        digests = [hold.offered for hold in change.held]
        useful.update(digests if all(digests) else ())
        for digest in filter(None, digests):
            found.setdefault(digest, {})[str(change.address)] = None
    return tuple(Offer(digest, tuple(addresses)) for digest, addresses in found.items() if digest in useful)


def approval_line(digest: str, made: datetime) -> str:
    """Return the list entry to paste: good for two weeks from the day the plan was made."""
    name = digest[:SHOWN]
    quoted = f'"{name}"' if _COULD_BE_A_NUMBER.match(name) else name
    until = (made + timedelta(days=VALID_DAYS)).date().isoformat()
    return f'- {{digest: {quoted}, reason: "say why", until: {until}}}'


def offer_section(changes: Iterable[Change], made: datetime) -> Section:
    """Return the section with the exact lines to add; empty when no approval would help."""
    lines: list[Line] = []
    for offer in offers(changes):
        few = escape(", ".join(offer.addresses[:4]))
        more = len(offer.addresses) - 4
        lines.append(Line(f"# {few}{f' and {more} more' if more > 0 else ''}", 0, "dim", exact=True))
        lines.append(Line(approval_line(offer.digest, made), 0, "plain", exact=True))
    title = "To let these go, add to the list `approvals:` in desired/approvals.yaml"
    return Section(title, tuple(lines))


_STATES = {
    "unused": "matches nothing in this plan, perhaps because it was spent: remove the line",
    "stale": "the change it names is different now: read the plan again, then approve the new digest",
    "expired": "its date is past: renew `until` or remove the line",
}


def note_section(notes: Iterable[ApprovalNote]) -> Section:
    """Return the approvals that did nothing, each with what to do about it."""
    lines = tuple(Line(_note(note.approval, note.state), 0, "warn") for note in notes)
    return Section(f"{plural(len(lines), 'approval')} without effect", lines)


def _note(approval: Approval, state: str) -> str:
    place = f"{approval.where.file}:{approval.where.line}: " if approval.where else ""
    until = f", until {approval.until}" if state == "expired" else ""
    return escape(f"{place}{approval.digest[:SHOWN]} ({approval.reason}{until}): {state}: {_STATES[state]}")
