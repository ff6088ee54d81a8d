"""Usage: traps.py check|write [PAGE]

Collects the tests that are marked `@pytest.mark.trap("VENDOR", "SECTION: the trap in a few words")`, a single case of a
parametrised test included (`pytest.param(..., marks=pytest.mark.trap(...))`), and compares the table they make with
docs/reference/vendor-traps.md, or writes it there. Runs no test.
"""

import contextlib
import io
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = Path("docs/reference/vendor-traps.md")
HEAD = """\
# Traps of the vendors

<!-- Generated from the marks of the tests by `make traps`. Do not edit. -->

What the vendors' APIs do that a careless client falls for, and the tests that show it is handled. The section is the
one of the vendor's fact sheet; `bad days` are those that any vendor has.
"""


class Collector:
    """A pytest plugin: remembers every collected test and the traps it is marked with."""

    def __init__(self):
        self.found = defaultdict(lambda: defaultdict(set))  # (vendor, section, trap) to (file, test) to case ids
        self.cases = defaultdict(set)  # (file, test) to all its case ids
        self.wrong = []

    def pytest_collection_modifyitems(self, items):
        for item in items:
            test = (item.path.relative_to(ROOT).as_posix(), getattr(item, "originalname", None) or item.name)
            case = item.callspec.id if hasattr(item, "callspec") else ""
            self.cases[test].add(case)
            for mark in item.iter_markers("trap"):
                vendor, text = mark.args if len(mark.args) == 2 else ("", "")
                section, colon, trap = str(text).partition(": ")
                if not vendor or not colon or mark.kwargs:
                    self.wrong.append(f'{item.nodeid}: write @pytest.mark.trap("VENDOR", "SECTION: TRAP")')
                else:
                    self.found[vendor, section, trap][test].add(case)


def collect():
    """Return the collector after it has seen every test in a file that speaks of traps."""
    tests = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("providers/*/tests/**/test_*.py")]
    files = [str(file) for file in sorted(tests) if re.search(r"mark\.trap\b", file.read_text(encoding="utf-8"))]
    collector, said = Collector(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        options = ["--collect-only", "-q", "-p", "no:xdist", "--rootdir", str(ROOT), *files]
        code = pytest.main(options, plugins=[collector])
    if code != pytest.ExitCode.OK or collector.wrong:
        sys.exit("\n".join(collector.wrong) or f"the tests cannot be collected:\n{said.getvalue()}")
    return collector


def natural(text):
    """Return a sort key in which 10 comes after 9."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)]


def shown(collector, test, cases):
    """Return a test as a link, with the cases that are marked where not all of them are."""
    file, name = test
    up = "../" * (len(PAGE.parts) - 1)
    some = "" if cases == collector.cases[test] else f" ({', '.join(f'`{c}`' for c in sorted(cases))})"
    return f"[{name}]({up}{file}){some}"


def rendered(collector):
    """Return the page."""
    lines = [HEAD]
    for vendor in sorted({vendor for vendor, _, _ in collector.found}):
        lines += [f"## {vendor}", "", "| Section | Trap | Shown by |", "| --- | --- | --- |"]
        rows = sorted((k for k in collector.found if k[0] == vendor), key=lambda k: (natural(k[1]), k[2]))
        for key in rows:
            tests = "<br>".join(shown(collector, t, c) for t, c in sorted(collector.found[key].items()))
            cells = [key[1], key[2].replace("<", "&lt;"), tests]
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def main(action, page=str(PAGE)):
    """Return 0 when the page is current, or now is."""
    os.chdir(ROOT)
    text, file = rendered(collect()), Path(page)
    if action == "write":
        file.write_text(text, encoding="utf-8")
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        print(f"stale: {page}\n  fix: run `make traps` and commit the result", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
