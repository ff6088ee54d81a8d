from __future__ import annotations

import json

import pytest

from reconciler.errors import InputError, Location, LockHeld, Problem
from reconciler.model import Drift, Finding, Hold, Judgement, ProviderStatus, Unmanaged


def test_a_plan_is_printed_and_ends_with_0(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    result = bench.run("plan")
    assert result.exit_code == 0
    assert result.stdout.startswith("Plan for production: 1 to create.")
    assert result.stderr == ""


def test_detailed_exit_codes_say_what_was_found(bench, make):
    assert bench.run("plan", "--detailed-exitcode").exit_code == 0
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    assert bench.run("plan", "--detailed-exitcode").exit_code == 2
    bench.engine.given = make.plan(make.delete("monitors/old", held=(Hold("budget", "too many"),)))
    assert bench.run("plan", "--detailed-exitcode").exit_code == 3
    bench.engine.given = make.plan(providers={"betterstack": ProviderStatus("skipped", "down")})
    assert bench.run("plan").exit_code == 5


def test_json_on_stdout_is_pure(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    document = json.loads(bench.run("plan", "--format", "json", "-v").stdout)
    assert (document["schema"], document["summary"]["create"]) == (1, 1)


def test_markdown_is_a_comment(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    assert bench.run("plan", "--format", "markdown").stdout.startswith("### Plan for production: 1 to create.")


def test_a_saved_plan_can_be_applied(bench, make):
    bench.engine.given = make.plan(make.create("monitors/homepage"))
    shown = bench.run("plan", "-o", "plan.json")
    assert "`reconcile apply plan.json` carries out 1 change" in shown.stdout
    result = bench.run("apply", "plan.json")
    assert result.exit_code == 0
    assert bench.engine.saved.changes == {"monitors/homepage create": "c" * 64}


def test_the_options_reach_the_engine(bench):
    bench.run("plan", "--target", "monitors/*", "--target", "env/A", "--provider", "betterstack", "--deadline", "2m")
    options = bench.engine.options
    assert (options.targets, options.providers, options.deadline) == (("monitors/*", "env/A"), ("betterstack",), 120.0)


def test_the_commit_whose_policies_judge_reaches_the_engine(bench):
    bench.run("plan", "--policies-from", "abc123")
    assert bench.engine.options.policies_from == "abc123"
    bench.run("plan")
    assert bench.engine.options.policies_from == ""


def test_what_a_policy_denies_ends_with_3_without_any_option(bench, make):
    finding = Finding("often", "deny", "Look often.", "interval is 300", Location("desired/policies/x.yaml", 2, 3))
    bench.engine.given = make.plan(make.create("monitors/homepage"), policies=Judgement(1, (finding,)))
    for command in ("plan", "drift"):
        result = bench.run(command)
        assert result.exit_code == 3
        assert "DENIED by policy (often)" in result.stdout
    bench.engine.given = make.plan(
        policies=Judgement(1, (finding,)), providers={"b": ProviderStatus("skipped", "down")}
    )
    assert bench.run("plan").exit_code == 5  # the least trustworthy wins


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("plan", "--provider", "nobody"), "no such instance", id="unknown-instance"),
        pytest.param(("plan", "--deadline", "soon"), "write 90s, 2m or 1h", id="no-duration"),
        pytest.param(("plan", "--deadline", "0s"), "write 90s, 2m or 1h", id="no-time-at-all"),
        pytest.param(("plan", "--bogus"), "No such option", id="unknown-option"),
        pytest.param(("plam",), "did you mean `plan`?", id="unknown-command"),
        pytest.param(("plan", "--format", "pdf"), "'pdf' is not one of", id="unknown-format"),
        pytest.param(("apply", "missing.json"), "there is no such plan file", id="no-plan-file"),
    ],
)
def test_wrong_arguments_end_with_1_and_say_what_is_right(bench, arguments, said):
    result = bench.run(*arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["plan", "drift"])
@pytest.mark.parametrize(
    ("out", "said"),
    [
        pytest.param("no/such/folder/plan.json", "no/such/folder\n  fix: create it", id="no-folder"),
        pytest.param("desired", "is a folder\n  fix: name a file", id="a-folder"),
    ],
)
def test_an_unwritable_file_is_a_clear_error_before_anything_is_read(bench, command, out, said):
    result = bench.run(command, "-o", out)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"--out {out}: ")
    assert said in result.stderr
    assert bench.engine.options is None


