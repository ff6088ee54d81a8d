"""The right commit: what may be applied, given what was applied before and where HEAD is."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import HeldBySafety, OutOfOrder, ReconcilerError
from reconciler.git import Git
from reconciler.ledger.state import LedgerState

_SHOWN = 5  # files named in the message


def current_commit(git: Git) -> str:
    """Return the commit of HEAD; "" outside a repository or before the first commit."""
    return git.head() if git.root() is not None else ""


def check_commit(
    git: Git, state: LedgerState, *, desired: Path, apply_from: str | None, sandbox: bool = False
) -> tuple[str, ...]:
    """Return notices when this commit may be applied. Off outside git and in the sandbox, and said.

    Raises:
        ReconcilerError: `desired/` is not what a commit of this repository holds.
        OutOfOrder: HEAD is not the last applied commit or a descendant of it.
        HeldBySafety: a remote exists, and HEAD is not contained in the branch that is applied from.
    """
    if sandbox:
        return ("sandbox: the commit gate is off",)
    top = git.root()
    if top is None:
        return ("not a git repository: the commit gate is off",)
    head = git.head()
    if not head:
        raise ReconcilerError("there is no commit yet, so nothing says what is applied", fix="commit desired/ first")
    _check_clean(git, desired, top)
    _check_order(git, state, head)
    remote = git.remote()
    if remote:
        _check_branch(git, head, remote, apply_from or "main")
    return ()


def _check_clean(git: Git, desired: Path, top: Path) -> None:
    name = f"{desired.name}/"
    if not desired.resolve().is_relative_to(top.resolve()):
        raise ReconcilerError(
            f"{name} is at {desired.resolve()}, outside the repository {top}: no commit says what it holds",
            fix="keep it inside the repository, as ordinary files",
        )
    changed = git.dirty(desired)
    if changed:
        more = f", and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise ReconcilerError(
            f"{name} has changes that are not committed: {', '.join(changed[:_SHOWN])}{more}",
            fix="commit or discard them; `reconcile plan` works on them as they are",
        )


def _check_order(git: Git, state: LedgerState, head: str) -> None:
    last, what = state.commit, "the last applied commit"
    if state.begin is not None and state.begin.commit:
        # It may have been applied in part: an older commit would take that back without anybody having asked for it.
        last, what = state.begin.commit, f"the commit that run {state.begin.run} began to apply,"
    if not last or last == head:
        return
    short = last[:12]
    shallow = git.is_shallow()
    unshallow = "git fetch --unshallow"
    if not git.has_commit(last):
        if shallow:
            raise OutOfOrder(f"{what} {short} is not here: this clone is shallow", fix=unshallow)
        raise OutOfOrder(
            f"{what} {short} is not here: it is in no history this clone has",
            fix="git fetch, and check that this is the right repository",
        )
    if not git.is_ancestor(last, head):
        if shallow:
            raise OutOfOrder(
                f"it cannot be told whether HEAD {head[:12]} comes after {what} {short}: this clone is shallow",
                fix=unshallow,
            )
        raise OutOfOrder(
            f"HEAD {head[:12]} is not a descendant of {what} {short}: it is older, or on another line",
            fix="update to the newest commit; to go back, commit the old content as a new commit",
        )


def _check_branch(git: Git, head: str, remote: str, branch: str) -> None:
    name = f"{remote}/{branch}"
    tip = git.local_ref(f"refs/remotes/{name}")
    other = "another branch is named by apply_from in environment.yaml"
    if not tip:
        # Written out in full: a clone of one branch, as CI makes it, would fetch and not keep it.
        fetch = f"git fetch {remote} {branch}:refs/remotes/{name}"
        raise HeldBySafety(
            f"there is no {name} here, so it cannot be told whether this commit was merged", fix=f"{fetch}; {other}"
        )
    if not git.is_ancestor(head, tip):
        if git.is_shallow():
            raise HeldBySafety(
                f"it cannot be told whether HEAD {head[:12]} is contained in {name}: this clone is shallow",
                fix=f"git fetch --unshallow {remote}",
            )
        raise HeldBySafety(
            f"HEAD {head[:12]} is not contained in {name}: it was not merged, or not fetched",
            fix=f"merge it first, or git fetch {remote}; {other}",
        )
