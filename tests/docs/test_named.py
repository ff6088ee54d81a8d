"""Every test that a page names as evidence exists, and runs."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:tests|providers)/[\w/]+\.py)::(\w+)(?:::(\w+))?`")
PAGES = [p for p in (ROOT / "docs/how-it-works/safety.md", ROOT / "SECURITY.md") if p.exists()]


def named(page: Path) -> list[tuple[str, str]]:
    """Return (file, test) of each test that a page names."""
    return [(file, last or first) for file, first, last in NAMED.findall(page.read_text())]


@cache
def functions_of(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the test functions of a file by name, those of classes too."""
    path = ROOT / file
    if not path.is_file():
        return {}
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_skipped(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a test can be skipped: by a mark, or from inside."""
    words = [ast.unparse(mark) for mark in test.decorator_list]
    words += [ast.unparse(node.func) for node in ast.walk(test) if isinstance(node, ast.Call)]
    return any(re.search(r"\b(skip|skipif|xfail|importorskip)\b", word) for word in words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_a_test_that_runs(page):
    found = named(page)
    assert len(found) > 10, "the page names its tests as `tests/….py::test_…`"
    missing = [f"{file}::{test}" for file, test in found if test not in functions_of(file)]
    assert missing == [], "no such test: write what shows it now"
    assert [f"{file}::{test}" for file, test in found if is_skipped(functions_of(file)[test])] == []


def test_every_promise_names_a_test():
    text = (ROOT / "docs/how-it-works/safety.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("- ") and not NAMED.search(line)] == []


def test_a_skipped_test_is_seen_in_every_spelling():
    for source in (
        "@pytest.mark.skip\ndef test_a(): ...",
        "@pytest.mark.skipif(True, reason='x')\ndef test_a(): ...",
        "@pytest.mark.xfail\ndef test_a(): ...",
        "def test_a():\n    if x:\n        pytest.skip('x')",
        "def test_a():\n    pytest.importorskip('x')",
    ):
        (test,) = ast.parse(source).body
        assert isinstance(test, ast.FunctionDef)
        assert is_skipped(test), source
    (test,) = ast.parse("@pytest.mark.slow\ndef test_a():\n    assert x").body
    assert isinstance(test, ast.FunctionDef)
    assert not is_skipped(test)
