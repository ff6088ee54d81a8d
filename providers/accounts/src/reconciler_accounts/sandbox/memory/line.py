"""The fault rim of a database in memory: breaks connections at the worst moments."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.testing import Fault
from reconciler_accounts.sandbox.memory.complaints import connection_lost
from reconciler_accounts.sandbox.memory.database import Database, Phase


@dataclass(slots=True)
class Line:
    """What leads to a database. An operation is a statement outside a transaction, or the COMMIT of one."""

    database: Database
    faults: frozenset[Fault] = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER})
    writes: int = 0
    _fault: Fault | None = None
    _left: int | None = None
    _writes_only: bool = False

    def __post_init__(self) -> None:
        self.database.faults = self._ask

    def arm(self, fault: Fault, *, times: int | None = None, writes_only: bool = False) -> None:
        """Make the next operations go wrong."""
        self._fault, self._left, self._writes_only = fault, times, writes_only

    def disarm(self) -> None:
        """Let everything through again."""
        self._fault = None

    def _ask(self, operation: str, phase: Phase) -> BaseException | None:
        commit = operation == "commit"
        self.writes += commit and phase == "before"
        if not commit and (self._writes_only or not operation.startswith("read ")):
            return None
        strikes = "before" if self._fault is Fault.RESET_BEFORE else "after"
        if self._fault is None or self._left == 0 or phase != strikes:
            return None
        if self._left is not None:
            self._left -= 1
        return connection_lost()
