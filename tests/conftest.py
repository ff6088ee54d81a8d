"""Real git in temporary folders, for the tests of everything that talks to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.git import SubprocessGit


@pytest.fixture
def git_environ(tmp_path: Path) -> dict[str, str]:
    """A process environment without any user's git configuration: no name, no default branch, nothing."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture
def run_git(git_environ: dict[str, str]) -> Callable[..., str]:
    """Git as a person uses it: `run_git(folder, "commit", "-m", "text")` returns what it printed."""

    def run(folder: Path, *arguments: str) -> str:
        named = ["-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *named, *arguments], cwd=folder, env=git_environ, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def remote(tmp_path: Path, run_git: Callable[..., str]) -> Path:
    """A bare repository with one commit on main, which holds desired/environment.yaml."""
    bare, seed = tmp_path / "remote.git", tmp_path / "seed"
    for folder in (bare, seed):
        folder.mkdir()
    run_git(bare, "init", "--bare", "-q")
    run_git(seed, "init", "-q")
    (seed / "desired").mkdir()
    (seed / "desired" / "environment.yaml").write_text("environment: production\n")
    run_git(seed, "add", "-A")
    run_git(seed, "commit", "-qm", "first")
    run_git(seed, "push", "-q", str(bare), "HEAD:main")
    return bare


@pytest.fixture
def clone(
    tmp_path: Path, remote: Path, run_git: Callable[..., str], git_environ: dict[str, str]
) -> Callable[..., SubprocessGit]:
    """Makes a clone: `clone("one", "--depth=1")`."""

    def make(name: str, *options: str) -> SubprocessGit:
        run_git(tmp_path, "clone", "-q", *options, remote.as_uri(), name)
        return SubprocessGit(tmp_path / name, git_environ)

    return make


@pytest.fixture
def alone(tmp_path: Path, run_git: Callable[..., str], git_environ: dict[str, str]) -> SubprocessGit:
    """A repository without a remote and without a commit."""
    (tmp_path / "alone").mkdir()
    run_git(tmp_path / "alone", "init", "-q")
    return SubprocessGit(tmp_path / "alone", git_environ)
