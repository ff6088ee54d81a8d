"""What one mutant is: a small wrong change to one file, and the tests that must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`; at least one of `tests` must then fail.

    `file` is under src/reconciler, or starts with `providers/`. `tests` are pytest node ids without parameters.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return the file, from the top of the repository."""
        return Path(self.file) if self.file.startswith("providers/") else Path("src/reconciler") / self.file


def mutant(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    """Return a mutant; tests are named as `plan/test_gates.py::test_x`, from tests/, unless they are a provider's."""
    return Mutant(name, file, old, new, tuple(t if t.startswith("providers/") else f"tests/{t}" for t in tests))
