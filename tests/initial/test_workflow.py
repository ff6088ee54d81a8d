"""One template makes this repository's own workflow and the one that `init` writes; both hold to the same rules."""

from __future__ import annotations

import hashlib
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
    sealed=True,
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
def test_no_filling_has_a_fault_that_actionlint_finds(needs: Needs, tmp_path: Path) -> None:
    file = tmp_path / "reconcile.yml"
    file.write_text(render(needs))
    folder = Path(sys.executable).parent
    command = [folder / "actionlint", "-no-color", f"-shellcheck={folder / 'shellcheck'}", "-pyflakes=", file]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
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
    assert "Install sops" not in names
    assert "env" not in str([s.get("env") for job in jobs(LEAST).values() for s in job["steps"]])


def test_the_environments_at_github_are_those_of_the_project() -> None:
    assert {name: job.get("environment") for name, job in jobs(THEIRS).items()} == {
        "validate": None,
        "preview": "staging-read",
        "plan": "staging-read",
        "apply": "staging",
        "drift": "staging-read",
    }


def _install_sops(folder: Path, version: str, checksum: str) -> subprocess.CompletedProcess[str]:
    """Run the step with a release that holds `#!/bin/true`. The PATH that it leaves is in `folder`/path."""
    (step,) = [s for s in jobs(THEIRS)["apply"]["steps"] if s.get("name") == "Install sops"]
    assert step["env"] == {"SOPS_VERSION": "${{ vars.SOPS_VERSION }}", "SOPS_SHA256": "${{ vars.SOPS_SHA256 }}"}
    found = 'while [ "$1" != --output ]; do shift; done; printf "%s" "#!/bin/true" > "$2"'
    fake = f'curl() {{ echo "${{@: -1}}" >> asked; {found}; }}'
    environ = {"PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(folder), "GITHUB_PATH": str(folder / "path")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", f"{fake}\n{step['run']}"],
        cwd=folder, env={**environ, "SOPS_VERSION": version, "SOPS_SHA256": checksum},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


RELEASED = hashlib.sha256(b"#!/bin/true").hexdigest()


def test_apply_has_the_sops_of_the_version_and_checksum_that_its_environment_names(tmp_path: Path) -> None:
    done = _install_sops(tmp_path, "3.9.9", RELEASED)
    assert done.returncode == 0, done.stderr
    folder = Path((tmp_path / "path").read_text().strip())
    assert subprocess.run([folder / "sops"], check=False).returncode == 0
    release = "https://github.com/getsops/sops/releases/download/v3.9.9/sops-v3.9.9.linux.amd64"
    assert (tmp_path / "asked").read_text() == f"{release}\n"


@pytest.mark.parametrize(
    ("version", "checksum"),
    [
        pytest.param("3.9.9", hashlib.sha256(b"another").hexdigest(), id="another-program"),
        pytest.param("3.9.9", "no checksum", id="no-checksum-at-all"),
        pytest.param("3.9.9", "", id="no-checksum-set"),
        pytest.param("", RELEASED, id="no-version-set"),
    ],
)
def test_a_sops_that_is_not_the_one_named_is_not_used(tmp_path: Path, version: str, checksum: str) -> None:
    done = _install_sops(tmp_path, version, checksum)
    assert done.returncode != 0
    assert not (tmp_path / "path").exists()
    if not (version and checksum):
        assert "::error::the environment staging has no SOPS_VERSION or no SOPS_SHA256" in done.stdout
        assert not (tmp_path / "asked").exists()


def test_only_the_job_that_applies_installs_sops_and_before_it_does() -> None:
    where = {name: [s.get("name") for s in job["steps"]] for name, job in jobs(THEIRS).items()}
    assert [name for name, names in where.items() if "Install sops" in names] == ["apply"]
    assert where["apply"].index("Install sops") < where["apply"].index("Apply exactly this plan")
