"""The ledger as a commit chain under `refs/reconciler/<environment>`: its history is the audit log.

With a remote, the remote's ref is the truth: every read asks it, every write pushes a plain fast-forward, and git
rejects a lost race. The local ref remembers what this clone saw, and is moved by writes only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.errors import LedgerRewritten, LedgerUnreachable
from reconciler.git import Git, GitError, PushRejected
from reconciler.ledger.base import LostRace
from reconciler.ledger.codec import from_files, run_of, to_files
from reconciler.ledger.state import LedgerState, RunRecord


@dataclass(slots=True)
class GitLedger:
    """A ledger in a git repository, with or without a remote."""

    git: Git
    environment: str
    entropy: Callable[[int], bytes]

    @property
    def ref(self) -> str:
        return f"refs/reconciler/{self.environment}"

    def read(self) -> LedgerState:
        """Return the state at the remote's ref, or at the local one where there is no remote. Moves no ref."""
        head = self._head()
        if not head:
            return LedgerState(salt=self.entropy(16))
        return from_files(self.git.files(head), head)

    def _head(self) -> str:
        try:
            local = self.git.local_ref(self.ref)
            if not self.git.has_remote():
                return local
            remote = self.git.remote_ref(self.ref)
            if remote and not self.git.has_commit(remote):
                self.git.fetch(self.ref)
        except GitError as error:
            raise LedgerUnreachable(
                f"the ledger {self.ref} cannot be read from the remote, and an unreadable ledger is not an empty one: "
                f"{error.message}",
                fix=error.fix,
            ) from None
        if local and not remote:
            raise LedgerRewritten(
                f"the remote no longer has {self.ref}, and this clone saw it at {local[:12]}",
                fix=f"restore it: git push origin {local[:12]}:{self.ref}",
            )
        if local and not self.git.is_ancestor(local, remote):
            raise LedgerRewritten(
                f"{self.ref} on the remote ({remote[:12]}) does not continue what this clone saw ({local[:12]})",
                fix=f"find out who rewrote it; to accept the remote's: git update-ref {self.ref} {remote[:12]}",
            )
        return remote

    def write(self, state: LedgerState, message: str) -> LedgerState:
        """Commit the state on top of its head and push it. Raises LostRace, LedgerUnreachable."""
        try:
            local = self.git.local_ref(self.ref)
            commit = self.git.commit_files(to_files(state), state.head, f"{self.environment}: {message}")
            if self.git.has_remote():
                self.git.push(commit, self.ref)
            elif local != state.head:
                raise PushRejected(f"{self.ref} moved in the meantime")
            self.git.update_ref(self.ref, commit, local)
        except PushRejected:
            raise LostRace(
                "another run wrote to the ledger first; nothing of ours was written", fix="run again"
            ) from None
        except GitError as error:
            raise LedgerUnreachable(
                f"the ledger {self.ref} cannot be written: {error.message}", fix=error.fix
            ) from None
        return from_files(to_files(state), commit)

    def history(self, limit: int) -> tuple[RunRecord, ...]:
        """Return the last runs, newest first."""
        head = self._head()
        found: dict[str, RunRecord] = {}
        for commit in self.git.log(head, limit * 4 + 8) if head else ():
            run = run_of(self.git.files(commit))
            if run and run.run not in found:
                found[run.run] = run
            if len(found) >= limit:
                break
        return tuple(found.values())

    def describe(self) -> str:
        """Return where it is."""
        return f"{self.ref} ({'on origin' if self.git.has_remote() else 'local: there is no remote'})"
