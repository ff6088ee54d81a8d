"""The right commit: what may be applied, given what was applied before and where HEAD is."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import HeldBySafety, OutOfOrder, ReconcilerError
from reconciler.git import Git
from reconciler.ledger.state import LedgerState


def current_commit(git: Git) -> str:
    """Return the commit of HEAD; "" outside a repository or before the first commit."""
    return git.head() if git.root() is not None else ""


def check_commit(
    git: Git, state: LedgerState, *, desired: Path, apply_from: str | None, sandbox: bool = False
) -> tuple[str, ...]:
    """Return notices when this commit may be applied. Off outside git and in the sandbox, and said.

    Raises:
        ReconcilerError: `desired/` has changes that are not committed.
        OutOfOrder: HEAD is not the last applied commit or a descendant of it.
        HeldBySafety: a remote exists, and HEAD is not contained in the branch that is applied from.
    """
    if sandbox:
        return ("sandbox: the commit gate is off",)
    if git.root() is None:
        return ("not a git repository: the commit gate is off",)
    head = git.head()
    if not head:
        raise ReconcilerError("there is no commit yet, so nothing says what is applied", fix="commit desired/ first")
    changed = git.dirty(desired)
    if changed:
        shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        raise ReconcilerError(
            f"desired/ has changes that are not committed: {shown}",
            fix="commit or discard them; `reconcile plan` works on them as they are",
        )
    _check_order(git, state, head)
    if git.has_remote():
        _check_branch(git, head, apply_from or "main")
    return ()


def _check_order(git: Git, state: LedgerState, head: str) -> None:
    if not state.commit or state.commit == head:
        return
    short = state.commit[:12]
    if not git.has_commit(state.commit):
        why = "this clone is shallow" if git.is_shallow() else "it is in no history this clone has"
        fix = "git fetch --unshallow" if git.is_shallow() else "git fetch, and check that this is the right repository"
        raise OutOfOrder(f"the last applied commit {short} is not here: {why}", fix=fix)
    if not git.is_ancestor(state.commit, head):
        raise OutOfOrder(
            f"HEAD {head[:12]} is not a descendant of the last applied commit {short}: it is older, or on another line",
            fix="update to the newest commit; to go back, commit the old content as a new commit",
        )


def _check_branch(git: Git, head: str, branch: str) -> None:
    tip = git.local_ref(f"refs/remotes/origin/{branch}")
    if not tip:
        raise HeldBySafety(
            f"there is no origin/{branch} here, so it cannot be told whether this commit was merged",
            fix=f"git fetch origin {branch}; another branch is named by apply_from in environment.yaml",
        )
    if not git.is_ancestor(head, tip):
        raise HeldBySafety(
            f"HEAD {head[:12]} is not contained in origin/{branch}: it was not merged",
            fix=f"merge it first, or fetch origin/{branch}; another branch is named by apply_from in environment.yaml",
        )
