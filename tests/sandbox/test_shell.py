from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.sandbox.shell import Shell


async def test_a_command_sees_the_exports_and_nothing_that_changes_what_the_tool_allows(tmp_path: Path) -> None:
    surroundings = {
        **os.environ,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "BETTERSTACK_API_TOKEN": "real",
        "TOKEN": "real",
    }
    shell = Shell(tmp_path, {"TOKEN": "sandbox"}, surroundings)
    finished = await shell.run(sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
    seen = json.loads(finished.output)
    assert seen["TOKEN"] == "sandbox"
    assert seen["PATH"] == os.environ["PATH"]
    assert {"CI", "GITHUB_ACTIONS", "BETTERSTACK_API_TOKEN"}.isdisjoint(seen)


async def test_how_a_command_ended_is_told_apart(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {}, os.environ)
    program = "import os, sys; print(os.getcwd()); print('oops', file=sys.stderr); sys.exit(5)"
    finished = await shell.run(sys.executable, "-c", program)
    assert (finished.exit_code, finished.output, finished.errors) == (5, f"{tmp_path}\n", "oops\n")


async def test_a_cancelled_command_is_ended(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {}, os.environ)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(60)"
    task = asyncio.create_task(shell.run(sys.executable, "-c", program))
    await asyncio.to_thread(ready.read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_git_that_fails_says_why(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {}, os.environ)
    with pytest.raises(ReconcilerError, match=r"git rev-parse HEAD failed: .*not a git repository"):
        await shell.git("rev-parse", "HEAD")


async def test_no_git_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="git is not on PATH"):
        await Shell(tmp_path, {}, {"PATH": str(tmp_path)}).git("init")
