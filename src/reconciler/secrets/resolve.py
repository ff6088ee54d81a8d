"""`SecretResolver`: from the name of a secret to its value, at the rim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconciler.errors import InputError, Location, Problem
from reconciler.redact import Redactor
from reconciler.secrets.dotenv import parse_dotenv
from reconciler.values import SecretValue

LARGEST_FILE = 2**20  # bytes


class Source(Protocol):
    """Where values may come from beside the process environment: an entry of `secrets:` in environment.yaml."""

    @property
    def kind(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def where(self) -> Location: ...


@dataclass(frozen=True, slots=True)
class _EnvFile:
    path: str
    values: Mapping[str, str]


class SecretResolver:
    """Looks names up in the process environment, then in the named env files in their order.

    No other file is read. A variable that is set to nothing counts as not set: CI systems pass undefined secrets so.
    """

    def __init__(self, environ: Mapping[str, str], sources: Sequence[Source], root: Path, redactor: Redactor) -> None:
        """Read the named files; relative paths start at `root`.

        Raises:
            InputError: a file is missing, unreadable, or holds a line that is not KEY=VALUE. All of them are in it.
        """
        self._environ = environ
        self._redactor = redactor
        problems: list[Problem] = []
        self._files = tuple(_read(source, root, problems) for source in sources)
        if problems:
            raise InputError(problems)

    def get(self, name: str) -> SecretValue | None:
        """Return the value of a secret, known to the redactor from now on, or None where nobody has it."""
        for values in (self._environ, *(file.values for file in self._files)):
            if value := values.get(name):
                self._redactor.add(value, f"secret {name}")
                return SecretValue(value, f"secret {name}")
        return None

    def missing_reason(self, name: str) -> str:
        """Return where a missing value was looked for."""
        verb = "is empty" if name in self._environ else "is not set"
        files = "".join(f", and {'empty' if name in file.values else 'not'} in {file.path}" for file in self._files)
        return f"{name} {verb} in the process environment{files}"


def _read(source: Source, root: Path, problems: list[Problem]) -> _EnvFile:
    def fail(message: str, fix: str) -> _EnvFile:
        problems.append(Problem(f"{source.path}: {message}", fix, source.where))
        return _EnvFile(source.path, {})

    path = root / source.path
    try:
        if path.is_dir():
            return fail("this is a folder", "name an env file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return fail(
            "this env file does not exist",
            "create it, or take it out: names are looked up in the process environment first",
        )
    except (OSError, ValueError) as error:
        return fail(f"cannot be read: {getattr(error, 'strerror', None) or 'not a path'}", "check its permissions")
    if len(data) > LARGEST_FILE:
        return fail("is larger than 1 MB", "an env file holds KEY=VALUE lines only")
    try:
        values, faults = parse_dotenv(data.decode())
    except UnicodeDecodeError:
        return fail("is not UTF-8 text", "an env file holds KEY=VALUE lines only")
    for fault in faults:
        fix = "write KEY=VALUE; quote a value that holds spaces, quotes or #"
        problems.append(Problem(fault.message, fix, Location(source.path, fault.line)))
    return _EnvFile(source.path, values)