def test_bad_input_shows_every_problem_and_how_many(bench):
    place = Location("desired/monitors.yaml", 14, 5)
    bench.load_error = InputError(
        [Problem("check_frequency: 10 is below 30", "use 30", place), Problem("b", "c", place)]
    )
    result = bench.run("plan")
    assert result.exit_code == 1
    assert "desired/monitors.yaml:14:5: check_frequency: 10 is below 30\n  fix: use 30\n" in result.stderr
    assert "2 problems; nothing was changed." in result.stderr


def test_bad_input_is_json_when_json_was_asked_for(bench):
    bench.load_error = InputError([Problem("wrong", "right", Location("desired/m.yaml", 14, 5))])
    error = json.loads(bench.run("plan", "--format", "json").stdout)["error"]
    assert error["problems"] == [
        {"message": "wrong", "fix": "right", "file": "desired/m.yaml", "line": 14, "column": 5}
    ]


def test_an_error_ends_with_its_own_code(bench):
    bench.engine.error = LockHeld("run 7 holds the lock", fix="wait")
    result = bench.run("plan")
    assert (result.exit_code, result.stderr) == (4, "run 7 holds the lock\n  fix: wait\n")


def test_a_single_error_inside_a_task_group_is_that_error(bench):
    bench.engine.error = ExceptionGroup("unhandled errors", [LockHeld("run 7 holds the lock")])
    assert bench.run("plan").exit_code == 4


def test_a_bug_is_apologised_for_without_a_traceback(bench):
    bench.engine.error = KeyError("homepage")
    result = bench.run("plan")
    assert result.exit_code == 1
    assert result.stderr.startswith("Sorry, this is a bug in the tool: KeyError: 'homepage'")
    assert "Traceback" not in result.stderr
    assert "Traceback" in bench.run("plan", "-v").stderr


@pytest.mark.parametrize("arguments", [("plan",), ("plan", "-v"), ("plan", "-vv"), ("plan", "--format", "json")])
def test_a_known_secret_is_in_no_error(bench, make, arguments):
    bench.runtime.redactor.add(make.canary, "secret TOKEN")
    bench.engine.error = RuntimeError(f"unexpected {make.canary}")
    result = bench.run(*arguments)
    assert make.canary not in result.output
    assert "(secret TOKEN)" in result.stderr


def test_a_known_secret_is_in_no_plan_and_no_plan_file(bench, make, tmp_path):
    from reconciler.model import FieldDiff

    bench.runtime.redactor.add(make.canary, "secret TOKEN")
    long = "words " * 10 + make.canary + " words" * 40
    diffs = (FieldDiff(("url",), long, {make.canary: [make.canary]}), FieldDiff((make.canary,), "a", long))
    bench.engine.given = make.plan(make.update("monitors/homepage", *diffs), notices=(long,))
    for form in ("text", "json", "markdown"):
        assert make.canary not in bench.run("plan", "--format", form, "-o", "plan.json").output
        assert make.canary not in (tmp_path / "plan.json").read_text()


def test_a_vendor_name_cannot_steer_the_terminal(bench, make):
    row = Unmanaged("b", "monitors", "1", "\x1b[2Jevil\u202e", "\x1b]0;title\x07")
    bench.engine.given = make.plan(unmanaged=(row,))
    assert "\x1b" not in bench.run("plan").output
    bench.engine.error = LockHeld("\x1b[2Jevil")
    assert "\x1b" not in bench.run("plan").output


def test_drift_ends_with_2_and_reads_everything(bench, make):
    from reconciler.model import Address

    assert bench.run("drift").exit_code == 0
    assert bench.engine.coverage
    bench.engine.given = make.plan(drift=(Drift(Address("monitors", "homepage"), "missing"),))
    result = bench.run("drift", "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["drift"][0]["type"] == "missing"


def test_a_drift_report_goes_to_a_file_too(bench, tmp_path):
    result = bench.run("drift", "-o", "drift.md", "--format", "markdown")
    assert (tmp_path / "drift.md").read_text() == result.stdout


def test_ctrl_c_ends_with_130(bench):
    bench.engine.error = KeyboardInterrupt()
    assert bench.run("plan").exit_code == 130
