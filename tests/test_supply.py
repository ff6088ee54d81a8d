"""The checks of the supply chain: one that could not run is never green, and the baseline of secrets is judged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.prefix) / "bin"
CHECKS = ("bandit", "detect-secrets", "actionlint", "zizmor", "shellcheck")
SH = shutil.which("sh") or "sh"
# What a program does that does no work, and yet ends as if it had found nothing.
IDLE = {
    "silent": "exit 0",
    "empty-report": """echo '{"errors": [], "metrics": {}, "results": {}}'""",
    "crash": "echo boom >&2; exit 3",
}


def module(name: str) -> Any:
    """Return a script of .ci as a module, without running it."""
    path = ROOT / ".ci" / f"{name}.py"
    scope: dict[str, Any] = {"__file__": str(path), "__name__": name}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    return SimpleNamespace(**scope)


@pytest.fixture(scope="module")
def supply() -> Any:
    found = SimpleNamespace()
    sys.modules["supply"] = found  # type: ignore[assignment]  # dataclasses look their module up
    found.__dict__.update(module("supply").__dict__)
    yield found
    del sys.modules["supply"]


def programs(folder: Path, without: str, instead: str | None = None) -> Path:
    """Return a folder with all the programs but one, which is missing or does something else."""
    folder.mkdir()
    for name in CHECKS:
        if name != without:
            (folder / name).symlink_to(PROGRAMS / name)
        elif instead is not None:
            (folder / name).write_text(f"#!{SH}\n{instead}\n")
            (folder / name).chmod(0o755)
    return folder


def check(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / ".ci" / "supply.py", "check", "--programs", folder, *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", CHECKS)
def test_a_program_that_is_not_there_fails_the_step_and_is_named(tmp_path: Path, name: str) -> None:
    ran = check(programs(tmp_path / "bin", name), name)
    assert ran.returncode == 1
    assert re.search(rf"^{name}: NOT RUN: it cannot be started", ran.stdout, re.MULTILINE)
    assert "fix: `make setup`" in ran.stdout


@pytest.mark.parametrize("idle", IDLE.values(), ids=IDLE)
@pytest.mark.parametrize("name", CHECKS)
def test_a_program_that_does_no_work_is_not_green(tmp_path: Path, name: str, idle: str) -> None:
    ran = check(programs(tmp_path / "bin", name, idle), name)
    assert ran.returncode == 1
    assert f"{name}: NOT RUN" in ran.stdout
    assert ": ok" not in ran.stdout


def test_the_shell_in_a_workflow_is_not_passed_over_when_shellcheck_is_gone(tmp_path: Path) -> None:
    ran = check(programs(tmp_path / "bin", "shellcheck"), "actionlint")
    assert ran.returncode == 1
    assert "actionlint: ok" not in ran.stdout


# bandit and detect-secrets read every file, and are steps of .ci/run themselves.
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in CHECKS[:2])) for n in CHECKS])
def test_every_program_that_is_there_bites_and_passes_this_repository(name: str) -> None:
    ran = check(PROGRAMS, name)
    assert (ran.stdout, ran.returncode) == (f"{name}: ok\n", 0)


def rows(*found: tuple[str, str, bool | None]) -> dict[str, Any]:
    results: dict[str, list[dict[str, Any]]] = {}
    for file, digest, verdict in found:
        row: dict[str, Any] = {"type": "Secret Keyword", "hashed_secret": digest, "line_number": 3}
        results.setdefault(file, []).append(row if verdict is None else {**row, "is_secret": verdict})
    return {"results": results}


@pytest.mark.parametrize(
    ("scan", "baseline", "said"),
    [
        pytest.param([("a", "1", None)], [("a", "1", False)], "", id="known"),
        pytest.param([("a", "1", None), ("a", "2", None)], [("a", "1", False)], "a:3: .* not in", id="new"),
        pytest.param([("b", "1", None)], [("a", "1", False)], "b:3: .* not in", id="the-same-in-another-file"),
        pytest.param([("a", "1", None)], [("a", "1", None)], "without a verdict", id="not-judged"),
        pytest.param([("a", "1", None)], [("a", "1", True)], "without a verdict", id="judged-to-be-one"),
        pytest.param([], [("a", "1", False)], "a holds no such", id="stale-as-after-a-scan-of-nothing"),
    ],
)
def test_a_scan_is_compared_with_the_judged_baseline(supply: Any, scan: Any, baseline: Any, said: str) -> None:
    found = supply.against_baseline(rows(*scan), rows(*baseline))
    assert bool(found) == bool(said)
    assert re.search(said, "\n".join(found))


def test_every_entry_of_the_baseline_is_judged() -> None:
    baseline = json.loads((ROOT / ".secrets.baseline").read_text(encoding="utf-8"))
    entries = [row for found in baseline["results"].values() for row in found]
    assert entries
    assert all(row["is_secret"] is False for row in entries)


def test_every_finding_that_is_waved_through_says_why() -> None:
    files = [*ROOT.glob("src/**/*.py"), *ROOT.glob("providers/*/src/**/*.py")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if "nosec" in line]
    assert lines
    assert [line for line in lines if not re.search(r"# nosec B\d{3}(, B\d{3})*  # \w.{8,}", line)] == []


AUDITED = '{"dependencies": [{"name": "a", "version": "1", "vulns": [%s]}]}'


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        pytest.param(f"echo '{AUDITED % ''}'", 0, "1 packages looked up", id="clean"),
        pytest.param(f"""echo '{AUDITED % '{"id": "PYSEC-1"}'}'; exit 1""", 1, "a: PYSEC-1", id="affected"),
        pytest.param("echo 'cannot connect' >&2; exit 1", 3, "cannot connect", id="no-network"),
        pytest.param("""echo '{"dependencies": []}'""", 3, "not looked up: a", id="looked-up-nothing"),
        pytest.param(
            """echo '{"dependencies": [{"name": "a", "skip_reason": "unknown"}]}'""",
            3,
            "not looked up: a",
            id="skipped",
        ),
        pytest.param("exit 0", 3, "it said nothing", id="silent"),
        pytest.param(None, 3, "cannot run", id="missing"),
    ],
)
def test_an_audit_that_could_not_ask_is_no_verdict(tmp_path: Path, program: str | None, code: int, said: str) -> None:
    path, lock = tmp_path / "pip-audit", tmp_path / "lock.txt"
    lock.write_text("a==1 \\\n    --hash=sha256:00\n")
    if program is not None:
        path.write_text(f"#!{SH}\n{program}\n")
        path.chmod(0o755)
    found, lines = module("audit").audit(str(lock), str(path))
    assert found == code
    assert said in "\n".join(lines)


@pytest.mark.parametrize("lock", ["runtime", "dev", "sbom"])
def test_every_locked_package_is_pinned_by_hash_and_no_host_is_named(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    plain = re.sub(r"^(#.*)?\n", "", text, flags=re.MULTILINE)
    entries = [e for e in re.split(r"^(?=\S)", plain, flags=re.MULTILINE) if e]
    pinned = re.compile(r"\S+==\S+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+")
    assert entries
    assert [e for e in entries if not pinned.fullmatch(e)] == []
    assert "://" not in text
