"""What one mutant is, a small wrong change to one file, and the tables that list them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLES = Path(__file__).with_name("table")


@dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`; then one of the tests in `caught_by` must fail.

    `file` is named from the top of the repository. `caught_by` holds pytest node ids without parameters.
    """

    name: str
    file: str
    old: str
    new: str
    caught_by: tuple[str, ...]


def read_tables() -> tuple[Mutant, ...]:
    """Return the mutants of every table. Raises ValueError when two have one name."""
    rows = [row for path in sorted(TABLES.glob("*.toml")) for row in tomllib.loads(path.read_text("utf-8"))["mutant"]]
    mutants = tuple(Mutant(**{**row, "caught_by": tuple(row["caught_by"])}) for row in rows)
    names = [m.name for m in mutants]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"two mutants have one name: {', '.join(doubled)}")
    return mutants
