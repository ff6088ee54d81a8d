"""What the plan says about a change to an account beyond its fields, and what keeps it from running. Pure but for
asking the delivery whether it could hand a password over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler import Adopt, Change, Create, Disable, Preview, Recreate, Resource, Update
from reconciler_accounts.handover.base import Delivery
from reconciler_accounts.rows import Row, others_like

SESSIONS = "open sessions stay valid for up to 30 days; only a new NEXTAUTH_SECRET ends them, and everybody's with them"
NEXT_SIGN_IN = "the new role takes effect at the next sign-in; a session that is open keeps the old one, up to 30 days"
COUNTS = "the dashboard's user counts may lag by up to 300 seconds"
COMES_BACK = "the account comes back with the password it had"
RENAMED = "from now on the person signs in with the new address; the password stays"
UNLOCKED_BEFORE = ("locked", "disabled")


@dataclass(frozen=True, slots=True)
class Course:
    """A course of the application. `deleted` ones keep their code and their enrolments."""

    id: str
    code: str
    deleted: bool


@dataclass(slots=True)
class Seen:
    """What this connection has read so far."""

    rows: tuple[Row, ...] = ()
    courses: Mapping[str, Course] = field(default_factory=dict)  # by code


def needs_password(before: str, wanted: Any) -> bool:
    """Return whether going from one state to another takes a new password. A lock is only left with a new one:
    nobody knows whether the old one ever reached its owner."""
    return wanted == "active" and before in UNLOCKED_BEFORE


def preview(change: Change, seen: Seen, delivery: Delivery) -> Preview:
    """Return the notes on a change and, where something stands in its way, the reason and what to do."""
    match change:
        case Create(desired=desired) | Recreate(desired=desired):
            found = [_conflict(desired, seen), _courses(desired, (), seen)]
            if desired.spec.get("state") != "disabled":
                found.append(delivery.preview(desired.identity[0]))
            return _joined(found)
        case Update(desired=desired, live=live) | Adopt(desired=desired, live=live):
            names = {str(f.path[0]) for f in change.fields if f.cause != "released"}
            return _joined(_updates(desired, live.id, live.values, names, seen, delivery))
        case Disable():
            return Preview(notes=("soft-deleted and its password locked; both can be undone", SESSIONS, COUNTS))
        case _:
            return Preview()


def _updates(
    desired: Resource, live_id: str, before: Mapping[str, Any], names: set[str], seen: Seen, delivery: Delivery
) -> Iterable[Preview]:
    if "email" in names:
        yield _conflict(desired, seen, but=live_id)
        yield Preview(notes=(RENAMED,))
    if "courses" in names:
        yield _courses(desired, before.get("courses", ()), seen)
    if "role" in names:
        yield Preview(notes=(NEXT_SIGN_IN,))
    if "state" in names:
        wanted, was = desired.spec.get("state"), str(before.get("state"))
        if wanted == "disabled":
            yield Preview(notes=(SESSIONS, COUNTS))
        elif needs_password(was, wanted):
            yield delivery.preview(desired.identity[0])
        else:
            yield Preview(notes=(COMES_BACK,))
        if wanted == "active" and was != "locked":
            yield Preview(notes=(COUNTS,))


def _conflict(desired: Resource, seen: Seen, but: str = "") -> Preview:
    """Hold when a row has the same address in other capitals: sign-in would tell the two apart, people would not."""
    others = others_like(desired.identity[0], seen.rows, but)
    if not others:
        return Preview()
    row = others[0]
    return Preview(
        hold=f"row {row.id} already has this address as {row.email} ({row.role}, {row.state})",
        next=f"if it is the same person, take it over and normalise it: lifecycle: {{id: {row.id}, adopt: true}}; "
        "if not, use another address here",
    )


def _courses(desired: Resource, before: Iterable[str], seen: Seen) -> Preview:
    """Hold when somebody would join a soft-deleted course. Those who are in it stay in it."""
    joined = set(before)
    codes: Any = desired.spec.get("courses") or ()
    for code in codes:
        course = seen.courses.get(str(code))
        if course is not None and course.deleted and course.id not in joined:
            return Preview(
                hold=f"the course {code} was deleted in the LMS, and keeps its code",
                next="restore it there (admin, deleted records), or take it off the roster",
            )
    return Preview()


def _joined(parts: Iterable[Preview]) -> Preview:
    """Return all notes, each once, and the first hold."""
    every = list(parts)
    notes = dict.fromkeys(note for part in every for note in part.notes)
    held = next((part for part in every if part.hold), Preview())
    return Preview(tuple(notes), held.hold, held.next)
