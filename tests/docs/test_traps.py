"""The page of traps is what the marks of the tests say, down to single cases of parametrised tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "traps.py"


@pytest.fixture(scope="module")
def script() -> Any:
    made = SimpleNamespace()
    exec(compile(SCRIPT.read_text(encoding="utf-8"), str(SCRIPT), "exec"), (scope := {"__file__": str(SCRIPT)}))
    made.__dict__.update(scope)
    return made


def test_the_page_is_current() -> None:
    checked = subprocess.run([sys.executable, SCRIPT, "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_stale_page_is_named_with_what_to_do(tmp_path: Path) -> None:
    page = tmp_path / "traps.md"
    page.write_text("old")
    command = [sys.executable, SCRIPT, "check", str(page)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "make traps" in checked.stderr


def collected(script: Any, *rows: tuple[str, str, tuple[str, ...]]) -> Any:
    """Return a collector after it has seen tests: name, case id, texts of their marks."""
    collector = script.Collector()
    items = []
    for name, case, texts in rows:
        marks = [SimpleNamespace(args=("acme", text), kwargs={}) for text in texts]
        item = SimpleNamespace(
            path=ROOT / "providers" / "acme" / "tests" / "test_doors.py",
            originalname=name,
            nodeid=name,
            iter_markers=lambda _, marks=marks: iter(marks),
        )
        if case:
            item.callspec = SimpleNamespace(id=case)
        items.append(item)
    collector.pytest_collection_modifyitems(items)
    return collector


def table(script: Any, *rows: tuple[str, str, tuple[str, ...]]) -> list[str]:
    page = script.rendered(collected(script, *rows))
    return [line for line in page.splitlines() if re.match(r"\| \d", line)]


LINK = "(../../providers/acme/tests/test_doors.py)"


def test_a_test_of_which_every_case_is_marked_stands_there_once_without_its_cases(script: Any) -> None:
    rows = [("test_a", case, ("2: it lies",)) for case in ("x", "y[1|2]", "z")]
    assert table(script, *rows) == [f"| 2 | it lies | [test_a]{LINK} |"]


def test_a_marked_case_among_others_is_named(script: Any) -> None:
    rows = [("test_a", "x", ("2: it lies",)), ("test_a", "y", ()), ("test_a", "z", ("2: it lies",))]
    assert table(script, *rows) == [f"| 2 | it lies | [test_a]{LINK} (`x`, `z`) |"]


def test_sections_are_in_the_order_of_their_numbers_and_tests_of_one_trap_together(script: Any) -> None:
    rows = [
        ("test_b", "", ("10: late",)),
        ("test_c", "", ("9: early", "10: late")),
    ]
    assert table(script, *rows) == [
        f"| 9 | early | [test_c]{LINK} |",
        f"| 10 | late | [test_b]{LINK}<br>[test_c]{LINK} |",
    ]


@pytest.mark.parametrize("text", ["no section", "", "2:no space"])
def test_a_mark_of_another_form_is_refused(script: Any, text: str) -> None:
    assert collected(script, ("test_a", "", (text,))).wrong
