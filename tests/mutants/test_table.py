"""The table of mutants fits the code: each text stands exactly once, each change compiles, each test exists."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted(Path(__file__).parent.glob("table/*.toml"))


def rows(path: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads(path.read_text(encoding="utf-8"))["mutant"])


@cache
def defined_in(path: str) -> frozenset[str]:
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_mutant_can_be_made(table: Path) -> None:
    wrong = []
    for row in rows(table):
        text = (ROOT / row["file"]).read_text(encoding="utf-8")
        found = text.count(row["old"])
        if found == 1:
            ast.parse(text.replace(row["old"], row["new"]))
        else:
            wrong.append(f"{row['name']}: its text stands {found} times in {row['file']}; write it as the code is now")
    assert wrong == []


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_mutant_names_tests_that_exist(table: Path) -> None:
    named = [(row["name"], *test.split("::")) for row in rows(table) for test in row["caught_by"]]
    assert [(name, path, test) for name, path, test in named if test not in defined_in(path)] == []
    assert all(row["caught_by"] for row in rows(table))


def test_no_two_mutants_have_one_name() -> None:
    names = [row["name"] for table in TABLES for row in rows(table)]
    assert sorted(names) == sorted(set(names))
