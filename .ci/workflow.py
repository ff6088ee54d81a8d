"""Usage: workflow.py check|write

Renders this repository's own workflow from the template that `reconcile init` uses, for what desired/ needs, and
compares it with .github/workflows/reconcile.yml, or writes it there.
"""

import sys
from pathlib import Path

from reconciler.discover import discover
from reconciler.initial.run import needs_of
from reconciler.initial.workflow import PATH, render
from reconciler.load.project import load_project


def main(action: str) -> int:
    """Return 0 when the workflow is current, or now is."""
    root = Path(__file__).parents[1]
    text = render(needs_of(load_project(root / "desired", discover()), None))
    file = root / PATH
    if action == "write":
        file.write_text(text, encoding="utf-8")
    elif file.read_text(encoding="utf-8") != text:
        print(f"stale: {PATH}\n  fix: run `make workflow` and commit the result", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
