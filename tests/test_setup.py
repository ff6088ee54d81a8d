"""The scripts that a fresh clone depends on: .ci/venv makes the environment, .ci/run passes judgement."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parents[1] / ".ci"
SH = shutil.which("sh") or "sh"
BASH = shutil.which("bash") or "bash"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SH}\n{text}\n")
    path.chmod(0o755)
    return path


OLD = "exit 1"
WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; esac'


@pytest.mark.parametrize(
    ("found", "named", "message"),
    [
        pytest.param(None, None, "no Python 3.11 or newer on PATH", id="none"),
        pytest.param(OLD, None, "no Python 3.11 or newer on PATH", id="too-old"),
        pytest.param(OLD, "python3", "PYTHON=python3 is not a Python 3.11 or newer", id="named-and-too-old"),
        pytest.param(WITHOUT_VENV, None, "python3 has no venv module", id="venv-packaged-apart"),
    ],
)
def test_a_python_that_will_not_do_is_an_error_that_says_what_to_install(
    tmp_path: Path, found: str | None, named: str | None, message: str
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    if found is not None:
        script(programs / "python3", found)
    env = {"PATH": str(programs), **({"PYTHON": named} if named else {})}
    ran = subprocess.run(
        [SH, CI / "venv", tmp_path / "venv", "lock"], env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert message in ran.stderr
    assert "\n  fix: " in ran.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("failing", "ran_after", "code", "verdict"),
    [
        pytest.param((), "make demo-check", 0, "All steps passed", id="all-pass"),
        pytest.param(("lint", "test"), "make demo-check", 1, ": lint test\n", id="the-rest-still-runs"),
        pytest.param(("setup",), None, 1, "Nothing else can run", id="nothing-without-the-set-up"),
    ],
)
def test_ci_runs_every_step_and_names_those_that_failed(
    tmp_path: Path, failing: tuple[str, ...], ran_after: str | None, code: int, verdict: str
) -> None:
    clone = tmp_path / "a clone"
    script(clone / ".ci" / "run", "").write_text((CI / "run").read_text())
    branches = "".join(f"{target}) exit 2;; " for target in failing)
    script(tmp_path / "bin" / "make", f'echo "made $1"; case "$1" in {branches}*) exit 0;; esac')
    env = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run([BASH, clone / ".ci" / "run"], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == code
    assert verdict in ran.stdout
    assert (ran_after is None) == ("made demo-check" not in ran.stdout)
