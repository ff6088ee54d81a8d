"""The journal of one run: JSON lines in `.reconciler/`, flushed before and after each write. For diagnosis only.

What recovery relies on is the ledger's begin record, not this file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reconciler.errors import ReconcilerError
from reconciler.model import Address
from reconciler.runtime import Runtime

FOLDER = ".reconciler"


@dataclass(slots=True)
class Journal:
    """An open journal file, readable by its owner only."""

    path: Path
    file: IO[str]
    run: str
    runtime: Runtime

    @classmethod
    def open(cls, root: Path, run: str, runtime: Runtime) -> Journal:
        """Start the journal of a run. Raises ReconcilerError when it cannot be written: then nothing is sent."""
        path = root / FOLDER / f"journal-{run}.jsonl"
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from None
        return cls(path, os.fdopen(handle, "a", encoding="utf-8"), run, runtime)

    def write(self, event: str, address: Address, action: str, **detail: str) -> None:
        """Add one line and flush it to the disk. Raises ReconcilerError when the disk does not take it."""
        entry = {
            "at": self.runtime.now().isoformat(timespec="milliseconds"),
            "run": self.run,
            "event": event,
            "address": str(address),
            "action": action,
            **detail,
        }
        try:
            self.file.write(self.runtime.redactor.clean(json.dumps(entry, ensure_ascii=False)) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def close(self) -> None:
        """Close the file. What could not be written has been said already."""
        try:
            self.file.close()
        except OSError as error:
            raise _unwritable(self.path, error) from None


def _unwritable(path: Path, error: OSError) -> ReconcilerError:
    return ReconcilerError(
        f"the journal {path.name} cannot be written: {error.strerror or error}",
        fix="free some space or fix the permissions of .reconciler/, then apply again",
    )
