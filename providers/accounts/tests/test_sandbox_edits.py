from __future__ import annotations

from typing import Any

from reconciler import Address, Resource
from reconciler.errors import Location
from reconciler_accounts.sandbox_edits import ROGUE, hand_edits


class Kept:
    """Remembers who has which role."""

    def __init__(self) -> None:
        self.roles = {"a@x.org": "ADMIN", "b@x.org": "STUDENT", "c@x.org": "STUDENT"}

    async def register(self, email: str, role: str, password: str) -> str:
        self.roles[email] = role
        return "id"

    async def edit(self, email: str, **columns: Any) -> None:
        self.roles[email] = columns["role"]


def account(email: str, role: str) -> Resource:
    where = Location("desired/accounts.yaml")
    return Resource(Address("accounts", email), "accounts", (email,), {"role": role}, where)


async def test_a_student_is_promoted_and_a_stranger_becomes_admin() -> None:
    kept = Kept()
    promoted, registered = hand_edits(kept, [account(email, role) for email, role in reversed(kept.roles.items())])
    await promoted.perform()
    await registered.perform()
    assert kept.roles == {"a@x.org": "ADMIN", "b@x.org": "INSTRUCTOR", "c@x.org": "STUDENT", ROGUE: "ADMIN"}
    assert (promoted.mentions, promoted.stays) == (("accounts/b@x.org", "role"), False)
    assert (registered.mentions, registered.stays) == ((ROGUE,), True)


def test_a_roster_without_students_still_gets_its_stranger() -> None:
    assert [edit.stays for edit in hand_edits(Kept(), [account("a@x.org", "ADMIN")])] == [True]
