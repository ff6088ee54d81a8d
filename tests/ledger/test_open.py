"""Which ledger a project gets, and that no two projects get one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import LedgerError
from reconciler.git import SubprocessGit
from reconciler.ledger.file import FileLedger
from reconciler.ledger.gitref import GitLedger
from reconciler.ledger.open import open_ledger
from reconciler.ledger.state import LedgerState
from reconciler.runtime import SANDBOX, Runtime


@pytest.fixture
def real(git_environ: dict[str, str]) -> Runtime:
    return replace(Runtime(), git=lambda folder: SubprocessGit(folder, git_environ))


def project(top: Path, name: str) -> Path:
    folder = top / name
    (folder / "desired").mkdir(parents=True)
    (folder / "desired" / "environment.yaml").write_text("environment: production\n")
    return folder


def test_two_projects_of_one_repository_cannot_share_a_ledger(
    alone: SubprocessGit, real: Runtime, state: LedgerState
) -> None:
    one, two = project(alone.folder, "one"), project(alone.folder, "teams/two")
    open_ledger(one, "production", real).write(state, "begin")
    with pytest.raises(LedgerError, match=r"ledger of the project in one/ .* this one is in teams/two/"):
        open_ledger(two, "production", real).read()
    assert open_ledger(one, "production", real).read().records


def test_a_project_that_moved_in_its_repository_keeps_its_ledger(
    alone: SubprocessGit, real: Runtime, state: LedgerState
) -> None:
    open_ledger(project(alone.folder, "one"), "production", real).write(state, "begin")
    (alone.folder / "one").rename(alone.folder / "moved")
    assert open_ledger(alone.folder / "moved", "production", real).read().records


def test_a_ledger_made_before_git_init_is_carried_over(
    tmp_path: Path, real: Runtime, run_git: Any, state: LedgerState
) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    before = open_ledger(root, "production", real)
    assert isinstance(before, FileLedger)
    before.write(state, "finish")
    run_git(root, "init", "-q")
    after = open_ledger(root, "production", real)
    assert isinstance(after, GitLedger)
    assert replace(after.read(), head="") == state
    after.write(replace(after.read(), commit="in git"), "finish")
    assert (after.read().commit, before.read().commit) == ("in git", "")


@pytest.mark.parametrize("name", ["", "..", "a/b", "Production", "a\n", "-x"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LedgerError, match="cannot name a ledger"):
        open_ledger(tmp_path, name, Runtime())


def test_what_is_applied_to_a_sandbox_stays_out_of_productions_ledger(
    clone: Any, run_git: Any, real: Runtime, state: LedgerState, tmp_path: Path
) -> None:
    git = clone("one")
    before = run_git(git.folder, "for-each-ref")
    sandboxed = replace(real, environ={SANDBOX: str(tmp_path / "sandbox")})
    (tmp_path / "sandbox").mkdir()
    open_ledger(git.folder, "production", sandboxed).write(state, "finish")
    assert run_git(git.folder, "for-each-ref") == before
    assert open_ledger(git.folder, "production", real).read().records == {}
