"""What happens behind git's back in a demonstration: an edit in the database, and somebody who registers as ADMIN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reconciler import Resource
from reconciler.sandbox import HandEdit

ROGUE = "Mallory@Example.com"
# Mixed case on purpose: the application's own registration form takes it like that, and it must be found anyway.


class Database(Protocol):
    """What the edits need of the sandbox."""

    async def register(self, email: str, role: str, password: str) -> str:
        """Have somebody register in the application, and return the row's id."""
        ...

    async def edit(self, email: str, *, role: str) -> None:
        """Change the role of an account as an admin would by hand."""
        ...


def hand_edits(database: Database, desired: Sequence[Resource]) -> Sequence[HandEdit]:
    """Return a promotion by hand of the first student of the roster, if it has one, and a rogue ADMIN account."""
    students = sorted((r for r in desired if r.spec.get("role") == "STUDENT"), key=lambda r: r.address)
    return [*(_promotion(database, student) for student in students[:1]), _registration(database)]


def _promotion(database: Database, student: Resource) -> HandEdit:
    email = student.identity[0]

    async def perform() -> None:
        await database.edit(email, role="INSTRUCTOR")

    return HandEdit(
        f"in the database, somebody makes {email} an INSTRUCTOR", perform, mentions=(str(student.address), "role")
    )


def _registration(database: Database) -> HandEdit:
    async def perform() -> None:
        await database.register(ROGUE, "ADMIN", "correct horse battery")

    return HandEdit(
        f"on the open registration page, somebody signs up as {ROGUE}, with the role ADMIN",
        perform,
        mentions=(ROGUE,),
        stays=True,
    )
