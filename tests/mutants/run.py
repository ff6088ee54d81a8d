"""Makes small wrong changes to the code, one at a time, and demands that a named test fails for each.

Each worker has a copy of the tree. A mutant whose text is not found exactly once, whose tests do not pass without it,
or whose tests end in anything but a failure is an error of the table. `--only WORD`: the mutants whose name holds it.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutant import Mutant, read_tables

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "providers", "tests", "pyproject.toml")
LIMIT = 120  # seconds for the tests of one mutant; one that makes a test hang is caught, too
# Runs pytest on the copy. The installed package must not win over it, or every mutant would seem to survive.
GUARDED = """
import sys, reconciler
assert reconciler.__file__.startswith(sys.argv[1]), reconciler.__file__
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""
PYTEST = ("-x", "-q", "--no-header", "--tb=no", "-rfE", "-p", "no:xdist", "-p", "no:hypothesispytest")


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant. `caught_by` is the test that failed; "" when none did. `wrong` spoils the table."""

    mutant: Mutant
    caught_by: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Tree:
    """One copy of the repository."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Tree:
        """Copy what tests need. Byte code is checked by the hash of its source, so that no mutant outlives its turn."""
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".hypothesis")
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=ignored)
            else:
                shutil.copy(source, root / name)
        subprocess.run(
            [sys.executable, "-m", "compileall", "-qq", "--invalidation-mode", "checked-hash", root / "src"], check=True
        )
        return cls(root)

    def pytest(self, tests: Sequence[str]) -> tuple[int, str]:
        """Return the exit code and output of these tests in this copy."""
        sources = [self.root / "src", *sorted(self.root.glob("providers/*/src"))]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", GUARDED, str(self.root), *PYTEST, *tests]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environ, capture_output=True, text=True, timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired:
            return 1, f"FAILED {tests[0]} - did not end"
        return done.returncode, done.stdout + done.stderr

    def judge(self, mutant: Mutant) -> Verdict:
        """Return what became of a mutant in this copy, which is afterwards as before."""
        path = self.root / mutant.file
        original = path.read_text(encoding="utf-8")
        found = original.count(mutant.old)
        if found != 1:
            return Verdict(mutant, wrong=f"its text stands {found} times in {mutant.file}")
        path.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            code, output = self.pytest(mutant.caught_by)
        finally:
            path.write_text(original, encoding="utf-8")
        caught = re.search(r"^FAILED (\S+)", output, re.MULTILINE)
        if code == 0:
            return Verdict(mutant)
        if code != 1 or caught is None:
            return Verdict(mutant, wrong=f"its tests did not run:\n{output[-1500:]}")
        return Verdict(mutant, caught_by=caught[1].partition("[")[0])


def judged(mutants: Sequence[Mutant], folder: Path, workers: int) -> tuple[str, list[Verdict]]:
    """Return what is wrong with the tests themselves ("" for nothing), and a verdict for each mutant."""
    trees: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for number in range(workers):
        trees.put(Tree.make(folder / str(number)))

    def one(mutant: Mutant) -> Verdict:
        tree = trees.get()
        try:
            return tree.judge(mutant)
        finally:
            trees.put(tree)

    tree = trees.get()
    code, output = tree.pytest(sorted({test for mutant in mutants for test in mutant.caught_by}))
    trees.put(tree)
    if code != 0:
        return output[-3000:], []
    with ThreadPoolExecutor(workers) as pool:
        return "", list(pool.map(one, mutants))


def main() -> int:
    """Print a line for each mutant and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name holds this word")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = [m for m in read_tables() if given.only in m.name]
    if not chosen:
        print("no mutant has that in its name")
        return 1
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        broken, verdicts = judged(chosen, Path(folder).resolve(), given.workers)
    if broken:
        print(f"the tests fail without any mutant, so they prove nothing:\n{broken}")
        return 1
    width = max(len(m.name) for m in chosen)
    for verdict in verdicts:
        print(f"{verdict.mutant.name.ljust(width)}  {verdict.caught_by or verdict.wrong or 'SURVIVED'}")
    bad = [v for v in verdicts if not v.caught_by]
    spent = time.monotonic() - started
    print(f"\n{len(verdicts) - len(bad)} of {len(verdicts)} mutants caught, in {spent:.0f} s")
    for verdict in bad:
        print(f"  {verdict.mutant.name} ({verdict.mutant.file}): {verdict.wrong or 'survived'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
