"""The right commit: what may be applied, given the last applied commit and where HEAD is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.commit import check_commit, current_commit
from reconciler.errors import HeldBySafety, OutOfOrder, ReconcilerError
from reconciler.git import SubprocessGit
from reconciler.ledger.state import Begin, LedgerState

EMPTY = LedgerState(salt=b"s")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


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
    tmp_path: Path, git_environ: dict[str, str], clone: Any
) -> None:
    outside = SubprocessGit(tmp_path / "home", git_environ)
    assert check(outside) == ("not a git repository: the commit gate is off",)
    assert current_commit(outside) == ""
    git = clone("one")
    (git.folder / "desired" / "new.yaml").write_text("x")
    assert check(git, sandbox=True) == ("sandbox: the commit gate is off",)


def test_a_repository_without_a_commit_is_refused(alone: SubprocessGit) -> None:
    with pytest.raises(ReconcilerError, match="no commit yet"):
        check(alone)


def test_a_commit_that_a_run_began_to_apply_counts_as_applied(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    first = git.head()
    second = work(git, "second")
    begin = Begin("r9", "me", "here", 1, second, NOW, NOW)
    run_git(git.folder, "checkout", "-q", first)
    with pytest.raises(OutOfOrder, match="that run r9 began to apply"):
        check(git, replace(EMPTY, commit=first, begin=begin))
    run_git(git.folder, "checkout", "-q", second)
    assert check(git, replace(EMPTY, commit=first, begin=begin)) == ()


def test_a_commit_of_another_repository_is_out_of_order(clone: Any) -> None:
    with pytest.raises(OutOfOrder, match="in no history this clone has"):
        check(clone("one"), replace(EMPTY, commit="1" * 40))


def test_a_commit_on_another_line_is_out_of_order(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    run_git(git.folder, "checkout", "-q", "-b", "side")
    side = work(git, "side", push=False)
    run_git(git.folder, "checkout", "-q", "main")
    work(git, "second")
    with pytest.raises(OutOfOrder, match="on another line"):
        check(git, replace(EMPTY, commit=side))


def test_a_shallow_clone_that_has_both_ends_and_nothing_between_says_that_it_cannot_tell(
    clone: Any, work: Any, run_git: Any
) -> None:
    git = clone("one")
    first = git.head()
    shallow = clone("two", "--depth=1")
    work(git, "second")
    work(git, "third")
    run_git(shallow.folder, "fetch", "-q", "--depth=1", "origin", "main")
    run_git(shallow.folder, "checkout", "-q", "origin/main")
    with pytest.raises(OutOfOrder, match="cannot be told") as caught:
        check(shallow, replace(EMPTY, commit=first))
    assert caught.value.fix == "git fetch --unshallow"


def test_a_shallow_clone_of_the_merged_commit_may_be_applied(clone: Any, work: Any) -> None:
    git = clone("one")
    second = work(git, "second")
    assert check(clone("two", "--depth=1"), replace(EMPTY, commit=second)) == ()


def test_the_fix_for_a_missing_branch_works(clone: Any, work: Any, run_git: Any) -> None:
    git = clone("one")
    run_git(git.folder, "push", "-q", "origin", "HEAD:release")
    single = clone("two", "--single-branch")
    with pytest.raises(HeldBySafety, match="no origin/release") as caught:
        check(single, apply_from="release")
    run_git(single.folder, *caught.value.fix.partition(";")[0].split()[1:])
    assert check(single, apply_from="release") == ()


def test_without_a_remote_nothing_has_to_be_merged(alone: SubprocessGit, run_git: Any) -> None:
    (alone.folder / "desired").mkdir()
    (alone.folder / "desired" / "environment.yaml").write_text("x")
    run_git(alone.folder, "add", "-A")
    run_git(alone.folder, "commit", "-qm", "first")
    assert check(alone) == ()


def test_a_desired_folder_outside_the_repository_is_refused(clone: Any, tmp_path: Path) -> None:
    git = clone("one")
    (tmp_path / "elsewhere").mkdir()
    (git.folder / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReconcilerError, match="outside the repository"):
        check_commit(git, EMPTY, desired=git.folder / "linked", apply_from=None)


def test_many_dirty_files_are_counted(clone: Any) -> None:
    git = clone("one")
    for number in range(8):
        (git.folder / "desired" / f"{number}.yaml").write_text("x")
    with pytest.raises(ReconcilerError, match=r"desired/0\.yaml, .*desired/4\.yaml, and 3 more"):
        check(git)
