"""Programs that are asked for one answer: no shell, no terminal, bounded time and output."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from reconciler.errors import ReconcilerError

TIMEOUT = 30.0  # seconds
LIMIT = 2**20  # bytes of each of stdout and stderr
_PIECE = 2**16


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that ended. What it said may hold secrets, and is not shown in a traceback."""

    code: int
    out: bytes = field(repr=False)
    err: bytes = field(repr=False)


class ProcessFailed(ReconcilerError):
    """A program gave no answer: not there, not startable, too slow, or endless. The message names the program only."""


class NotInstalled(ProcessFailed):
    """There is no program of that name."""


class RunProcess(Protocol):
    """Runs a program to its end, as `run_process` does."""

    def __call__(self, argv: Sequence[str], environ: Mapping[str, str]) -> Ran: ...


def run_process(
    argv: Sequence[str], environ: Mapping[str, str], *, timeout: float = TIMEOUT, limit: int = LIMIT
) -> Ran:
    """Run a program with exactly this environment and return how it ended.

    It gets no standard input, and a session of its own, so that it cannot ask a terminal. What it started ends with it
    when it is stopped.

    Raises:
        NotInstalled: it is not there.
        ProcessFailed: it could not be started, took longer than `timeout` seconds, or wrote more than `limit` bytes.
    """
    name, pipe = os.path.basename(argv[0]), subprocess.PIPE  # noqa: PTH119 - the name as it was written
    try:
        process = subprocess.Popen(  # nosec B603  # no shell; what runs is named by who runs this tool, never by desired/
            list(argv), env=dict(environ), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except FileNotFoundError:
        raise NotInstalled(f"{name} is not installed, or not on the PATH", fix=f"install {name}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a program"
        raise ProcessFailed(f"{name} cannot be started: {why}", fix="check the path and its permissions") from None
    said: dict[str, bytes] = {}
    excess = threading.Event()

    def read(which: str, stream: IO[bytes]) -> None:
        body = bytearray()
        while piece := stream.read1(_PIECE):  # type: ignore[attr-defined]  # buffered, as Popen makes it
            body += piece
            if len(body) > limit:
                excess.set()
                _stop(process)
                break
        said[which] = bytes(body[:limit])

    streams = (("out", process.stdout), ("err", process.stderr))
    readers = [threading.Thread(target=read, args=(w, s), daemon=True) for w, s in streams if s is not None]
    ended = False
    with process:
        for reader in readers:
            reader.start()
        try:
            code = process.wait(timeout)
            for reader in readers:
                reader.join(timeout)  # what it left running may keep the pipes open
            ended = not any(reader.is_alive() for reader in readers)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            if not ended:
                _stop(process)
            for reader in readers:
                reader.join()
    if excess.is_set():
        fix = "have it print the value alone"
        raise ProcessFailed(f"{name} wrote more than {limit // 1024} KB and was stopped", fix=fix)
    if not ended:
        fix = "run it by hand: it may wait for a sign-in"
        raise ProcessFailed(f"{name} took longer than {timeout:g} s and was stopped", fix=fix)
    return Ran(code, said.get("out", b""), said.get("err", b""))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and what it started. Its session outlives it while anything of it runs."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
