"""The reference pages are what the models say, for every provider that is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import main
from reconciler.discover import discover

ROOT = Path(__file__).parents[2]
CATALOG = discover()
TYPES = [name for name in CATALOG.provider_types() if CATALOG.kinds_of(name)]


def test_no_page_is_stale() -> None:
    given = ["provider", "reference", "--check", "--desired", str(ROOT / "desired")]
    checked = CliRunner().invoke(main, given)
    assert checked.exit_code == 0, checked.output


def test_a_stale_page_is_named_and_written_anew(tmp_path: Path) -> None:
    def run(action: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["provider", "reference", action, "--dir", str(tmp_path)])
        return done.exit_code, done.output

    code, said = run("--check")
    assert code == 1
    assert f"{TYPES[0]}.md" in said
    assert "make reference" in said
    assert run("--write")[0] == 0
    assert run("--check")[0] == 0
    (tmp_path / f"{TYPES[0]}.md").write_text("old")
    assert run("--check")[0] == 1


@pytest.mark.parametrize("name", TYPES)
def test_every_provider_says_what_it_needs_and_what_was_never_run(name: str) -> None:
    settings = next(iter(CATALOG.kinds_of(name).values())).settings
    assert settings.rights_to_plan
    assert settings.rights_to_apply
    assert settings.unproven


@pytest.mark.parametrize("name", TYPES)
def test_no_heading_of_a_page_stands_twice(name: str) -> None:
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    assert sorted(set(headings)) == sorted(headings)


def test_an_unknown_type_is_said_with_the_one_that_was_perhaps_meant() -> None:
    done = CliRunner().invoke(main, ["provider", "reference", "betterstak"])
    assert done.exit_code == 1
    assert "did you mean betterstack?" in done.output
