"""Which ledger a project has: a git ref inside a repository, a folder outside."""

from __future__ import annotations

from pathlib import Path

from reconciler.ledger.base import Ledger
from reconciler.ledger.file import FileLedger
from reconciler.ledger.gitref import GitLedger
from reconciler.runtime import Runtime


def open_ledger(root: Path, environment: str, runtime: Runtime) -> Ledger:
    """Return the ledger of one environment of the project in `root`. Reads nothing yet."""
    git = runtime.git(root)
    if git.root() is not None:
        return GitLedger(git, environment, runtime.entropy)
    return FileLedger(root / ".reconciler" / "ledger" / environment, runtime.entropy)
