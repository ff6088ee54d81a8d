"""Which files make up `desired/`, and their text. No link is followed and nothing can hang."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import Location, Problem
from reconciler.load.names import POLICIES

LARGEST = 4_000_000  # bytes in one file; 10,000 objects are about 3 MB
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the desired state. `name` is what messages call it: `desired/monitors.yaml`."""

    name: str
    text: str


def read_all(desired: Path) -> tuple[list[Source], list[Problem]]:
    """Return every YAML file below `desired` with its text, sorted by name, and what could not be read.

    Names that begin with a dot are skipped, as a shell's `*` does: editors keep locks and swap files there.
    """
    if not desired.is_dir():
        what = "is not a folder" if desired.exists() else "does not exist"
        fix = "make it, with an environment.yaml in it, or name another with --desired DIR"
        return [], [Problem(f"{desired.name}/ {what}", fix)]
    sources: list[Source] = []
    problems: list[Problem] = []
    _walk(desired, f"{desired.resolve().name}/", sources, problems)
    return sorted(sources, key=lambda s: s.name), problems


def _walk(folder: Path, prefix: str, sources: list[Source], problems: list[Problem]) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        problems.append(Problem(f"cannot be read: {error.strerror}", "check its permissions", Location(prefix)))
        return
    for entry in entries:
        name = prefix + entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            why = "is a symbolic link, which could lead in a circle or out of what a review sees"
            problems.append(Problem(why, "put the file itself here", Location(name)))
            continue
        if entry.is_dir():
            _walk(Path(entry.path), f"{name}/", sources, problems)
        elif entry.name.lower().endswith(_SUFFIXES):
            found = _read(Path(entry.path), name)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                sources.append(found)
        elif name.partition("/")[2].startswith(POLICIES) and not entry.name.lower().endswith(".md"):
            why = "is no YAML file, so that no rule in it would count"
            problems.append(Problem(why, "name it ….yaml, or move it out of policies/", Location(name)))


def _read(path: Path, name: str) -> Source | Problem:
    where = Location(name)
    try:
        # Opened without blocking, since opening a named pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Problem("is not a regular file", "put the YAML into an ordinary file", where)
            content = stream.read(LARGEST + 1)
    except OSError as error:
        return Problem(f"cannot be read: {error.strerror}", "check its permissions", where)
    if len(content) > LARGEST:
        return Problem(
            f"is larger than {LARGEST // 1_000_000} MB", "split it: a collection may be spread over files", where
        )
    if b"\0" in content:
        return Problem("is a binary file, not text", "remove it, or rename it so that it is no YAML file", where)
    try:
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        return Problem("is not UTF-8 text", "save it as UTF-8", Location(name, line, column))
