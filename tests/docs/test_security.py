"""SECURITY.md goes through every threat; that the tests it names exist and run, tests/docs/test_named.py sees to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?:tests|providers)/[\w/]+\.py::test_\w+`")
THREATS = [
    "A pull request",
    "A fork",
    "A stolen token",
    "Push access to the ledger ref",
    "A malicious vendor reply",
    "A hostile provider plugin",
    "A compromised dependency",
]


@pytest.mark.parametrize("threat", THREATS)
def test_every_threat_is_shown_by_tests_and_says_what_is_not_stopped(threat: str) -> None:
    [section] = [s for s in TEXT.split("\n### ") if s.startswith(threat)]
    assert NAMED.findall(section)
    assert re.search(r"Not stopped: |nothing stops it", section)


def test_every_test_that_the_page_names_is_one_that_is_looked_at() -> None:
    assert len(NAMED.findall(TEXT)) == TEXT.count("::test_")
