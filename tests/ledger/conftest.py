"""Real git repositories in temporary folders, and ledger states to put into them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.git import SubprocessGit
from reconciler.ledger.state import LedgerState
from reconciler.model import Address, Lifecycle, Recorded
from reconciler.runtime import Runtime
from reconciler.values import Generated, OutputRef, SecretRef

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A process environment without any user's git configuration."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture
def run_git(environ: dict[str, str]) -> Callable[..., str]:
    def run(folder: Path, *arguments: str) -> str:
        named = ["-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *named, *arguments], cwd=folder, env=environ, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def remote(tmp_path: Path, run_git: Callable[..., str]) -> Path:
    """A bare repository with one commit on main."""
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
def clone(tmp_path: Path, remote: Path, run_git: Callable[..., str], environ: dict[str, str]) -> Callable[..., Any]:
    def make(name: str, *options: str) -> SubprocessGit:
        run_git(tmp_path, "clone", "-q", *options, remote.as_uri(), name)
        return SubprocessGit(tmp_path / name, environ)

    return make


@pytest.fixture
def state() -> LedgerState:
    """A state with every kind of value in it."""
    address = Address("widgets", "a")
    record = Recorded(
        address=address,
        provider="one",
        live_id="17",
        identity=("a",),
        spec={
            "name": "a",
            "size": 3,
            "tags": ("x", "y"),
            "token": SecretRef("T", 2),
            "key": Generated(32),
            "link": OutputRef("groups/g", "url"),
            "meta": {"$secret": "not one", "secret": "plain"},
            "none": None,
        },
        run="r1",
        commit="c1",
        applied_at=NOW,
        fingerprints={"token": "s1$00"},
        lifecycle=Lifecycle(protect=True, on_remove="retain", ignore=("size",)),
    )
    return LedgerState(records={address: record}, scopes={"one": {"team": "a"}}, salt=b"0123456789abcdef")


@pytest.fixture
def runtime() -> Callable[..., Runtime]:
    def make(**more: Any) -> Runtime:
        given: dict[str, Any] = {"now": lambda: NOW, "environ": {}, "host": "here", "pid": 10, **more}
        return replace(Runtime(), **given)

    return make
