"""Files that commands write for the user."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def must_be_writable(path: Path) -> None:
    """Refuse a place where no file can be written, before anything else is done. Raises InputError."""
    folder = path.resolve().parent
    if path.is_dir():
        _refuse(path, "is a folder", "name a file in it")
    if not folder.is_dir():
        _refuse(path, f"there is no folder {folder}", "create it, or write elsewhere")
    if not os.access(path if path.exists() else folder, os.W_OK):
        _refuse(path, "no permission to write there", "check the permissions, or write elsewhere")


def _refuse(path: Path, why: str, fix: str) -> None:
    from reconciler.errors import InputError, Problem

    raise InputError([Problem(f"--out {path}: {why}", fix)])


def write_file(path: Path, text: str) -> None:
    """Make `path` hold `text`: wholly, or not at all. A device or pipe is written to as it is.

    Raises OSError, which names the path: no such folder, no permission, no space.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    target = path.resolve() if path.is_symlink() else path
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
