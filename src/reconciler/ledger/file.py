"""The ledger as a folder of JSON files, for use outside git. Writes are atomic and compare-and-swap."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import LedgerUnreachable
from reconciler.ledger.base import LostRace
from reconciler.ledger.codec import RUN, from_files, run_of, to_files
from reconciler.ledger.state import LedgerState, RunRecord

KEPT_RUNS = 200


@dataclass(slots=True)
class FileLedger:
    """A ledger in `folder`: `state.json` holds everything at one revision, `runs/` the record of each run."""

    folder: Path
    entropy: Callable[[int], bytes]

    def read(self) -> LedgerState:
        """Return the stored state; an empty one where none was ever made."""
        path = self.folder / "state.json"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return LedgerState(salt=self.entropy(16))
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerUnreachable(f"the ledger {path} cannot be read: {error}", fix="check its permissions") from None
        try:
            document = json.loads(text)
            files = {name: json.dumps(body).encode() for name, body in document["files"].items()}
            head = str(document["head"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LedgerUnreachable(
                f"the ledger {path} is damaged", fix="restore it from a backup; it is written by this tool only"
            ) from None
        return from_files(files, head)

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Replace the state whose head it carries. Raises LostRace, LedgerUnreachable."""
        try:
            with self._locked():
                current = self.read().head
                if current != state.head:
                    raise LostRace(
                        "another run wrote to the ledger first; nothing of ours was written", fix="run again"
                    )
                head = str(int(current or "0") + 1)
                files = {name: json.loads(body) for name, body in to_files(state).items()}
                text = json.dumps({"head": head, "message": message, "files": files}, indent=1, sort_keys=True)
                self._replace(self.folder / "state.json", text)
                if RUN in files and message.startswith("finish"):
                    runs = self.folder / "runs"
                    runs.mkdir(exist_ok=True)
                    self._replace(runs / f"{files[RUN]['run']}.json", json.dumps(files[RUN], indent=1, sort_keys=True))
                    for old in sorted(runs.glob("*.json"))[:-KEPT_RUNS]:
                        old.unlink()
        except OSError as error:
            raise LedgerUnreachable(
                f"the ledger in {self.folder} cannot be written: {error.strerror or error}",
                fix="free some space or fix its permissions",
            ) from None
        return self.read()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _replace(self, path: Path, text: str) -> None:
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        paths = sorted((self.folder / "runs").glob("*.json"), reverse=True)[:limit]
        found = (run_of({RUN: path.read_bytes()}) for path in paths)
        return tuple(run for run in found if run)

    def describe(self) -> str:
        """Return where it is."""
        return str(self.folder)
