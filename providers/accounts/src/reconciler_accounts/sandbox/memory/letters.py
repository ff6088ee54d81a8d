"""Hand-over in memory: what people were told is kept with the database."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler import Preview
from reconciler_accounts.handover.base import NewPassword
from reconciler_accounts.sandbox.memory.database import Database, Phase


@dataclass(frozen=True, slots=True)
class Letters:
    """A delivery that always arrives, unless `Database.faults` has something in store."""

    database: Database

    def preview(self, email: str) -> Preview:
        """Return who will be told."""
        return Preview(notes=(f"a new password goes to {email}",))

    async def hand_over(self, new: NewPassword) -> str:
        """Keep it, and return where it went."""
        self._meet("before")
        self.database.letters.append(new)
        self._meet("after")
        return "letters"

    def _meet(self, phase: Phase) -> None:
        fault = self.database.faults("hand over", phase)
        if fault is not None:
            raise fault
