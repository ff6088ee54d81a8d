"""All problems of a run, each once: what the file's syntax refuses hides what the model says about the same place."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import Location, Problem


class Problems:
    """Collects. A value that is a trap (`NO`, `010`) is reported as that, unless it stands where a secret belongs."""

    def __init__(self) -> None:
        self._traps: list[Problem] = []
        self._found: list[tuple[Problem, bool]] = []
        self.unread = False  # something of desired/ could not be read, so what seems missing may be there

    def traps(self, problems: Iterable[Problem]) -> None:
        """Add what is wrong with how values are written."""
        self._traps.extend(problems)

    def add(self, message: str, fix: str, where: Location | None = None) -> None:
        """Add one problem."""
        self._found.append((Problem(message, fix, where), False))

    def extend(self, problems: Iterable[tuple[Problem, bool]]) -> None:
        """Add what a model refuses; True marks a problem of a secret field."""
        self._found.extend(problems)

    def all(self) -> tuple[Problem, ...]:
        """Return every problem once."""
        trapped = {problem.where for problem in self._traps}
        secret = {problem.where for problem, is_secret in self._found if is_secret}
        traps = [problem for problem in self._traps if problem.where not in secret]
        found = [problem for problem, is_secret in self._found if is_secret or problem.where not in trapped]
        return tuple(dict.fromkeys([*traps, *found]))
