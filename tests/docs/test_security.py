"""Every promise of SECURITY.md names a test that exists, runs and can fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:tests|providers/\w+/tests)/[\w/]+\.py)::(test_\w+)`")


def marks(tree: ast.Module, test: ast.AsyncFunctionDef | ast.FunctionDef) -> str:
    """Return the source of what decorates a test, and of the marks of its whole module."""
    module = [n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "pytestmark"]
    return "\n".join(ast.unparse(node) for node in (*test.decorator_list, *module))


def fault(file: str, name: str) -> str:
    """Return what is wrong with a named test; "" for nothing."""
    path = ROOT / file
    if not path.is_file():
        return "there is no such file"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.AsyncFunctionDef | ast.FunctionDef) and n.name == name]
    if not found:
        return "there is no such test"
    if re.search(r"mark\.(skip|skipif|xfail)", marks(tree, found[0])):
        return "it may be skipped"
    checks = [n for n in ast.walk(found[0]) if isinstance(n, ast.Assert | ast.With | ast.AsyncWith | ast.Call)]
    if "skip(" in ast.unparse(found[0]):
        return "it may be skipped"
    return "" if checks else "it checks nothing"


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(TEXT))), ids=lambda value: value)
def test_a_named_test_exists_and_is_not_skipped(file: str, name: str) -> None:
    assert fault(file, name) == ""


def test_every_test_that_the_page_names_is_looked_at() -> None:
    assert len(NAMED.findall(TEXT)) == TEXT.count("::test_")


@pytest.mark.parametrize(
    "threat",
    [
        "A pull request",
        "A fork",
        "A stolen token",
        "Push access",
        "A malicious vendor reply",
        "A hostile provider",
        "A compromised",
    ],
)
def test_every_threat_is_shown_by_tests_and_says_what_is_not_stopped(threat: str) -> None:
    [section] = [s for s in TEXT.split("\n### ") if s.startswith(threat)]
    assert NAMED.findall(section)
    assert re.search(r"Not stopped: |nothing stops it", section)


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert fault("tests/docs/test_security.py", "test_nobody") == "there is no such test"
    assert fault("tests/docs/test_nobody.py", "test_nobody") == "there is no such file"
