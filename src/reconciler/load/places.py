"""Where each value of a file stands, kept beside the plain data and looked up by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.errors import Location
from reconciler.values import Path


class Mark(NamedTuple):
    """The place of one value, and of its key where it has one. Counted from 0, as libyaml does."""

    line: int
    column: int
    key_line: int = -1
    key_column: int = -1
    inner: Mapping[Any, Mark] = {}  # by key or index


@dataclass(frozen=True, slots=True)
class Places(Mapping[Path, Location]):
    """The places of one object by path: the key of a field, the start of a list's element. () is the object's key."""

    file: str
    mark: Mark

    def at(self, path: Path) -> Mark | None:
        """Return the mark of exactly this path."""
        mark: Mark | None = self.mark
        for part in path:
            mark = mark.inner.get(part) if mark else None
        return mark

    def nearest(self, path: Path) -> Mark:
        """Return the mark of this path, or of the nearest enclosing one."""
        while True:
            mark = self.at(path)
            if mark:
                return mark
            path = path[:-1]

    def key(self, path: Path) -> Location:
        """Return where the key is written; the value's place for what has no key."""
        mark = self.nearest(path)
        if mark.key_line < 0:
            return self.value(path)
        return Location(self.file, mark.key_line + 1, mark.key_column + 1)

    def value(self, path: Path) -> Location:
        """Return where the value begins."""
        mark = self.nearest(path)
        return Location(self.file, mark.line + 1, mark.column + 1)

    def below(self, *path: str | int) -> Places:
        """Return the places inside one value."""
        return Places(self.file, self.nearest(path))

    def __getitem__(self, path: Path) -> Location:
        if self.at(path) is None:
            raise KeyError(path)
        return self.key(path)

    def __iter__(self) -> Iterator[Path]:
        return _paths((), self.mark)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _paths(path: Path, mark: Mark) -> Iterator[Path]:
    yield path
    for part, inner in mark.inner.items():
        yield from _paths((*path, part), inner)
