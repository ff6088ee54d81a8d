"""Running a command as a fresh process and measuring it, and the table of what came out."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RECONCILE = str(Path(sys.executable).parent / "reconcile")


QUIET = 0.2  # of the machine that other programs may use during a measurement
HELPERS: set[int] = set()  # processes of ours that work during measurements: the simulator
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """One process that ended well. `seconds` is wall time, `megabytes` the most memory it held.

    `others` is the share of the machine that programs which are not ours used meanwhile.
    """

    seconds: float
    megabytes: float
    output: str
    others: float = 0.0


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
    before, started = _machine(), time.perf_counter()
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
    others = (_machine() - before - usage.ru_utime - usage.ru_stime) / (seconds * (os.cpu_count() or 1))
    return Run(seconds, usage.ru_maxrss / 1024, output, others)


def sample(measure: Callable[[], Run], count: int, *, patience: int) -> list[Run]:
    """Return `count` runs while other programs left the machine alone; after `patience` times that, the quietest."""
    runs: list[Run] = []
    while len(runs) < count * patience and sum(one.others < QUIET for one in runs) < count:
        runs.append(measure())
    return sorted(runs, key=lambda one: one.others)[:count]


def _machine() -> float:
    """Return the seconds that all cores have worked, without our helpers; 0 where the system does not say."""
    try:
        user, nice, system, _, _, *more = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        work = sum(map(int, (user, nice, system, *more[:3])))
        for pid in HELPERS:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            work -= int(fields[11]) + int(fields[12])
    except OSError:
        return 0.0
    return work / _TICKS


def median(runs: Sequence[Run]) -> float:
    """Return the median wall time, in seconds."""
    return statistics.median(one.seconds for one in runs)


def spread(runs: Sequence[Run]) -> str:
    """Return the median with the fastest and slowest, as in `0.69 s (0.67-0.73)`."""
    times = sorted(one.seconds for one in runs)
    return f"{statistics.median(times):.2f} s ({times[0]:.2f}-{times[-1]:.2f}{noisy(runs)})"


def noisy(runs: Sequence[Run]) -> str:
    """Return a remark when other programs slowed the runs down; "" when the machine was quiet."""
    others = statistics.median(one.others for one in runs)
    return f", machine busy: {others:.0%}" if others >= QUIET else ""


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
