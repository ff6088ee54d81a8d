"""Running the tool and git as a user would: as processes of their own, in one folder, with a plain environment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError

# What a command needs of the surroundings. All else stays out: CI changes what the tool allows, and a user's git
# settings (signing, hooks, templates) have no business in a temporary folder.
_INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "NO_COLOR": "1",
    "COLUMNS": "120",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@example.org",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@example.org",
}


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended. `output` is standard output, `errors` standard error."""

    exit_code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Shell:
    """Runs commands in `folder`, with `exports` set on top of what little they inherit from `environ`."""

    folder: Path
    exports: Mapping[str, str]
    environ: Mapping[str, str]

    async def reconcile(self, *arguments: str) -> Finished:
        """Run the tool that this interpreter has installed, and return how it ended."""
        return await self.run(sys.executable, "-m", "reconciler", *arguments)

    async def git(self, *arguments: str) -> None:
        """Run git. Raises ReconcilerError when it fails or is not there."""
        try:
            finished = await self.run("git", *arguments)
        except FileNotFoundError as error:
            raise ReconcilerError("git is not on PATH", fix="install git") from error
        if finished.exit_code:
            raise ReconcilerError(f"git {' '.join(arguments)} failed: {finished.errors.strip()}")

    async def run(self, *command: str) -> Finished:
        """Run any command to its end; a cancelled one is terminated first. Raises FileNotFoundError."""
        inherited = {name: self.environ[name] for name in _INHERITED if name in self.environ}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env={**inherited, **_FIXED, **self.exports},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        return Finished(process.returncode or 0, output.decode(), errors.decode())
