"""Files that secrets come from: read and checked at once, the encrypted ones opened when a value is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.errors import Location, Problem
from reconciler.secrets import sops
from reconciler.secrets.dotenv import parse_dotenv

LARGEST_FILE = 2**20  # bytes
_ENV_FILE, _SOPS_FILE = "env_file", "sops_file"
_KINDS = {_ENV_FILE: ("an env file holds KEY=VALUE lines only"), _SOPS_FILE: ("encrypt it with sops")}


class Source(Protocol):
    """Where values may come from beside the process environment: an entry of `secrets:` in environment.yaml."""

    @property
    def kind(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def where(self) -> Location: ...


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file that is there. `values` is None for one that is encrypted; then `format` is what sops calls it."""

    path: str
    full: Path
    where: Location
    values: Mapping[str, str] | None = None
    format: str = ""


def read_source(source: Source, root: Path, problems: list[Problem]) -> SourceFile:
    """Return a file that environment.yaml names, with the problems of one that cannot be used added."""
    empty = SourceFile(source.path, root / source.path, source.where, {})
    only = _KINDS.get(source.kind, "")

    def fail(message: str, fix: str) -> SourceFile:
        problems.append(Problem(f"{source.path}: {message}", fix, source.where))
        return empty

    try:
        if empty.full.is_dir():
            return fail("this is a folder", "name a file")
        with empty.full.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        what = "SOPS file" if source.kind == _SOPS_FILE else "env file"
        return fail(
            f"this {what} does not exist",
            "create it, or take it out: names are looked up in the process environment first",
        )
    except (OSError, ValueError) as error:
        return fail(f"cannot be read: {getattr(error, 'strerror', None) or 'not a path'}", "check its permissions")
    if len(data) > LARGEST_FILE:
        return fail("is larger than 1 MB", only)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return fail("is not UTF-8 text", only)
    if source.kind == _SOPS_FILE:
        try:
            kind = sops.format_of(source.path)
            sops.check(text, kind)
        except sops.NotSops as error:
            return fail(*error.args)
        return SourceFile(source.path, empty.full, source.where, None, kind)
    values, faults = parse_dotenv(text)
    for fault in faults:
        fix = "write KEY=VALUE; quote a value that holds spaces, quotes or #"
        problems.append(Problem(fault.message, fix, Location(source.path, fault.line)))
    return SourceFile(source.path, empty.full, source.where, values)
