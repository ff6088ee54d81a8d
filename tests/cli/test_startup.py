"""What each command imports before it has to, and how the process ends: real processes, since imports are global."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pydantic", "httpx", "psycopg", "jsonschema", "deepdiff", "starlette", "tenacity", "asyncio", "yaml")
FULL = Path("/dev/full")
NETWORK = ("httpx", "psycopg", "jsonschema", "deepdiff", "starlette", "tenacity")
PROBE = """
import sys
from reconciler.cli.main import main
try:
    main(sys.argv[1:], prog_name="reconcile")
except SystemExit:
    pass
print("\\nLOADED", *sorted(n for n in sys.modules if "." not in n), file=sys.stderr)
"""


def start(arguments, folder, environ=None, **given):
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)} | (environ or {})
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **given,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "environment.yaml").write_text("environment: production\nproviders: {}\n")
    (tmp_path / "desired" / "monitors.yaml").write_text("monitors:\n  homepage:\n    url: https://x/\n  api: {}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "environ", "forbidden"),
    [
        pytest.param(("--help",), {}, (*HEAVY, "reconciler_betterstack"), id="help"),
        pytest.param(("--version",), {}, HEAVY, id="version"),
        pytest.param(("plan", "--help"), {}, HEAVY, id="help-of-a-command"),
        pytest.param(("plam",), {}, HEAVY, id="unknown-command"),
        pytest.param(("completion", "bash"), {}, HEAVY, id="completion-script"),
        pytest.param(
            (), {"_RECONCILE_COMPLETE": "bash_complete", "COMP_WORDS": "reconcile pl", "COMP_CWORD": "1"}, HEAVY,
            id="completing-a-command",
        ),
        pytest.param(
            (),
            {"_RECONCILE_COMPLETE": "bash_complete", "COMP_WORDS": "reconcile plan --target mon", "COMP_CWORD": "3"},
            HEAVY,
            id="completing-an-address",
        ),
        pytest.param(("history",), {}, ("pydantic", *NETWORK), id="history"),
        pytest.param(("unlock",), {}, ("pydantic", *NETWORK), id="unlock"),
        pytest.param(("forget", "monitors/homepage", "--yes"), {}, ("pydantic", *NETWORK), id="forget"),
        pytest.param(("provider", "list"), {}, NETWORK, id="provider-list"),
        pytest.param(("explain", "monitors"), {}, NETWORK, id="explain"),
        pytest.param(("schema",), {}, NETWORK, id="schema"),
    ],
)  # fmt: skip
def test_a_command_imports_nothing_heavy_that_it_does_not_use(folder, arguments, environ, forbidden):
    done = start(["-c", PROBE, *arguments], folder, environ)
    loaded = done.stderr.rpartition("LOADED")[2].split()
    assert "click" in loaded, done.stderr
    assert sorted(set(forbidden) & set(loaded)) == []


def test_addresses_complete(folder):
    environ = {"_RECONCILE_COMPLETE": "bash_complete", "COMP_WORDS": "reconcile plan --target mon", "COMP_CWORD": "3"}
    done = start(["-m", "reconciler"], folder, environ)
    assert done.stdout.split() == ["plain,monitors/api", "plain,monitors/homepage"]


def test_rules_are_no_addresses(folder):
    (folder / "desired" / "policies").mkdir()
    (folder / "desired" / "policies" / "x.yaml").write_text("rules:\n  often:\n    kind: monitors\n")
    environ = {"_RECONCILE_COMPLETE": "bash_complete", "COMP_WORDS": "reconcile plan --target ru", "COMP_CWORD": "3"}
    assert start(["-m", "reconciler"], folder, environ).stdout.split() == []


def test_commands_complete(folder):
    environ = {"_RECONCILE_COMPLETE": "bash_complete", "COMP_WORDS": "reconcile pl", "COMP_CWORD": "1"}
    assert start(["-m", "reconciler"], folder, environ).stdout.split() == ["plain,plan"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_variable(folder, shell):
    assert "_RECONCILE_COMPLETE" in start(["-m", "reconciler", "completion", shell], folder).stdout


def test_a_closed_pipe_ends_quietly(folder):
    command = f"{sys.executable} -m reconciler explain monitors | head -n 1; echo ${{PIPESTATUS[0]}}"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_a_clear_error(folder):
    with FULL.open("w") as full:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", "explain", "monitors"],
            cwd=folder, env=env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminal_that_cannot_show_a_character_gets_its_number(folder):
    done = start(["-m", "reconciler", "explain", "monitors"], folder, {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
