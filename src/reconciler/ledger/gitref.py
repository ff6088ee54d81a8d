"""The ledger as a commit chain under `refs/reconciler/<environment>`: its history is the audit log.

With a remote, the remote's ref is the truth: every read asks it, every write pushes a plain fast-forward, and git
rejects a lost race. The local ref remembers what this clone saw, and is moved by writes only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reconciler.errors import LedgerError, LedgerRewritten, LedgerUnreachable
from reconciler.git import Git, GitError, RefMoved
from reconciler.ledger.base import LostRace
from reconciler.ledger.codec import PROJECT, RUN, from_files, project_of, run_of, to_files, to_json
from reconciler.ledger.state import LedgerState, RunRecord

log = logging.getLogger("reconciler.ledger")


@dataclass(slots=True)
class GitLedger:
    """A ledger in a git repository, with or without a remote.

    `absent` makes the state of a ledger that no ref holds yet. `project` is where in the repository the project is;
    `is_project` tells whether there is one at another such path: two may not share one ledger.
    """

    git: Git
    environment: str
    absent: Callable[[], LedgerState]
    project: str = "."
    is_project: Callable[[str], bool] = lambda path: False

    @property
    def ref(self) -> str:
        """The ref's full name."""
        return f"refs/reconciler/{self.environment}"

    def read(self) -> LedgerState:
        """Return the state at the remote's ref, or at the local one where there is no remote. Moves no ref."""
        with self._reaching("read"):
            head = self._head()
            files = self.git.files(head) if head else {}
        if not head:
            return replace(self.absent(), head="")
        owner = project_of(files) or self.project
        if owner != self.project and self.is_project(owner):
            raise LedgerError(
                f"{self.ref} is the ledger of the project in {owner}/ of this repository, and this one is in "
                f"{self.project}/",
                fix="give one of the two another name in environment.yaml (`environment:`)",
            )
        return from_files(files, head)

    @contextmanager
    def _reaching(self, done: str) -> Iterator[None]:
        try:
            yield
        except RefMoved:
            raise LostRace(
                "another run wrote to the ledger first; nothing of ours was written", fix="run again"
            ) from None
        except GitError as error:
            never = "; what cannot be read is never taken for empty" if done == "read" else ""
            raise LedgerUnreachable(
                f"the ledger {self.ref} cannot be {done}: {error.message}{never}", fix=error.fix
            ) from None

    def _head(self) -> str:
        local = self.git.local_ref(self.ref)
        remote = self.git.remote()
        if not remote:
            return local
        there = self.git.remote_ref(self.ref)
        if there and not self.git.has_commit(there):
            self.git.fetch(self.ref)
        if local and not there:
            raise LedgerRewritten(
                f"{remote} has no {self.ref}, and this clone has it at {local[:12]}: it was removed there, or {remote} "
                "was added after the ledger was made",
                fix=f"bring it back: git push {remote} {local[:12]}:{self.ref}",
            )
        if local and not self.git.is_ancestor(local, there):
            raise LedgerRewritten(
                f"{self.ref} on {remote} ({there[:12]}) does not continue what this clone saw ({local[:12]})",
                fix=f"find out who rewrote it; to accept {remote}'s: git update-ref {self.ref} {there[:12]}",
            )
        return there

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Commit the state on top of its head and push it. Raises LostRace, LedgerUnreachable."""
        files = {**to_files(state), PROJECT: to_json({"path": self.project})}
        with self._reaching("written"):
            commit = self.git.commit_files(files, state.head, f"{self.environment}: {message}")
            if self.git.remote():
                self._push(commit)
                self._remember(commit)
            else:
                self.git.update_ref(self.ref, commit, state.head)
        return replace(state, head=commit)

    def _push(self, commit: str) -> None:
        try:
            self.git.push(commit, self.ref)
        except RefMoved:
            raise
        except GitError:
            if not self._has_arrived(commit):  # the answer may be all that was lost
                raise

    def _has_arrived(self, commit: str) -> bool:
        try:
            return self.git.remote_ref(self.ref) == commit
        except GitError as error:
            log.debug("the remote does not answer: %s", error.message)
            return False

    def _remember(self, commit: str) -> None:
        """Note in the local ref what this clone saw. The write itself has succeeded, whatever becomes of this."""
        try:
            local = self.git.local_ref(self.ref)
            if not (local and self.git.is_ancestor(commit, local)):
                self.git.update_ref(self.ref, commit, local)
        except GitError as error:
            log.warning("this clone could not note that the ledger moved: %s", error.message)

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        with self._reaching("read"):
            head = self._head()
            versions = self.git.versions(head, RUN, 2 * limit) if head else ()  # a run writes its record twice
        if not head:
            last = self.absent().last_run
            return (last,) if last else ()
        runs = [run_of(body) for body in versions]
        return tuple({run.run: run for run in reversed(runs)}.values())[::-1][:limit]

    def describe(self) -> str:
        """Return where it is."""
        remote = self.git.remote()
        return f"{self.ref} ({f'on {remote}' if remote else 'local: there is no remote'})"
