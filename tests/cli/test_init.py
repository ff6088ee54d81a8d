"""`reconcile init`: from nothing to a repository that validates and plans. All or nothing, and safe to run again."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from click.testing import Result

from reconciler import initial
from reconciler.cli import init as module

Run: TypeAlias = Callable[..., Result]
CANARY = "canary-Zx81-secret"
FLAGS = ("--environment", "production", "--provider", "memory", "--yes")
ACME = ("--provider", "acme", "--set", "acme.project=lms", "--set", "acme.place.zone=iad1")


def tree(root: Path) -> dict[str, str]:
    return {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}


def environment(root: Path) -> Any:
    return yaml.safe_load((root / "desired" / "environment.yaml").read_text())


def test_what_it_makes_is_valid_and_plans_nothing_but_records(init: Run, tmp_path: Path) -> None:
    done = init("init", *FLAGS)
    assert done.exit_code == 0, done.output
    assert {"desired/environment.yaml", "desired/groups.yaml", ".gitignore", "schemas/groups.json"} <= set(
        tree(tmp_path)
    )
    assert (tmp_path / "desired" / "groups.yaml").read_text().startswith("# yaml-language-server: $schema=../schemas/")
    assert ".reconciler/" in (tmp_path / ".gitignore").read_text()
    assert init("validate").exit_code == 0
    planned = init("plan", "--detailed-exitcode", "--format", "json")
    assert planned.exit_code == 0
    assert [c["action"] for c in json.loads(planned.stdout)["changes"]] == ["record"]
    assert init("schema", "--check").exit_code == 0


def test_the_account_that_was_read_is_the_only_one_from_then_on(init: Run, tmp_path: Path) -> None:
    init("init", *FLAGS)
    assert environment(tmp_path)["providers"]["memory"]["expect"]


def test_running_it_again_changes_nothing(init: Run, tmp_path: Path) -> None:
    init("init", *FLAGS)
    before = tree(tmp_path)
    again = init("init", *FLAGS)
    assert again.exit_code == 0
    assert "Nothing to write" in again.stdout
    assert "kept desired/environment.yaml" in again.stdout
    assert tree(tmp_path) == before


def test_what_a_user_took_out_after_the_import_is_not_brought_back(init: Run, tmp_path: Path, memory: Any) -> None:
    memory.add("groups", name="other", title="Other")
    init("init", *FLAGS)
    (tmp_path / "desired" / "groups.yaml").write_text("groups:\n  main: {title: Main}\n")
    init("init", *FLAGS)
    assert set(tree(tmp_path / "desired")) == {"environment.yaml", "groups.yaml", "policies/baseline.yaml"}


def test_the_baseline_of_policies_holds_what_fits_and_warns_of_what_is_there_already(
    init: Run, tmp_path: Path, memory: Any
) -> None:
    memory.add("groups", name="other", title="ghp_16C7e42F292c6912E7710c838347Ae178B4a")
    done = init("init", *FLAGS)
    text = (tmp_path / "desired" / "policies" / "baseline.yaml").read_text()
    assert "no-plaintext-secrets:" in text
    assert "private-buckets:" not in text
    assert text.count("severity: warn") == 1
    assert "which only warn for now" in done.stdout
    (tmp_path / "desired" / "policies" / "baseline.yaml").write_text("rules: {}\n")
    init("init", *FLAGS)
    assert (tmp_path / "desired" / "policies" / "baseline.yaml").read_text() == "rules: {}\n"


def test_one_that_cannot_be_read_keeps_nothing_else_from_being_set_up(
    init: Run, tmp_path: Path, environ: dict[str, str]
) -> None:
    environ["ACME_TOKEN"] = "x" * 20
    done = init("init", *FLAGS, *ACME)
    assert done.exit_code in (1, 5)
    assert "not read acme" in done.stdout
    assert "reconcile import acme" in done.stdout
    assert (tmp_path / "desired" / "groups.yaml").exists()


def test_ctrl_c_while_files_are_written_leaves_nothing(
    init: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitignore").write_text("dist/\n")
    before = tree(tmp_path)
    real = Path.replace

    def stopped(self: Path, target: Any) -> Any:
        if Path(target).name == ".gitignore":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    done = init("init", *FLAGS)
    assert done.exit_code == 130
    assert tree(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == [".gitignore"]


def test_a_folder_that_cannot_be_written_is_said_with_nothing_half_done(init: Run, tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("in the way")
    done = init("init", *FLAGS)
    assert done.exit_code == 1
    assert "nothing was written" in done.output
    assert tree(tmp_path) == {".github": "in the way"}


def test_files_of_the_user_stay(init: Run, tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "reconcile.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("name: mine\n")
    (tmp_path / ".gitignore").write_text("dist/")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "mine.json").write_text("{}")
    done = init("init", *FLAGS)
    assert "kept .github/workflows/reconcile.yml: it is there" in done.stdout
    assert "changed .gitignore: .reconciler/ added" in done.stdout
    assert workflow.read_text() == "name: mine\n"
    assert (tmp_path / ".gitignore").read_text().startswith("dist/\n")
    assert (tmp_path / "schemas" / "mine.json").read_text() == "{}"


def test_a_desired_state_with_problems_shows_them_and_nothing_is_written(init: Run, tmp_path: Path) -> None:
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "groups.yaml").write_text("groups:\n  main: {tilte: Main}\n")
    before = tree(tmp_path)
    done = init("init", *FLAGS)
    assert done.exit_code == 1
    assert "desired/groups.yaml:2:10" in done.output
    assert tree(tmp_path) == before


def test_outside_git_it_says_so_and_goes_on(init: Run) -> None:
    assert "`git init`" in init("init", *FLAGS).stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_workflow_is_for_the_top_of_the_repository(init: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert "git init" not in init("init", *FLAGS).stdout
    (tmp_path / "below").mkdir()
    done = init("init", *FLAGS, "--desired", "below/desired")
    assert "kept .github/workflows/reconcile.yml: not written: it needs desired/ at the top" in done.stdout
    assert not (tmp_path / "below" / ".github").exists()


def test_the_tool_is_installed_in_ci_from_where_the_flag_says(init: Run, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    init("init", *FLAGS, "--tool", f"acme/reconciler@{commit}")
    text = (tmp_path / ".github" / "workflows" / "reconcile.yml").read_text()
    assert text.count("repository: acme/reconciler\n") == text.count(f"ref: {commit}\n") == 5


def test_where_sops_files_are_named_the_workflow_installs_sops_and_the_variables_are_asked_for(
    init: Run, tmp_path: Path
) -> None:
    assert "SOPS_VERSION" not in init("init", *FLAGS).stdout
    workflow = tmp_path / ".github" / "workflows" / "reconcile.yml"
    assert "SOPS_VERSION" not in workflow.read_text()
    workflow.unlink()
    (tmp_path / "s.yaml").write_text("A: ENC[x]\nsops: {age: [{recipient: age1x, enc: x}], mac: x, version: 3.11.0}\n")
    settings = tmp_path / "desired" / "environment.yaml"
    settings.write_text(settings.read_text() + "secrets: [{sops_file: s.yaml}]\n")
    done = init("init", *FLAGS)
    assert "set the variables SOPS_VERSION and SOPS_SHA256 of the environment production" in done.stdout
    assert "SOPS_VERSION: ${{ vars.SOPS_VERSION }}" in workflow.read_text()


def test_the_command_knows_no_provider() -> None:
    sources = [Path(module.__file__), *Path(initial.__path__[0]).glob("*")]
    text = "".join(file.read_text().lower() for file in sources if file.is_file())
    assert [name for name in ("vercel", "betterstack", "better stack", 'direct_url"') if name in text] == []
