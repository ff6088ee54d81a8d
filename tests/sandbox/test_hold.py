from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from reconciler.discover import Catalog
from reconciler.load.project import Project
from reconciler.sandbox.hold import export_lines, hold


def test_export_lines_survive_a_shell() -> None:
    exports = {"B": 'it\'s $HOME `x` "y"', "A": "plain", "C": "two\nlines"}
    script = "\n".join([*export_lines(exports), 'printf "%s|%s|%s" "$A" "$B" "$C"'])
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{exports['A']}|{exports['B']}|{exports['C']}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
async def test_the_sandbox_runs_until_it_is_told_to_stop_and_cleans_up(
    project: Callable[..., Project], catalog: Catalog, log: list[str], number: signal.Signals
) -> None:
    lines: list[str] = []
    told: list[str] = []
    up = asyncio.Event()

    def tell(text: str) -> None:
        told.append(text)
        if "Ctrl-C" in text:
            up.set()

    task = asyncio.create_task(hold(project(), catalog, write=lines.append, tell=tell))
    await up.wait()
    assert not task.done()
    assert "export SCHOOL_API_URL=http://127.0.0.1:1" in lines
    assert all(line.startswith("export ") for line in lines)
    assert any("bare" in text for text in told)
    os.kill(os.getpid(), number)
    await task
    assert log == ["up north", "up south", "down south", "down north"]
