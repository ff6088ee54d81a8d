"""Measures the tool on this machine, prints one table, and ends with 1 when a budget is missed.

`--smoke`: small and lenient, for every push. `--only WORD`: the scenarios whose name holds it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import scenarios
from measure import Row, table
from vendor import vendor


def main() -> int:
    """Run the scenarios and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small and lenient")
    parser.add_argument("--only", default="", help="scenarios whose name holds this word")
    given = parser.parse_args()
    size = scenarios.SMOKE if given.smoke else scenarios.FULL
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, vendor() as simulator:
        root = Path(folder)
        measured: Sequence[tuple[str, Callable[[], Row | Sequence[Row]]]] = (
            ("help", lambda: scenarios.help_page(size)),
            ("validate", lambda: scenarios.validate(size, root / "validate")),
            ("plan", lambda: scenarios.plan(size, root / "plan", simulator)),
            ("many", lambda: scenarios.many(size, root / "many")),
            ("apply-unlimited", lambda: scenarios.apply_unlimited(size, root / "unlimited", simulator)),
            ("apply-declared", lambda: scenarios.apply_declared(size, root / "declared", simulator)),
            ("apply-half", lambda: scenarios.apply_half(size, root / "half", simulator)),
        )
        for name, measure in measured:
            if given.only in name:
                print(f"measuring {name} ...", file=sys.stderr, flush=True)
                found = measure()
                rows.extend([found] if isinstance(found, Row) else found)
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, "
          "a simulated API that answers after 50 ms\n")  # fmt: skip
    print(table(rows))
    return 1 if any(row.ok is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
