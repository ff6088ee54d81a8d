"""What `reconcile init` has to know: from flags, or asked at a terminal; what is wrong or missing is said at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from click.testing import Result

Run: TypeAlias = Callable[..., Result]
CANARY = "canary-Zx81-secret"
FLAGS = ("--environment", "production", "--provider", "memory", "--yes")
ACME = ("--provider", "acme", "--set", "acme.project=lms", "--set", "acme.place.zone=iad1")


def tree(root: Path) -> dict[str, str]:
    return {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}


def environment(root: Path) -> Any:
    return yaml.safe_load((root / "desired" / "environment.yaml").read_text())


def test_without_a_terminal_every_missing_flag_is_named_at_once(init: Run, tmp_path: Path) -> None:
    done = init("init")
    assert done.exit_code == 1
    for flag in ("--environment NAME", "--provider TYPE", "--yes", "acme, memory"):
        assert flag in done.output
    assert tree(tmp_path) == {}


def test_a_required_setting_that_is_missing_is_named_with_its_flag(init: Run, tmp_path: Path) -> None:
    done = init("init", *FLAGS, "--provider", "acme")
    assert done.exit_code == 1
    assert "acme needs project: The project, as its address names it." in done.output
    assert "fix: add --set acme.project=VALUE" in done.output
    assert "fix: add --set acme.place.zone=VALUE" in done.output
    assert "2 problems" in done.output
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--environment", "My Prod"), "'My Prod' cannot name an environment", id="environment"),
        pytest.param(("--provider", "acm"), "did you mean acme?", id="unknown-type"),
        pytest.param(("--set", "acme.days=0"), "days", id="value-refused"),
        pytest.param(("--set", "acme.projct=lms"), "unknown field projct", id="unknown-field"),
        pytest.param(("--set", "nothing"), "not of the form TYPE.FIELD=VALUE", id="form"),
        pytest.param(("--set", "other.x=1"), "other is not among the providers", id="not-chosen"),
        pytest.param(("--set", f"acme.token={CANARY}"), "never as its value", id="secret-value"),
        pytest.param(("--tool", "somewhere"), "is not OWNER/NAME@COMMIT", id="tool"),
    ],
)
def test_a_wrong_flag_is_a_problem_among_all_the_others(
    init: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = init("init", "--environment", "production", *ACME, *arguments)
    assert done.exit_code == 1
    assert said in done.output
    assert "add --yes" in done.output
    assert tree(tmp_path) == {}


def test_settings_are_written_as_their_model_reads_them(init: Run, tmp_path: Path) -> None:
    more = (
        "--set",
        "acme.days=30",
        "--set",
        "acme.tags=a, b",
        "--set",
        "acme.token=OTHER",
        "--set",
        "acme.vault=safe/",
    )
    done = init("init", *FLAGS, *ACME, *more)
    assert done.exit_code == 0, done.output
    assert environment(tmp_path)["providers"]["acme"] == {
        "token": {"secret": "OTHER"},
        "project": "lms",
        "place": {"zone": "iad1"},
        "days": 30,
        "tags": ["a", "b"],
        "vault": "safe/",
    }
    assert "/safe/" in (tmp_path / ".gitignore").read_text().splitlines()


def test_a_provider_without_its_token_is_told_what_to_set_and_run(init: Run) -> None:
    done = init("init", *FLAGS, *ACME)
    assert done.exit_code == 0
    assert "not read acme: ACME_TOKEN is not set" in done.stdout
    assert "next: acme: set ACME_TOKEN, then `reconcile import acme`" in done.stdout
    assert "read memory" in done.stdout


def test_nothing_is_read_with_no_import(init: Run, tmp_path: Path) -> None:
    done = init("init", *FLAGS, "--no-import")
    assert set(tree(tmp_path / "desired")) == {"environment.yaml", "policies/baseline.yaml"}
    assert "reconcile import memory" in done.stdout


def test_at_a_terminal_it_asks_what_it_has_to_know(init: Run, tmp_path: Path) -> None:
    done = init("init", answer="Prod\nstaging\nacme, memory\nlms\niad1\nyes\n")
    assert done.exit_code == 0, done.output
    assert "cannot name an environment" in done.stderr
    assert environment(tmp_path)["environment"] == "staging"
    assert environment(tmp_path)["providers"]["acme"]["project"] == "lms"
    assert environment(tmp_path)["providers"]["acme"]["place"] == {"zone": "iad1"}


def test_providers_whose_credentials_are_set_are_proposed(init: Run, tmp_path: Path, environ: Any) -> None:
    environ["ACME_TOKEN"] = "x" * 20
    done = init("init", "--no-import", answer="\n\nlms\niad1\nyes\n")
    assert done.exit_code == 0, done.output
    assert list(environment(tmp_path)["providers"]) == ["acme"]


@pytest.mark.parametrize("answer", ["no\n", ""], ids=["no", "end-of-input"])
def test_whoever_does_not_say_yes_gets_nothing_written(init: Run, tmp_path: Path, answer: str) -> None:
    done = init("init", *FLAGS[:-1], answer=answer)
    assert done.exit_code == 130
    assert "would write desired/environment.yaml" in done.stderr
    assert tree(tmp_path) == {}


def test_flags_that_ask_for_something_else_than_what_is_there_are_problems(init: Run, tmp_path: Path) -> None:
    init("init", *FLAGS)
    before = tree(tmp_path)
    done = init("init", "--environment", "other", *ACME, "--yes")
    assert done.exit_code == 1
    assert "desired/environment.yaml is there, and is for production" in done.output
    assert "token: {secret: ACME_TOKEN}" in done.output
    assert tree(tmp_path) == before


def test_json_says_what_was_done(init: Run, tmp_path: Path) -> None:
    said = json.loads(init("init", *FLAGS, *ACME, "--format", "json").stdout)
    assert "desired/environment.yaml" in said["written"]
    assert said["imported"]["memory"]["objects"] == ["groups/main"]
    assert said["not_imported"] == [
        {
            "instance": "acme",
            "reason": "ACME_TOKEN is not set",
            "failed": False,
            "next": "set ACME_TOKEN, then `reconcile import acme`",
        }
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            "acme.days=30", "--set acme.days: desired/environment.yaml is there and does not say so", id="more"
        ),
        pytest.param("acme.project=other", "is there and says something else, and is never overwritten", id="other"),
        pytest.param("acme.dasy=30", "dasy", id="misspelt-field"),
        pytest.param("acem.days=30", "acem is not among the providers", id="misspelt-type"),
        pytest.param("acme", "not of the form TYPE.FIELD=VALUE", id="no-value"),
    ],
)
def test_a_setting_that_what_is_there_does_not_have_is_a_problem(
    init: Run, tmp_path: Path, given: str, said: str
) -> None:
    init("init", *FLAGS, *ACME)
    before = tree(tmp_path)
    assert init("init", *FLAGS, *ACME).exit_code == 0  # as it is there, so nothing is asked for
    done = init("init", *FLAGS, *ACME, "--set", given)
    assert done.exit_code == 1
    assert said in done.output
    assert tree(tmp_path) == before


def test_what_a_provider_needs_to_be_read_is_asked_for_unless_nothing_is_read(init: Run, tmp_path: Path) -> None:
    partly = ("--environment", "production", "--provider", "partly", "--yes")
    done = init("init", *partly)
    assert done.exit_code == 1
    assert "partly cannot be read without site: which of them" in done.output
    assert "add --set partly.site=VALUE, or --no-import" in done.output
    assert tree(tmp_path) == {}
    assert init("init", *partly, "--no-import").exit_code == 0
    again = init("init", *partly)
    assert again.exit_code == 5
    assert "nothing of partly was read: its settings have no site" in again.output
    imported = init("import", "partly")
    assert imported.exit_code == 1
    assert "nothing of partly was read" in imported.output
