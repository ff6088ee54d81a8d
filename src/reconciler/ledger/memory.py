"""A ledger in memory, for tests and simulations. Several may share one `Store`, as clones share a remote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.ledger.base import LostRace
from reconciler.ledger.state import LedgerState, RunRecord


@dataclass(slots=True)
class Store:
    """What survives a crash. `faults` is asked before and after each write and raises what it returns."""

    state: LedgerState | None = None
    runs: list[RunRecord] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    faults: Callable[[str, str], BaseException | None] = lambda operation, phase: None


@dataclass(slots=True)
class MemoryLedger:
    """A ledger over a store."""

    store: Store = field(default_factory=Store)
    salt: bytes = b"salt of a test!!"

    def read(self) -> LedgerState:
        """Return the stored state."""
        self._fault("read", "before")
        return self.store.state or LedgerState(salt=self.salt, head="0")

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Store a state. Raises LostRace when it is not based on the stored one."""
        self._fault(f"write {message}", "before")
        current = self.store.state.head if self.store.state else "0"
        if state.head != current:
            raise LostRace("another run wrote to the ledger first", fix="run again")
        kept = replace(state, head=str(int(current) + 1))
        self.store.state = kept
        self.store.writes.append(message)
        if state.last_run:
            self.store.runs = [r for r in self.store.runs if r.run != state.last_run.run] + [state.last_run]
        self._fault(f"write {message}", "after")
        return kept

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        return tuple(reversed(self.store.runs))[:limit]

    def describe(self) -> str:
        """Return what it is."""
        return "memory"

    def _fault(self, operation: str, phase: str) -> None:
        error = self.store.faults(operation, phase)
        if error is not None:
            raise error
