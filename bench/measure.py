"""Running a command as a fresh process and measuring it, and the table of what came out."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RECONCILE = str(Path(sys.executable).parent / "reconcile")


@dataclass(frozen=True)
class Run:
    """One process that ended well. `seconds` is wall time, `megabytes` the most memory it held."""

    seconds: float
    megabytes: float
    output: str


@dataclass(frozen=True)
class Row:
    """One line of the table. `ok` None: measured for comparison, no budget."""

    scenario: str
    budget: str
    measured: str
    calls: str = ""
    megabytes: float | None = None
    peer: str = ""
    ok: bool | None = None


def run(command: Sequence[str], *, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Run:
    """Return the measurements of a command. Raises RuntimeError with its output when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}")
    return Run(seconds, usage.ru_maxrss / 1024, output)


def median(runs: Sequence[Run]) -> float:
    """Return the median wall time, in seconds."""
    return statistics.median(one.seconds for one in runs)


def spread(runs: Sequence[Run]) -> str:
    """Return the median with the fastest and slowest, as in `0.69 s (0.67-0.73)`."""
    times = sorted(one.seconds for one in runs)
    return f"{statistics.median(times):.2f} s ({times[0]:.2f}-{times[-1]:.2f})"


def most(runs: Sequence[Run]) -> float:
    """Return the most memory any of the runs held, in megabytes."""
    return max(one.megabytes for one in runs)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text in columns."""
    cells = [("scenario", "budget", "measured", "API calls", "peak MB", "against a peer", "")]
    verdicts = {True: "ok", False: "OVER", None: "-"}
    for row in rows:
        memory = "" if row.megabytes is None else f"{row.megabytes:.0f}"
        cells.append((row.scenario, row.budget, row.measured, row.calls, memory, row.peer, verdicts[row.ok]))
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
