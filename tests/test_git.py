"""Git as the tool uses it: what it tells, what it refuses, and what it leaves alone."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler import git as git_module
from reconciler.git import GitError, GitMissing, RefMoved, SubprocessGit

REF = "refs/reconciler/production"
FILES = {"a.json": b"{}\n", "b.json": b'{"x": "\xc3\xa9\\n"}\n', "empty.json": b""}


def chain(git: SubprocessGit, *bodies: bytes) -> list[str]:
    """A chain of commits, each with one more version of a.json, oldest first."""
    commits = [""]
    for body in bodies:
        commits.append(git.commit_files({"a.json": body, "same.json": b"1"}, commits[-1], "a version"))
    return commits[1:]


def test_the_root_is_found_from_a_subfolder(alone: SubprocessGit, git_environ: Any) -> None:
    deep = alone.folder / "a" / "b"
    deep.mkdir(parents=True)
    assert SubprocessGit(deep, git_environ).root() == alone.folder


def test_outside_a_repository_there_is_no_root(tmp_path: Path, git_environ: Any) -> None:
    assert SubprocessGit(tmp_path, git_environ).root() is None


def test_a_git_hook_around_us_does_not_send_us_to_another_repository(
    alone: SubprocessGit, tmp_path: Path, git_environ: Any
) -> None:
    hooked = {**git_environ, "GIT_DIR": str(alone.folder / ".git"), "GIT_WORK_TREE": str(alone.folder)}
    assert SubprocessGit(tmp_path, hooked).root() is None


def test_a_repository_that_git_cannot_use_is_an_error_and_not_taken_for_a_plain_folder(
    tmp_path: Path, git_environ: Any, run_git: Any
) -> None:
    bare = tmp_path / "bare.git"
    bare.mkdir()
    run_git(bare, "init", "-q", "--bare")
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / ".git").write_text("gitdir: ../gone\n")
    for name in ("bare.git", "lost"):
        with pytest.raises(GitError, match="git cannot use"):
            SubprocessGit(tmp_path / name, git_environ).root()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_a_folder_of_another_user_says_how_to_trust_it(alone: SubprocessGit) -> None:
    for path in (alone.folder, alone.folder / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(GitError) as caught:
        alone.root()
    assert f"--add safe.directory {alone.folder}" in caught.value.fix


def test_without_git_a_repository_is_an_error_and_a_plain_folder_is_fine(alone: SubprocessGit, tmp_path: Path) -> None:
    empty = {"PATH": str(tmp_path / "home")}
    assert SubprocessGit(tmp_path, empty).root() is None
    with pytest.raises(GitMissing, match="git is not installed") as caught:
        SubprocessGit(alone.folder, empty).root()
    assert caught.value.fix == "install git"


def test_a_folder_that_is_gone_is_said(tmp_path: Path, git_environ: Any) -> None:
    with pytest.raises(GitError, match="gone is not a folder"):
        SubprocessGit(tmp_path / "gone", git_environ).root()


def _wait_until_gone(status: Path) -> None:
    """Return once the process has ended: it was sent the kill, which the system carries out a little later."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if "zombie" in status.read_text():
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.01)
    raise AssertionError(f"still running: {status.read_text()}")


