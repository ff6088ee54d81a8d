"""The interface of a ledger back end."""

from __future__ import annotations

from typing import Protocol

from reconciler.errors import LedgerError
from reconciler.ledger.state import LedgerState, RunRecord


class LostRace(LedgerError):
    """Another run wrote first. Nothing of ours was written."""

    exit_code = 4


class Ledger(Protocol):
    """Reads and replaces the state. Synchronous: the engine calls it in a thread."""

    def read(self) -> LedgerState:
        """Return the current state; an empty one, with a fresh salt, where none was ever made.

        Raises LedgerUnreachable (never an empty state instead), LedgerRewritten, LedgerError.
        """
        ...

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Replace the revision `state.head` by `state` and return it with its new head. Raises LostRace."""
        ...

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        ...

    def describe(self) -> str:
        """Return where it is, for people."""
        ...
