from __future__ import annotations

import json

import pytest

from reconciler.errors import HeldBySafety
from reconciler.model import Address, Hold
from reconciler.outcome import Outcome, Result
from reconciler.report.saved import saved_document


def test_apply_with_yes_shows_the_plan_and_then_what_became_of_it(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    result = bench.run("apply", "--yes")
    assert result.exit_code == 0
    assert result.stdout.index("Plan for production: 1 to create.") < result.stdout.index(
        "Applied in production: 1 change"
    )


def test_apply_without_a_terminal_or_yes_refuses_before_it_reads(bench, make):
    result = bench.run("apply")
    assert result.exit_code == 1
    assert "no terminal to ask on\n  fix: add --yes" in result.stderr
    assert bench.engine.options is None


@pytest.mark.parametrize(
    ("answer", "confirmed", "code"),
    [
        pytest.param("yes\n", True, 0, id="yes"),
        pytest.param("y\n", False, 130, id="y-is-not-enough"),
        pytest.param("\n", False, 130, id="nothing-typed"),
        pytest.param("", False, 130, id="end-of-input"),
    ],
)
def test_only_a_typed_yes_applies(bench, make, answer, confirmed, code):
    bench.interactive = True
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    result = bench.run("apply", answer=answer)
    assert (bench.engine.confirmed, result.exit_code) == (confirmed, code)
    assert ("Not applied: nothing was changed." in result.stderr) == (not confirmed)


def test_the_question_names_what_is_taken_away(bench, make):
    bench.interactive = True
    bench.engine.given = make.plan(make.delete("monitors/old"), make.delete("monitors/kept", held=(Hold("a", "b"),)))
    asked = bench.run("apply", answer="no\n").stderr
    assert "This takes away: delete monitors/old\n" in asked


def test_with_json_only_the_outcome_is_on_stdout(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    document = json.loads(bench.run("apply", "--yes", "--format", "json").stdout)
    assert document["results"][0]["status"] == "done"
    assert document["run"] == "20261123T030000Z-1"


def test_a_plan_file_is_applied_without_a_question(bench, make, tmp_path):
    plan = make.plan(make.create("monitors/homepage"))
    bench.engine.given = plan
    (tmp_path / "plan.json").write_text(json.dumps(saved_document(plan, "0.1.0")))
    assert bench.run("apply", "plan.json").exit_code == 0
    assert bench.engine.saved.environment == "production"


def test_why_a_change_of_a_plan_file_is_held_is_said_although_the_plan_above_shows_only_what_runs(
    bench, make, tmp_path
):
    plan = make.plan(make.create("monitors/homepage"), make.create("monitors/intranet"))
    bench.engine.given = plan
    results = (
        Result(Address("monitors", "homepage"), "create", "done"),
        Result(Address("monitors", "intranet"), "create", "held", "KEY is not set", "set KEY and apply again"),
    )
    bench.engine.outcome = Outcome(plan, results)
    (tmp_path / "plan.json").write_text(json.dumps(saved_document(plan, "0.1.0")))
    shown = bench.run("apply", "plan.json").stdout
    assert "KEY is not set" in shown
    assert "set KEY and apply again" in shown
    assert "KEY is not set" not in bench.run("apply", "--yes").stdout


def test_a_plan_file_of_another_environment_is_refused(bench, make, tmp_path):
    plan = make.replace(make.plan(), environment="staging")
    (tmp_path / "plan.json").write_text(json.dumps(saved_document(plan, "0.1.0")))
    result = bench.run("apply", "plan.json")
    assert result.exit_code == 1
    assert "is a plan for staging, and desired/ here is for production" in result.stderr


def test_the_exit_code_is_that_of_the_outcome(bench, make):
    failed = Result(Address("monitors", "homepage"), "update", "failed", "no", "do it right")
    bench.engine.outcome = Outcome(make.plan(), (failed,))
    result = bench.run("apply", "--yes")
    assert result.exit_code == 5
    assert "fix: do it right" in result.stdout


def test_a_gate_over_the_whole_run_ends_with_3(bench):
    bench.engine.error = HeldBySafety("desired/ has changes that are not committed", fix="commit them")
    assert bench.run("apply", "--yes").exit_code == 3
