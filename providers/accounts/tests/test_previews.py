"""What the plan says about a change to an account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import Disable, Live
from reconciler_accounts.previews import COMES_BACK, COUNTS, NEXT_SIGN_IN, RENAMED, SESSIONS, Course, Seen, preview
from reconciler_accounts.rows import Row

THEN = datetime(2025, 12, 1, tzinfo=UTC).replace(tzinfo=None)


def row(email: str, state: str = "active") -> Row:
    deleted = THEN if state in ("deleted", "disabled") else None
    return Row(
        id=f"id-{email}",
        email=email,
        name="Ana",
        surname="",
        role="STUDENT",
        company="",
        position="",
        created_at=THEN,
        updated_at=THEN,
        deleted_at=deleted,
        usable=state in ("active", "deleted"),
        courses=(),
    )


ROLE = pytest.mark.trap("accounts", "2: a new role takes effect at the next sign-in")
LAG = pytest.mark.trap("accounts", "6: the dashboard's counts lag behind by up to 300 seconds")
CHANGES = [
    pytest.param("active", {"role": "ADMIN"}, {NEXT_SIGN_IN}, False, id="role", marks=ROLE),
    pytest.param("active", {"name": "Anna"}, set(), False, id="name"),
    pytest.param("active", {"email": "new@x.com"}, {RENAMED}, False, id="address"),
    pytest.param("active", {"state": "disabled"}, {SESSIONS, COUNTS}, False, id="suspended", marks=LAG),
    pytest.param("deleted", {}, {COMES_BACK, COUNTS}, False, id="restored"),
    pytest.param("locked", {}, {"to ana@x.com"}, True, id="hand-over-owed"),
    pytest.param("disabled", {}, {"to ana@x.com", COUNTS}, True, id="comes-back-locked"),
]


@pytest.mark.parametrize(("before", "spec", "notes", "password"), CHANGES)
def test_an_update_says_what_takes_effect_when(
    engine: Any, before: str, spec: dict[str, str], notes: set[str], password: bool
) -> None:
    live = row("ana@x.com", before).live()
    seen = preview(engine.change(live, engine.desired("ana@x.com", **spec)), Seen(), engine.inbox())
    assert set(seen.notes) == notes
    assert seen.hold == ""


def test_a_creation_says_where_the_password_goes(engine: Any) -> None:
    seen = preview(engine.create(engine.desired("ana@x.com")), Seen(), engine.inbox())
    assert seen.notes == ("to ana@x.com",)


def test_a_suspended_newcomer_gets_no_password(engine: Any) -> None:
    seen = preview(engine.create(engine.desired("ana@x.com", state="disabled")), Seen(), engine.inbox())
    assert seen.notes == ()


@pytest.mark.trap("accounts", "2: an open session lives on for up to 30 days")
def test_a_removal_says_that_it_can_be_undone_and_that_sessions_live_on(engine: Any) -> None:
    live: Live = row("ana@x.com").live()
    nothing: Any = None  # a removal is announced the same whatever was recorded
    address = engine.desired("ana@x.com").address
    change = Disable(address=address, provider="accounts", why=(), live=live, recorded=nothing)
    notes = preview(change, Seen(), engine.inbox()).notes
    assert SESSIONS in notes
    assert any("can be undone" in note for note in notes)


@pytest.mark.parametrize("deleted", [pytest.param(True, id="deleted"), pytest.param(False, id="there")])
@pytest.mark.parametrize("joined", [pytest.param(True, id="in-it"), pytest.param(False, id="not-in-it")])
def test_only_joining_a_deleted_course_is_held(engine: Any, deleted: bool, joined: bool) -> None:
    import dataclasses

    seen = Seen(courses={"AI-101": Course("c1", "AI-101", deleted)})
    one = dataclasses.replace(row("ana@x.com"), courses=("c1",) if joined else ("c0",))
    update = engine.change(one.live(), engine.desired("ana@x.com", courses=("AI-101",), name="Anna"))
    held = preview(update, seen, engine.inbox()).hold
    assert bool(held) == (deleted and not joined)


def test_a_rename_onto_an_address_in_other_case_is_held(engine: Any) -> None:
    seen = Seen(rows=(row("ana@x.com"), row("New@x.com")))
    update = engine.change(seen.rows[0].live(), engine.desired("ana@x.com", email="new@x.com"))
    assert "id-New@x.com" in preview(update, seen, engine.inbox()).hold
