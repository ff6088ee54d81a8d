"""Which ledger a project has: a git ref inside a repository, a folder outside."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.errors import LedgerError
from reconciler.ledger.base import Ledger
from reconciler.ledger.file import FileLedger
from reconciler.ledger.gitref import GitLedger
from reconciler.runtime import Runtime

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")  # as environment.yaml demands: it names a ref and a folder


def open_ledger(root: Path, environment: str, runtime: Runtime) -> Ledger:
    """Return the ledger of one environment of the project in `root`. Reads nothing yet.

    A repository that has none yet starts with what the folder holds: the project may have been used before `git init`.
    Raises LedgerError when `environment` cannot name a ledger, or git cannot use the repository.
    """
    if not _NAME.fullmatch(environment):
        raise LedgerError(
            f"{environment!r} cannot name a ledger", fix="write `environment:` in small letters, digits, - and _"
        )
    if runtime.sandbox is not None:  # what is applied to simulators must not look like production's history
        return FileLedger(runtime.sandbox / "ledger" / environment, runtime.entropy)
    folder = FileLedger(root / ".reconciler" / "ledger" / environment, runtime.entropy)
    git = runtime.git(root)
    top = git.root()
    if top is None:
        return folder
    resolved = root.resolve()
    project = resolved.relative_to(top.resolve()).as_posix() if resolved.is_relative_to(top.resolve()) else "."

    def is_project(path: str) -> bool:
        return any((top / path).glob("*/environment.y*ml"))

    return GitLedger(git, environment, folder.read, project, is_project)