def test_a_command_that_hangs_is_stopped_with_everything_it_started(
    tmp_path: Path, git_environ: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nsleep 600 & echo $! > child; wait\n")
    fake.chmod(0o755)
    monkeypatch.setattr(git_module, "TIMEOUT", 0.3)
    with pytest.raises(GitError, match="took longer than"):
        SubprocessGit(tmp_path, {**git_environ, "PATH": f"{fake.parent}:{git_environ['PATH']}"}).head()
    child = int((tmp_path / "child").read_text())
    _wait_until_gone(Path(f"/proc/{child}/status"))


def test_a_commit_needs_no_configuration_and_moves_no_ref(alone: SubprocessGit, run_git: Any) -> None:
    commit = alone.commit_files(FILES, "", "first")
    assert alone.files(commit) == FILES
    assert run_git(alone.folder, "for-each-ref") == ""
    assert run_git(alone.folder, "show", "-s", "--format=%an", commit) == "reconciler"


def test_a_chain_reads_the_same_from_a_subfolder(alone: SubprocessGit, git_environ: Any) -> None:
    (alone.folder / "sub [a]").mkdir()
    deep = SubprocessGit(alone.folder / "sub [a]", git_environ)
    tip = chain(deep, b"1", b"2")[-1]
    assert deep.files(tip) == alone.files(tip) == {"a.json": b"2", "same.json": b"1"}
    assert deep.versions(tip, "a.json", 5) == (b"2", b"1")
    (deep.folder / "x.yaml").touch()
    assert deep.dirty(deep.folder) == ("sub [a]/x.yaml",)


def test_equal_files_are_told_apart(alone: SubprocessGit) -> None:
    files = {"a.json": b"same", "b.json": b"same"}
    assert alone.files(alone.commit_files(files, "", "twins")) == files


def test_missing_objects_are_an_error(alone: SubprocessGit, run_git: Any) -> None:
    commit = alone.commit_files(FILES, "", "first")
    blob = run_git(alone.folder, "rev-parse", f"{commit}:a.json")
    (alone.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match="missing from this clone"):
        alone.files(commit)


def test_versions_are_newest_first_without_repeats_and_limited(alone: SubprocessGit) -> None:
    tip = chain(alone, b"1", b"2", b"2", b"3")[-1]
    assert alone.versions(tip, "a.json", 10) == (b"3", b"2", b"1")
    assert alone.versions(tip, "a.json", 2) == (b"3", b"2")
    assert alone.versions(tip, "none.json", 2) == ()


def test_a_local_ref_moves_only_from_where_it_is_thought_to_be(alone: SubprocessGit) -> None:
    one, two = chain(alone, b"1", b"2")
    assert alone.local_ref(REF) == ""
    alone.update_ref(REF, one, "")
    for old in ("", two):
        with pytest.raises(RefMoved):
            alone.update_ref(REF, two, old)
    assert alone.local_ref(REF) == one
    alone.update_ref(REF, two, one)
    assert alone.local_ref(REF) == two


def test_a_ref_is_found_by_its_full_name_only(clone: Any, run_git: Any) -> None:
    git = clone("one")
    run_git(git.folder, "branch", REF)  # refs/heads/refs/reconciler/production
    run_git(git.folder, "push", "-q", "origin", REF)
    git.update_ref(f"{REF}-eu", git.head(), "")
    assert (git.local_ref(REF), git.remote_ref(REF)) == ("", "")


def test_a_damaged_ref_is_an_error_and_not_taken_for_an_absent_one(alone: SubprocessGit) -> None:
    alone.update_ref(REF, chain(alone, b"1")[0], "")
    (alone.folder / ".git" / REF).write_text("")
    with pytest.raises(GitError, match="is damaged"):
        alone.local_ref(REF)


def test_a_lock_file_left_behind_is_named(alone: SubprocessGit) -> None:
    one = chain(alone, b"1")[0]
    lock = alone.folder / ".git" / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(GitError, match=r"production\.lock") as caught:
        alone.update_ref(REF, one, "")
    assert not isinstance(caught.value, RefMoved)
    assert "remove the .lock file" in caught.value.fix


def test_a_push_goes_forward_only(clone: Any) -> None:
    git, other = clone("one"), clone("two")
    one, two = chain(git, b"1", b"2")
    git.push(one, REF)
    assert other.remote_ref(REF) == one
    with pytest.raises(RefMoved):
        other.push(chain(other, b"9")[0], REF)
    git.push(two, REF)
    with pytest.raises(RefMoved):
        git.push(one, REF)
    assert git.remote_ref(REF) == two


def test_a_push_that_the_remote_declines_is_no_lost_race(clone: Any, remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho this ref is protected; exit 1\n")
    hook.chmod(0o755)
    git = clone("one")
    with pytest.raises(GitError, match="push failed") as caught:
        git.push(chain(git, b"1")[0], REF)
    assert not isinstance(caught.value, RefMoved)
    assert "allow pushes to refs/reconciler" in caught.value.fix


def test_a_fetch_moves_no_ref_whatever_the_configuration_says(clone: Any, run_git: Any) -> None:
    git, other = clone("one"), clone("two")
    commit = chain(git, b"1")[0]
    git.push(commit, REF)
    for setting in (("--add", "remote.origin.fetch", "+refs/*:refs/*"), ("fetch.prune", "true")):
        run_git(other.folder, "config", *setting)
    run_git(other.folder, "update-ref", "refs/heads/mine", "HEAD")
    before = run_git(other.folder, "for-each-ref")
    other.fetch(REF)
    assert run_git(other.folder, "for-each-ref") == before
    assert other.has_commit(commit)
    assert not (other.folder / ".git" / "FETCH_HEAD").exists()


def test_hooks_of_the_user_do_not_run(clone: Any) -> None:
    git = clone("one")
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        hook = git.folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch ../../ran ran; exit 1\n")
        hook.chmod(0o755)
    commit = chain(git, b"1")[0]
    git.push(commit, REF)
    git.update_ref(REF, commit, "")
    git.dirty(git.folder / "desired")
    assert not list(git.folder.rglob("ran"))


def test_an_unreachable_remote_is_an_error_without_credentials_in_it(
    clone: Any, tmp_path: Path, run_git: Any, git_environ: Any
) -> None:
    git = clone("one")
    run_git(git.folder, "remote", "set-url", "origin", "https://me:hunter22@127.0.0.1:1/x.git")
    with pytest.raises(GitError) as caught:
        git.remote_ref(REF)
    assert "127.0.0.1:1/x.git" in str(caught.value)
    assert "hunter22" not in str(caught.value)


REMOTES = [
    pytest.param([], "", id="none"),
    pytest.param(["origin", "upstream"], "origin", id="origin-wins"),
    pytest.param(["upstream"], "upstream", id="the-only-one"),
]


@pytest.mark.parametrize(("names", "expected"), REMOTES)
def test_the_remote_is_origin_or_the_only_one(
    alone: SubprocessGit, run_git: Any, names: list[str], expected: str
) -> None:
    for name in names:
        run_git(alone.folder, "remote", "add", name, "../remote.git")
    assert alone.remote() == expected


def test_several_remotes_and_no_origin_are_not_guessed_among(alone: SubprocessGit, run_git: Any) -> None:
    for name in ("here", "there"):
        run_git(alone.folder, "remote", "add", name, "../remote.git")
    with pytest.raises(GitError, match="here, there"):
        alone.remote()


def test_a_shallow_clone_knows_that_it_is_one(clone: Any) -> None:
    assert not clone("one").is_shallow()
    assert clone("two", "--depth=1").is_shallow()


def test_ancestors(alone: SubprocessGit) -> None:
    one, two = chain(alone, b"1", b"2")
    assert alone.is_ancestor(one, two)
    assert alone.is_ancestor(one, one)
    assert not alone.is_ancestor(two, one)
    assert not alone.has_commit("1" * 40)


def test_there_is_no_head_before_the_first_commit(alone: SubprocessGit) -> None:
    assert alone.head() == ""
