"""Writing the files of a new repository: each one whole, all of them or none, and no file of somebody else's."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.importing.write import flushed, place


@dataclass(frozen=True, slots=True)
class Files:
    """What to write below a folder. `new` must not exist; `changed` exists as (before, after). Paths are relative."""

    new: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def write_all(root: Path, files: Files) -> None:
    """Write all of them. If one cannot be written, or Ctrl-C comes, the folder is as it was.

    Raises ReconcilerError, with nothing written.
    """
    undo = contextlib.ExitStack()
    staged: list[tuple[Path, Path]] = []
    with contextlib.ExitStack() as cleaning:
        try:
            for name, text in {**files.new, **{n: after for n, (_, after) in files.changed.items()}}.items():
                path = root / name
                _make_folder(path.parent, undo)
                partial = path.with_name(f".{path.name}.partial")
                cleaning.callback(_remove, partial)
                flushed(partial, text)
                staged.append((partial, path))
            for (partial, path), name in zip(staged, [*files.new, *files.changed], strict=True):
                if name in files.new:
                    undo.callback(_remove, path) if not path.exists() else None
                    place(partial, path)
                else:
                    undo.callback(path.write_text, files.changed[name][0], encoding="utf-8")
                    partial.chmod(path.stat().st_mode & 0o777)
                    partial.replace(path)
        except BaseException as error:
            undo.close()
            if isinstance(error, OSError):
                raise ReconcilerError(
                    f"{error.filename2 or error.filename or root} cannot be written: {error.strerror or error}; "
                    "nothing was written",
                    fix="free some space, fix the permissions, or move what is in the way, then run this again",
                ) from None
            raise


def _make_folder(folder: Path, undo: contextlib.ExitStack) -> None:
    if not folder.exists():
        _make_folder(folder.parent, undo)
        undo.callback(_remove_folder, folder)
        folder.mkdir(exist_ok=True)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for partial in folder.glob(".*.partial"):
            partial.unlink()
        folder.rmdir()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
