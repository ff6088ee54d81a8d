"""What no commit holds: changed, untracked, ignored and yet read, or hidden from git."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.git import SubprocessGit


def edit(git: SubprocessGit) -> None:
    (git.folder / "desired" / "environment.yaml").write_text("changed")


def delete(git: SubprocessGit) -> None:
    (git.folder / "desired" / "environment.yaml").unlink()


def add(name: str) -> Callable[[SubprocessGit], None]:
    def make(git: SubprocessGit) -> None:
        path = git.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    return make


def ignore(git: SubprocessGit) -> None:
    (git.folder / ".git" / "info").mkdir(exist_ok=True)
    (git.folder / ".git" / "info" / "exclude").write_text("*.local.yaml\n*.swp\n.*\n")


DIRT = [
    pytest.param(edit, ["desired/environment.yaml"], id="changed"),
    pytest.param(delete, ["desired/environment.yaml"], id="deleted"),
    pytest.param(add("desired/a b/ü -> x.yaml"), ["desired/a b/ü -> x.yaml"], id="untracked-with-an-odd-name"),
    pytest.param(add("desired/my.local.yaml"), ["desired/my.local.yaml"], id="ignored-and-yet-read"),
    pytest.param(add("desired/environment.yaml.swp"), [], id="ignored-and-not-read"),
    pytest.param(add("desired/.hidden.yaml"), [], id="hidden-and-ignored"),
    pytest.param(add("notes.yaml"), [], id="elsewhere"),
]


@pytest.mark.parametrize(("change", "expected"), DIRT)
def test_dirty_names_what_no_commit_holds(clone: Any, change: Any, expected: list[str]) -> None:
    git = clone("one")
    ignore(git)
    change(git)
    assert list(git.dirty(git.folder / "desired")) == expected


def test_a_staged_rename_names_both_ends(clone: Any, run_git: Any) -> None:
    git = clone("one")
    run_git(git.folder, "mv", "desired/environment.yaml", "desired/x y.yaml")
    assert git.dirty(git.folder / "desired") == ("desired/environment.yaml", "desired/x y.yaml")


@pytest.mark.parametrize("flag", ["assume-unchanged", "skip-worktree"])
def test_files_that_git_was_told_not_to_look_at_are_dirty(clone: Any, run_git: Any, flag: str) -> None:
    git = clone("one")
    run_git(git.folder, "update-index", f"--{flag}", "desired/environment.yaml")
    edit(git)
    (found,) = git.dirty(git.folder / "desired")
    assert found.startswith(f"desired/environment.yaml ({flag}")


def test_a_sparse_checkout_that_leaves_out_desired_files_is_dirty(clone: Any, run_git: Any, git_environ: Any) -> None:
    git = clone("one")
    add("desired/deep/x.yaml")(git)
    run_git(git.folder, "add", "-A")
    run_git(git.folder, "commit", "-qm", "more")
    run_git(git.folder, "sparse-checkout", "set", "desired", "--no-cone", "!deep")
    assert not (git.folder / "desired" / "deep").exists()
    assert any("deep/x.yaml" in found for found in git.dirty(git.folder / "desired"))


def test_looking_leaves_the_index_alone(clone: Any) -> None:
    git = clone("one")
    index = git.folder / ".git" / "index"
    os.utime(git.folder / "desired" / "environment.yaml", (1, 1))
    before = index.read_bytes()
    git.dirty(git.folder / "desired")
    assert index.read_bytes() == before
