"""What .github/workflows/reconcile.yml must hold to: who may do what, with which code and which credentials."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.cli.main import main

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXT = (ROOT / ".github" / "workflows" / "reconcile.yml").read_text(encoding="utf-8")
WORKFLOW: Mapping[Any, Any] = yaml.safe_load(TEXT)
TRIGGERS = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
JOBS: Mapping[str, Mapping[str, Any]] = WORKFLOW["jobs"]
ON_PULL_REQUEST = ("validate", "preview")


def steps(*jobs: str) -> Iterator[Mapping[str, Any]]:
    for job in jobs or tuple(JOBS):
        yield from JOBS[job]["steps"]


def checkouts(job: str) -> list[Mapping[str, Any]]:
    return [s.get("with", {}) for s in steps(job) if s.get("uses", "").startswith("actions/checkout@")]


def commands(job: str) -> str:
    return "\n".join(s["run"] for s in steps(job) if "run" in s)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(file: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses: *(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    assert [u for u in uses if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_the_file_obeys_the_published_schema(file: Path) -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [tool, "--builtin-schema", "vendor.github-workflows", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_code_of_a_pull_request_never_meets_the_base_repositorys_rights() -> None:
    assert set(TRIGGERS) == {"pull_request", "push", "schedule", "workflow_dispatch"}


def test_nothing_is_allowed_that_a_job_does_not_ask_for() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "validate": {"contents": "read"},
        "preview": {"contents": "read"},
        "plan": {"contents": "read"},
        "apply": {"contents": "write"},
        "drift": {"contents": "read"},
    }


def test_every_job_ends_by_itself() -> None:
    assert [name for name, job in JOBS.items() if not 0 < job.get("timeout-minutes", 0) <= 60] == []


def test_no_script_is_assembled_from_what_others_may_write() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("job", ON_PULL_REQUEST)
def test_a_pull_request_runs_the_base_commits_tool_and_only_its_own_desired(job: str) -> None:
    tool, proposed = checkouts(job)
    assert tool["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert tool["persist-credentials"] is False
    assert proposed["sparse-checkout"] == "/desired/"
    assert proposed["sparse-checkout-cone-mode"] is False
    assert tool["path"] != proposed["path"]
    script = commands(job)
    assert f"{tool['path']}/.ci/install" in script
    assert f"{proposed['path']}/" not in script


def test_validation_needs_no_credentials_so_forks_get_it_too() -> None:
    assert "environment" not in JOBS["validate"]
    assert not any("secrets." in str(step) for step in steps("validate"))
    assert all(with_["persist-credentials"] is False for with_ in checkouts("validate"))
    assert "head.repo.full_name == github.repository" in JOBS["preview"]["if"]


def test_only_the_apply_job_meets_credentials_that_can_write() -> None:
    assert {name: job.get("environment") for name, job in JOBS.items()} == {
        "validate": None,
        "preview": "production-read",
        "plan": "production-read",
        "apply": "production",
        "drift": "production-read",
    }
    assert [name for name in JOBS if " apply " in commands(name)] == ["apply"]


def test_what_is_applied_is_the_plan_of_the_merged_commit() -> None:
    assert JOBS["plan"]["if"] == "github.event_name == 'push'"
    assert TRIGGERS["push"]["branches"] == ["main"]
    assert JOBS["apply"]["needs"] == "plan"
    assert "if" not in JOBS["apply"]  # skipped with `plan`
    handed = [s["with"] for s in steps("plan") if s.get("uses", "").startswith("actions/upload-artifact@")]
    taken = [s["with"] for s in steps("apply") if s.get("uses", "").startswith("actions/download-artifact@")]
    assert [h["name"] for h in handed] == [t["name"] for t in taken] == ["plan"]
    assert 'plan --format markdown -o "$RUNNER_TEMP/plan/plan.json"' in commands("plan")
    assert 'apply "$RUNNER_TEMP/plan/plan.json" --yes' in commands("apply")
    assert JOBS["apply"]["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("job", ["plan", "apply", "drift"])
def test_a_job_that_reads_the_ledger_has_the_history(job: str) -> None:
    (checkout,) = checkouts(job)
    assert checkout["fetch-depth"] == 0
    assert checkout["persist-credentials"] is True


def invocations() -> list[list[str]]:
    scripts = "\n".join(commands(job) for job in JOBS).replace("\\\n", " ")
    found = re.findall(r'bin/reconcile" ([^>|\n]*)', scripts)
    return [shlex.split(arguments) for arguments in found]


@pytest.mark.parametrize("arguments", invocations(), ids=" ".join)
def test_every_command_is_one_that_the_tool_takes(arguments: list[str]) -> None:
    name, *rest = arguments
    command = main.get_command(click.Context(main), name)
    assert command is not None
    command.make_context(name, rest)


def test_each_result_is_kept_even_when_the_command_fails() -> None:
    kept = [s for s in steps("preview", "apply", "drift") if s.get("uses", "").startswith("actions/upload-artifact@")]
    assert len(kept) == 4
    assert all("cancelled()" in s["if"] or "always()" in s["if"] for s in kept)


def test_the_night_ends_with_the_heartbeat_whatever_was_found() -> None:
    *_, last = steps("drift")
    assert "cancelled()" in last["if"]
    assert last["env"]["DRIFT"] == "${{ steps.drift.outcome }}"
    assert "heartbeat nightly-reconcile\n" in last["run"]
    assert "heartbeat nightly-reconcile --fail" in last["run"]
    declared = [
        yaml.safe_load(file.read_text(encoding="utf-8")).get("heartbeats", {})
        for file in (ROOT / "desired").rglob("*.yaml")
    ]
    assert any("nightly-reconcile" in heartbeats for heartbeats in declared)


@pytest.mark.parametrize("outcome", ["success", "failure", "skipped"])
def test_the_heartbeat_hears_of_failure_unless_drift_was_looked_for_and_not_found(tmp_path: Path, outcome: str) -> None:
    *_, last = steps("drift")
    tool = tmp_path / "reconciler" / "bin" / "reconcile"
    tool.parent.mkdir(parents=True)
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    ran = subprocess.run(
        ["bash", "-e", "-c", last["run"]],
        env={"RUNNER_TEMP": str(tmp_path), "DRIFT": outcome, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"heartbeat nightly-reconcile{'' if outcome == 'success' else ' --fail'}\n"


def test_every_heartbeat_that_is_called_as_a_collection_reports_on_it() -> None:
    """The daily backup is declared together with what pings it."""
    (reporting,) = [s["run"] for s in steps("drift") if "--if" in s.get("run", "")]
    assert "heartbeat backups --if 'backups/*'" in reporting
    for code in (0, 2):
        script = reporting.replace('"$RUNNER_TEMP/reconciler/bin/reconcile"', f"fake() {{ return {code}; }}; fake")
        assert subprocess.run(["bash", "-e", "-c", script], check=False).returncode == min(code, 1)


def test_a_provider_that_is_down_keeps_the_others_from_nothing() -> None:
    """`plan` ends with 5 and has a plan of the rest: it is handed over, and `apply` says what was missing."""
    (planning,) = [s["run"] for s in steps("plan") if s.get("name") == "Plan"]
    for code, ends in ((0, 0), (5, 0), (1, 1), (3, 1), (4, 1)):
        script = planning.replace('"$RUNNER_TEMP/reconciler/bin/reconcile"', f"fake() {{ return {code}; }}; fake")
        script = re.sub(r"mkdir .*", "", script).replace("$RUNNER_TEMP/plan/plan.md", "/dev/null")
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], check=False, env={"RUNNER_TEMP": "/nowhere"})
        assert (done.returncode != 0) == (ends != 0), code
