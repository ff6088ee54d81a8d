"""Where the running tool came from: only what others can fetch counts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.initial.tool import Tool, given_tool, source_of
from reconciler.runtime import Runtime

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        pytest.param("https://github.com/acme/reconciler.git", "acme/reconciler", id="https"),
        pytest.param("ssh://git@github.com/acme/reconciler", "acme/reconciler", id="ssh"),
        pytest.param("https://git.example.com/acme/reconciler.git", None, id="elsewhere"),
    ],
)
def test_an_installation_from_git_tells_repository_and_commit(url: str, repository: str | None) -> None:
    found = source_of({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, Runtime().git)
    assert found == (Tool(repository, COMMIT) if repository else None)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("published", [True, False], ids=["published", "only-here"])
def test_an_installation_from_a_clone_counts_when_its_commit_is_published(tmp_path: Path, published: bool) -> None:
    def git(*arguments: str) -> str:
        name = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        done = subprocess.run(["git", *name, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "one")
    head = git("rev-parse", "HEAD")
    git("remote", "add", "origin", "git@github.com:acme/reconciler.git")
    if published:
        git("update-ref", "refs/remotes/origin/main", head)
    found = source_of({"url": tmp_path.as_uri(), "dir_info": {"editable": True}}, Runtime().git)
    assert found == (Tool("acme/reconciler", head) if published else None)


def test_a_folder_that_is_no_clone_tells_nothing(tmp_path: Path) -> None:
    assert source_of({"url": tmp_path.as_uri(), "dir_info": {}}, Runtime().git) is None
    assert source_of({"url": (tmp_path / "gone").as_uri()}, Runtime().git) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(f"acme/reconciler@{COMMIT}", Tool("acme/reconciler", COMMIT), id="whole"),
        pytest.param("acme/reconciler@main", None, id="branch"),
        pytest.param("acme/reconciler", None, id="no-commit"),
    ],
)
def test_a_tool_is_given_by_a_whole_commit(text: str, found: Tool | None) -> None:
    assert given_tool(text) == found
