"""One template makes this repository's own workflow and the one that `init` writes; both hold to the same rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import discover
from reconciler.initial.run import needs_of
from reconciler.initial.tool import BY_VARIABLES, Tool
from reconciler.initial.workflow import PATH, Needs, render
from reconciler.load.project import load_project

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
THEIRS = Needs(
    environment="staging",
    tool=Tool("acme/reconciler", COMMIT),
    reading=("ACME_TOKEN", "GITHUB_TOKEN"),
    writing=("ACME_TOKEN", "GITHUB_TOKEN", "SMTP_PASSWORD"),
    heartbeat="nightly-reconcile",
    pinging=("ACME_TOKEN",),
    handover=("handover/",),
)
LEAST = Needs(environment="production", tool=BY_VARIABLES)


def jobs(needs: Needs) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(render(needs))["jobs"]
    return found


def test_the_workflow_of_this_repository_is_the_template_filled_in() -> None:
    own = needs_of(load_project(ROOT / "desired", discover()), None)
    assert (ROOT / PATH).read_text(encoding="utf-8") == render(own), "run `make workflow` and commit the result"


@pytest.mark.parametrize("needs", [THEIRS, LEAST], ids=["all", "least"])
def test_every_filling_obeys_the_published_schema(needs: Needs, tmp_path: Path) -> None:
    file = tmp_path / "reconcile.yml"
    file.write_text(render(needs))
    tool = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [tool, "--builtin-schema", "vendor.github-workflows", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("needs", [THEIRS, LEAST], ids=["all", "least"])
def test_nothing_of_the_template_is_left_over(needs: Needs) -> None:
    text = render(needs)
    assert "<<" not in text
    assert "#:" not in text


@pytest.mark.parametrize("needs", [THEIRS, LEAST], ids=["all", "least"])
def test_every_job_installs_the_tool_from_its_one_commit_before_it_uses_it(needs: Needs) -> None:
    assert needs.tool
    for name, job in jobs(needs).items():
        steps = job["steps"]
        from_tool = [s for s in steps if s.get("with", {}).get("repository")]
        assert [(s["with"]["repository"], s["with"]["ref"]) for s in from_tool] == [
            (needs.tool.repository, needs.tool.commit)
        ], name
        (install,) = [s for s in steps if s.get("name") == "Install the tool"]
        assert install["run"] == f'{from_tool[0]["with"]["path"]}/.ci/install "$RUNNER_TEMP/reconciler"'
        assert from_tool[0]["with"]["persist-credentials"] is False
        assert steps.index(from_tool[0]) < steps.index(install)


def test_the_tool_lies_where_git_ignores_it_and_no_checkout_cleans_it_away() -> None:
    for name in ("plan", "apply", "drift"):
        paths = [s["with"].get("path", "") for s in jobs(THEIRS)[name]["steps"] if "checkout@" in s.get("uses", "")]
        assert paths == ["", ".reconciler/tool"], name


def test_each_job_gets_the_secrets_it_needs_and_no_others() -> None:
    def env(job: str, step: str) -> dict[str, str]:
        found: dict[str, str] = next(s for s in jobs(THEIRS)[job]["steps"] if s.get("name") == step)["env"]
        return found

    reading = {"ACME_TOKEN": "${{ secrets.ACME_TOKEN }}", "GITHUB_TOKEN": "${{ secrets.RECONCILE_GITHUB_TOKEN }}"}
    base = {"BASE": "${{ github.event.pull_request.base.sha }}"}
    assert env("preview", "Plan") == {**base, **reading}
    assert env("plan", "Plan") == env("drift", "Look for drift") == reading
    writing = {**reading, "SMTP_PASSWORD": "${{ secrets.SMTP_PASSWORD }}"}
    assert env("apply", "Apply exactly this plan") == writing
    assert set(env("drift", "Report to the heartbeat")) == {"ACME_TOKEN", "DRIFT"}


def test_what_a_project_does_not_use_is_left_out() -> None:
    names = [s.get("name", "") for job in jobs(LEAST).values() for s in job["steps"]]
    assert "Report to the heartbeat" not in names
    assert "Keep encrypted hand-overs" not in names
    assert "env" not in str([s.get("env") for job in jobs(LEAST).values() for s in job["steps"]])


def test_the_environments_at_github_are_those_of_the_project() -> None:
    assert {name: job.get("environment") for name, job in jobs(THEIRS).items()} == {
        "validate": None,
        "preview": "staging-read",
        "plan": "staging-read",
        "apply": "staging",
        "drift": "staging-read",
    }
