"""What git and the ledger can have come to, met by an apply: nothing is sent, and the way on is said."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FEW = """
monitors:
  one: {url: "https://one.x.test/", monitor_type: status, check_frequency: 3m}
"""


def detach(site: Any) -> None:
    site.git("checkout", "--quiet", "--detach", "HEAD")


def older(site: Any) -> None:
    site.git("checkout", "--quiet", "--detach", "HEAD~1")


def dirty(site: Any) -> None:
    (site.root / "desired" / "objects.yaml").write_text(FEW + "\n")


def unmerged(site: Any) -> None:
    site.git("commit", "--quiet", "--allow-empty", "--message", "mine")


def no_main(site: Any) -> None:
    site.git("update-ref", "-d", "refs/remotes/origin/main")


def shallow(site: Any) -> None:
    site.git("commit", "--quiet", "--allow-empty", "--message", "newer")
    site.git("push", "--quiet", "origin", "main")
    shutil.rmtree(site.root)
    site.git("clone", "--quiet", "--depth", "1", f"file:/{'/'}{site.remote}", "work", at=site.folder)


def remote_gone(site: Any) -> None:
    site.remote.rename(site.folder / "elsewhere")


def ledger_gone(site: Any) -> None:
    site.git("update-ref", "-d", REF, at=site.remote)


def ledger_rewritten(site: Any) -> None:
    site.git("update-ref", REF, "refs/heads/main", at=site.remote)


def ledger_damaged(site: Any) -> None:
    blob = site.git("hash-object", "-w", "--stdin", at=site.remote)
    tree = subprocess.run(
        ["git", "mktree"], cwd=site.remote, input=f"100644 blob {blob}\tledger.json\n", capture_output=True, text=True,
        check=True,
    ).stdout.strip()  # fmt: skip
    site.git("update-ref", REF, site.git("commit-tree", tree, "-p", REF, "-m", "x", at=site.remote), at=site.remote)


def without_git(site: Any) -> None:
    shutil.rmtree(site.root / ".git")


REF = "refs/reconciler/production"
GIT_DAYS: dict[str, tuple[Callable[[Any], None], int, str, str]] = {
    "detached-head": (detach, 0, "Nothing to do", ""),
    "older-commit": (older, 4, "not a descendant of the last applied commit", "commit the old content"),
    "dirty": (dirty, 1, "not committed: desired/objects.yaml", "commit or discard"),
    "not-merged": (unmerged, 3, "not contained in origin/main", "merge it first"),
    "main-unknown": (no_main, 3, "there is no origin/main", "git fetch origin main"),
    "shallow-clone": (shallow, 4, "this clone is shallow", "git fetch --unshallow"),
    "ledger-unreachable": (remote_gone, 1, "cannot be read", "git remote -v"),
    "ledger-missing": (ledger_gone, 1, "origin has no refs/reconciler/production", ""),
    "ledger-rewritten": (ledger_rewritten, 1, "does not continue what this clone saw", "update-ref"),
    "ledger-damaged": (ledger_damaged, 1, "ledger.json is damaged", "restore it"),
    "not-a-repository": (without_git, 0, "not a git repository: the commit gate is off", "recorded"),
}


@pytest.fixture(scope="module")
def settled(make_site: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    site = make_site(tmp_path_factory.mktemp("settled") / "site")
    site.commit({**site.files(), "objects.yaml": FEW})
    ran = site.run("apply", "--yes")
    assert ran.code == 0, ran.all
    return site


@pytest.mark.parametrize(("spoil", "code", "said", "fix"), GIT_DAYS.values(), ids=GIT_DAYS)
def test_what_is_wrong_with_git_or_the_ledger_stops_an_apply(
    settled: Any, tmp_path: Path, spoil: Any, code: int, said: str, fix: str
) -> None:
    shutil.copytree(settled.folder, tmp_path / "site", symlinks=True)
    site = type(settled)(tmp_path / "site", settled.world, settled.env, settled.secrets)
    spoil(site)
    site.world.proxy.reset()
    ran = site.run("apply", "--yes")
    flat = " ".join(ran.all.split())
    assert ran.code == code, ran.all
    assert said in flat
    assert fix in flat
    assert site.world.proxy.writes == []
