"""Writing the files of an import: each one whole, all of them or none, and never over a file that is there."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import ReconcilerError


def write_new(folder: Path, files: Mapping[str, str]) -> None:
    """Make new files in a folder. If one cannot be made, those made before it are taken back.

    Each is written beside its place, under a name that no reader takes for YAML, and then put there at once.
    Raises ReconcilerError, with nothing written.
    """
    staged: list[Path] = []
    made: list[Path] = []
    try:
        for name, body in files.items():
            partial = folder / f".{name}.partial"
            staged.append(partial)
            flushed(partial, body)
        for name, partial in zip(files, staged, strict=True):
            place(partial, folder / name)
            made.append(folder / name)
    except BaseException as error:
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        if isinstance(error, OSError):
            raise ReconcilerError(
                f"{error.filename2 or error.filename or folder} cannot be written: {error.strerror or error}; "
                "nothing was imported",
                fix="free some space, fix the permissions, or move what is in the way, then import again",
            ) from None
        raise
    finally:
        for path in staged:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def flushed(path: Path, body: str) -> None:
    """Write a file, and have it on the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def place(partial: Path, path: Path) -> None:
    """Give a file its name. A link, unlike a rename, fails where there is a file; not every file system has links."""
    try:
        os.link(partial, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        partial.rename(path)
