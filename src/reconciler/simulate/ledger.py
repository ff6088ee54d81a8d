"""The ledger's remote in memory: what the real one keeps, as the bytes it keeps it in, and every way it can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.errors import LedgerUnreachable
from reconciler.ledger.base import LostRace
from reconciler.ledger.codec import from_files, run_of, to_files
from reconciler.ledger.state import LedgerState, RunRecord
from reconciler.simulate.process import CURRENT

SALT = b"salt of a world!"  # always the same: so a fingerprint is computed once for all worlds
RUN = "run.json"


def _no_trouble(point: str) -> bool:
    return False


@dataclass(slots=True)
class Remote:
    """What survives a crash. `trouble` is asked at `read`, `push before` and `push after`, and fails what it names."""

    files: dict[str, bytes] = field(default_factory=dict)
    head: int = 0
    versions: list[dict[str, bytes]] = field(default_factory=list)
    trouble: Callable[[str], bool] = _no_trouble

    def state(self) -> LedgerState:
        """Return what is stored."""
        return from_files(self.files, str(self.head)) if self.head else LedgerState(salt=SALT, head="0")


@dataclass(slots=True)
class RemoteLedger:
    """A ledger over a remote. Reads and writes go through the real codec."""

    remote: Remote

    def read(self) -> LedgerState:
        """Return the stored state. Raises LedgerUnreachable."""
        process = CURRENT.get()
        if process:
            process.alive()
        if self.remote.trouble("read"):
            raise LedgerUnreachable("the ledger cannot be read: the remote does not answer", fix="try again")
        state = self.remote.state()
        if process:
            process.ledger = state
        return state

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Store a state. Raises LostRace, or LedgerUnreachable: before it is stored, or after."""
        process, point = CURRENT.get(), message.split()[0]
        if process:
            process.touch(f"before ledger {point}")
        if self.remote.trouble("push before"):
            raise LedgerUnreachable("the ledger cannot be written: the push was reset", fix="try again")
        if int(state.head or "0") != self.remote.head:
            raise LostRace("another run wrote to the ledger first; nothing of ours was written", fix="run again")
        self.remote.files = to_files(state)
        self.remote.head += 1
        self.remote.versions.append(self.remote.files)
        if process:
            process.ledger_writes += 1
            process.touch(f"after ledger {point}")
        if self.remote.trouble("push after"):
            raise LedgerUnreachable("the ledger cannot be written: no answer to the push", fix="try again")
        if process and point == "finish":
            process.finished = True
        return replace(state, head=str(self.remote.head))

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        runs = [run_of(files[RUN]) for files in self.remote.versions if RUN in files]
        return tuple(reversed({run.run: run for run in runs}.values()))[:limit]

    def describe(self) -> str:
        """Return what it is."""
        return "a simulated remote"
