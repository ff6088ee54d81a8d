"""Git as the commit gate sees it: a graph of commits in memory, and one clone that stands at one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.git import SubprocessGit


@dataclass(slots=True)
class History:
    """Every commit that was made, each with its parent, and the tip of the branch that is applied from."""

    parents: dict[str, str] = field(default_factory=dict)
    tip: str = ""
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)  # the files of desired/, by commit

    def commit(self, *, parent: str | None = None, merged: bool = True) -> str:
        """Make a commit, on the tip unless a parent is named, and return it. `merged`: the branch moves to it."""
        made = f"{len(self.parents) + 1:040x}"
        self.parents[made] = self.tip if parent is None else parent
        if merged:
            self.tip = made
        return made

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `newer` is `older` or comes after it."""
        at = newer
        while at and at != older:
            at = self.parents.get(at, "")
        return at == older


class SimulatedGit(SubprocessGit):
    """A clone in `folder` at `at`. Starts no process."""

    def __init__(self, folder: Path, history: History, at: str, *, changed: tuple[str, ...] = ()) -> None:
        super().__init__(folder, {})
        self._top, self._history, self._at, self._changed = folder, history, at, changed

    def root(self) -> Path | None:
        """Return the folder."""
        return self._top

    def head(self) -> str:
        """Return the commit it stands at."""
        return self._at

    def dirty(self, path: Path) -> tuple[str, ...]:
        """Return what was changed and not committed."""
        return self._changed

    def has_commit(self, commit: str) -> bool:
        """Return whether that commit was ever made."""
        return commit in self._history.parents

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `newer` comes after `older`."""
        return self._history.is_ancestor(older, newer)

    def files(self, commit: str, folder: str = "") -> Mapping[str, bytes]:
        """Return what desired/ held at a commit."""
        return self._history.trees[commit]

    def is_shallow(self) -> bool:
        """Return False."""
        return False

    def remote(self) -> str:
        """Return the name of the remote."""
        return "origin"

    def local_ref(self, ref: str) -> str:
        """Return the tip of main on the remote, as last fetched: always the newest."""
        return self._history.tip if ref == "refs/remotes/origin/main" else ""
