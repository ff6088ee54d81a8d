"""The name of the environment, for commands that need the ledger and nothing else of desired/. Imports no model."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import InputError, Location, Problem
from reconciler.load.document import parse
from reconciler.load.files import read_all
from reconciler.load.names import ENVIRONMENT_FILES


def environment_name(desired: Path) -> str:
    """Return `environment:` of environment.yaml. Raises InputError when it is not to be found."""
    sources, problems = read_all(desired)
    for source in sources:
        if source.name.partition("/")[2] in ENVIRONMENT_FILES:
            document, found = parse(source.text, source.name)
            name = document.data.get("environment") if document and isinstance(document.data, dict) else None
            if isinstance(name, str):
                return name
            raise InputError(
                found or [Problem("names no environment", "write `environment: NAME`", Location(source.name))]
            )
    if problems:
        raise InputError(problems)
    where = Location(f"{desired.name}/environment.yaml")
    raise InputError([Problem("does not exist", "write it: `environment: NAME` and the providers", where)])
