"""The right commit: what may be applied, given the last applied commit and where HEAD is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.commit import check_commit, current_commit
from reconciler.errors import HeldBySafety, OutOfOrder, ReconcilerError
from reconciler.git import SubprocessGit
from reconciler.ledger.state import LedgerState

EMPTY = LedgerState(salt=b"s")


@pytest.fixture
def work(clone: Callable[..., SubprocessGit], run_git: Any) -> Callable[..., str]:
    """Commits a change to desired/ in a clone, pushes it if asked, and returns the commit."""

    def commit(git: SubprocessGit, text: str, *, push: bool = True) -> str:
        (git.folder / "desired" / "environment.yaml").write_text(text)
        run_git(git.folder, "commit", "-qam", text)
        if push:
            run_git(git.folder, "push", "-q", "origin", "HEAD:main")
        return git.head()

    return commit


def check(git: SubprocessGit, state: LedgerState = EMPTY, **more: Any) -> tuple[str, ...]:
    return check_commit(git, state, desired=git.folder / "desired", apply_from=more.pop("apply_from", None), **more)


def test_a_merged_clean_head_may_be_applied(clone: Any, work: Any) -> None:
    git = clone("one")
    first = git.head()
    work(git, "second")
    assert check(git, replace(EMPTY, commit=first)) == ()


def test_an_older_commit_is_out_of_order(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    first = git.head()
    second = work(git, "second")
    run_git(git.folder, "checkout", "-q", first)  # a detached HEAD, too
    with pytest.raises(OutOfOrder, match="not a descendant"):
        check(git, replace(EMPTY, commit=second))


def test_a_detached_head_that_was_merged_is_fine(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    run_git(git.folder, "checkout", "-q", work(git, "second"))
    assert check(git) == ()


@pytest.mark.parametrize("how", ["changed", "untracked"])
def test_a_dirty_desired_is_refused_and_the_file_is_named(clone: Any, how: str) -> None:
    git = clone("one")
    name = "environment.yaml" if how == "changed" else "new.yaml"
    (git.folder / "desired" / name).write_text("x")
    with pytest.raises(ReconcilerError, match=f"desired/{name}"):
        check(git)


def test_changes_outside_desired_do_not_matter(clone: Any) -> None:
    git = clone("one")
    (git.folder / "notes.txt").write_text("x")
    assert check(git) == ()


def test_an_unmerged_head_is_held(clone: Any, work: Any) -> None:
    git = clone("one")
    work(git, "second", push=False)
    with pytest.raises(HeldBySafety, match="not contained in origin/main"):
        check(git)


def test_apply_from_names_another_branch(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    work(git, "second", push=False)
    run_git(git.folder, "push", "-q", "origin", "HEAD:release")
    run_git(git.folder, "fetch", "-q", "origin")
    assert check(git, apply_from="release") == ()
    with pytest.raises(HeldBySafety, match="no origin/missing"):
        check(git, apply_from="missing")


def test_a_shallow_clone_that_lacks_the_last_applied_commit_says_how_to_get_it(clone: Any, work: Any) -> None:
    git = clone("one")
    first = git.head()
    work(git, "second")
    shallow = clone("two", "--depth=1")
    with pytest.raises(OutOfOrder) as caught:
        check(shallow, replace(EMPTY, commit=first))
    assert caught.value.fix == "git fetch --unshallow"


def test_outside_git_and_in_the_sandbox_the_gate_is_off_and_says_so(
    tmp_path: Path, environ: dict[str, str], clone: Any
) -> None:
    outside = SubprocessGit(tmp_path / "home", environ)
    assert check(outside) == ("not a git repository: the commit gate is off",)
    assert current_commit(outside) == ""
    git = clone("one")
    (git.folder / "desired" / "new.yaml").write_text("x")
    assert check(git, sandbox=True) == ("sandbox: the commit gate is off",)


def test_a_repository_without_a_commit_is_refused(tmp_path: Path, environ: dict[str, str], run_git: Any) -> None:
    (tmp_path / "fresh").mkdir()
    run_git(tmp_path / "fresh", "init", "-q")
    with pytest.raises(ReconcilerError, match="no commit yet"):
        check(SubprocessGit(tmp_path / "fresh", environ))
