"""The ledger as a folder of JSON files, for use outside git. Writes are atomic and compare-and-swap."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.errors import LedgerError, LedgerUnreachable
from reconciler.ledger.base import LostRace
from reconciler.ledger.codec import from_files, run_of, to_files, to_json
from reconciler.ledger.entries import run_out
from reconciler.ledger.state import LedgerState, RunRecord

SALT = 16  # bytes
KEPT_RUNS = 200


@dataclass(slots=True)
class FileLedger:
    """A ledger in `folder`: `state.json` holds everything at one revision, `runs/` the record of each run."""

    folder: Path
    entropy: Callable[[int], bytes]

    @property
    def _path(self) -> Path:
        return self.folder / "state.json"

    @property
    def _runs(self) -> Path:
        return self.folder / "runs"

    def read(self) -> LedgerState:
        """Return the stored state; an empty one, with a fresh salt, where none was ever made."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            if any(self._runs.glob("*.json")):
                raise LedgerError(
                    f"{self._path} is gone, though {self._runs} shows that it was there",
                    fix="restore it from a backup; to start with an empty ledger, remove the whole folder",
                ) from None
            return LedgerState(salt=self.entropy(SALT))
        except OSError as error:
            raise self._unusable("read", error, "check its permissions") from None
        try:
            document = json.loads(content)
            files = {name: json.dumps(body).encode() for name, body in document["files"].items()}
            head = str(int(document["head"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LedgerError(
                f"the ledger {self._path} is damaged", fix="restore it from a backup; it is written by this tool only"
            ) from None
        return from_files(files, head)

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Replace the state whose head it carries. Raises LostRace, LedgerUnreachable."""
        try:
            with self._locked():
                current = self.read()
                if current.head != state.head:
                    raise LostRace(
                        "another run wrote to the ledger first; nothing of ours was written", fix="run again"
                    )
                head = str(int(current.head or "0") + 1)
                files = {name: json.loads(body) for name, body in to_files(state).items()}
                _replace(self._path, to_json({"head": int(head), "message": message, "files": files}))
                if state.last_run and state.last_run != current.last_run:
                    self._keep(state.last_run)
        except OSError as error:
            raise self._unusable("written", error, "free some space, or fix its permissions") from None
        return replace(state, head=head)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _keep(self, run: RunRecord) -> None:
        self._runs.mkdir(mode=0o700, exist_ok=True)
        _replace(self._runs / f"{run.run}.json", to_json(run_out(run)))
        for old in sorted(self._runs.glob("*.json"))[:-KEPT_RUNS]:
            old.unlink()

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        last = self.read().last_run  # its own file may be missing, if writing it was interrupted
        found = {last.run: last} if last else {}
        try:
            for path in sorted(self._runs.glob("*.json"), reverse=True)[:limit]:
                run = run_of(path.read_bytes(), f"runs/{path.name}")
                found.setdefault(run.run, run)
        except OSError as error:
            raise self._unusable("read", error, "check its permissions") from None
        return tuple(sorted(found.values(), key=lambda run: (run.finished_at, run.run), reverse=True))[:limit]

    def describe(self) -> str:
        """Return where it is."""
        return str(self.folder)

    def _unusable(self, done: str, error: OSError, fix: str) -> LedgerUnreachable:
        return LedgerUnreachable(
            f"the ledger in {self.folder} cannot be {done}: {error.strerror or error}", fix=f"{fix}, then run again"
        )


def _replace(path: Path, content: bytes) -> None:
    """Make a file hold `content`, or leave it as it was: after a crash or a power cut too."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
