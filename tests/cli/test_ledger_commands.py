from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reconciler.errors import LedgerUnreachable
from reconciler.ledger.state import Announced, Begin, LedgerState, RunRecord
from reconciler.model import Address


def begin(make, *, host="there", age=timedelta()):
    made = Announced(Address("monitors", "new"), "betterstack", ("new",))
    return Begin("r9", "alice", host, 99, "1a2b", make.now - age, make.now - age, creates=(made,))


def put(bench, **given):
    state = bench.ledger.read()
    bench.ledger.write(make_state(state, **given), "test")


def make_state(state, **given):
    from dataclasses import replace

    return replace(state, **given)


def test_history_lists_runs_the_last_one_first(bench, make):
    for number in (1, 2):
        record = RunRecord(f"r{number}", "1a2b3c", make.now, make.now, "ci", results=(
            {"address": "monitors/a", "action": "create", "status": "done"},
        ))  # fmt: skip
        put(bench, last_run=record)
    lines = bench.run("history").stdout.splitlines()
    assert [line.split()[2] for line in lines if line.startswith("2026")] == ["r2", "r1"]
    assert "1 create done" in lines[1]
    document = json.loads(bench.run("history", "--format", "json", "-n", "1").stdout)
    assert [run["run"] for run in document["runs"]] == ["r2"]


def test_history_does_not_say_that_a_run_that_died_changed_nothing(bench, make):
    put(bench, last_run=RunRecord("r1", "1a2b3c", make.now, make.now, "ci", interrupted=True))
    shown = bench.run("history").stdout
    assert "(interrupted)" in shown
    assert "no change" not in shown
    assert "it was killed, or is still running" in shown


def test_history_of_nothing_says_so(bench):
    assert bench.run("history").stdout.startswith("No run has applied anything yet")


def test_an_unreachable_ledger_is_an_error_not_an_empty_one(bench):
    bench.ledger.store.faults = lambda operation, phase: LedgerUnreachable("origin does not answer", fix="try again")
    result = bench.run("unlock")
    assert (result.exit_code, result.stderr) == (1, "origin does not answer\n  fix: try again\n")


def test_unlock_without_a_lock_does_nothing(bench):
    assert bench.run("unlock").stdout.startswith("Nobody holds the lock")
    assert bench.ledger.store.writes == []


def test_unlock_shows_the_holder_and_keeps_what_it_announced(bench, make):
    put(bench, begin=begin(make))
    result = bench.run("unlock", "--yes")
    assert "run r9 by alice on there (pid 99)" in result.stdout
    assert "It may well be ALIVE" in result.stdout
    state = bench.ledger.read()
    assert state.begin is None
    assert [str(o.announced.address) for o in state.orphans] == ["monitors/new"]


def test_unlock_asks_and_takes_only_yes(bench, make):
    put(bench, begin=begin(make, age=timedelta(hours=1)))
    bench.interactive = True
    result = bench.run("unlock", answer="no\n")
    assert result.exit_code == 130
    assert "It is dead, as far as this machine can tell" in result.stdout
    assert bench.ledger.read().begin is not None
    assert bench.run("unlock", answer="yes\n").exit_code == 0
    assert bench.ledger.read().begin is None


def test_unlock_without_a_terminal_shows_the_holder_and_refuses(bench, make):
    put(bench, begin=begin(make))
    result = bench.run("unlock")
    assert result.exit_code == 1
    assert "alice" in result.stdout
    assert bench.ledger.read().begin is not None


def test_forget_shows_the_record_and_removes_only_that(bench, make):
    records = {Address.parse(a): make.record(a) for a in ("monitors/a", "monitors/b")}
    put(bench, records=records)
    result = bench.run("forget", "monitors/a", "--yes")
    assert result.exit_code == 0
    assert "live id: 812 in betterstack" in result.stdout
    assert list(bench.ledger.read().records) == [Address("monitors", "b")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("monitors/aa", "did you mean monitors/a?", id="near-miss"),
        pytest.param("homepage", "write collection/handle", id="no-address"),
    ],
)
def test_forget_of_what_is_not_recorded_is_an_error(bench, make, address, said):
    put(bench, records={Address("monitors", "a"): make.record("monitors/a")})
    result = bench.run("forget", address, "--yes")
    assert result.exit_code == 1
    assert said in result.stderr


def test_forget_while_a_run_is_applying_is_refused(bench, make):
    put(bench, records={Address("monitors", "a"): make.record("monitors/a")}, begin=begin(make))
    assert bench.run("forget", "monitors/a", "--yes").exit_code == 4
    assert Address("monitors", "a") in bench.ledger.read().records


def test_forget_asks(bench, make):
    put(bench, records={Address("monitors", "a"): make.record("monitors/a")})
    bench.interactive = True
    assert bench.run("forget", "monitors/a", answer="\n").exit_code == 130
    assert Address("monitors", "a") in bench.ledger.read().records


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("providers: {}\n", "names no environment", id="no-name"),
        pytest.param("a: [\n", "environment.yaml", id="broken-yaml"),
        pytest.param(None, "does not exist", id="no-file"),
    ],
)
def test_without_an_environment_name_there_is_no_ledger_to_open(bench, tmp_path, text, said):
    if text is None:
        (tmp_path / "desired" / "environment.yaml").unlink()
    else:
        bench.write("environment.yaml", text)
    result = bench.run("history")
    assert result.exit_code == 1
    assert said in result.stderr


def test_an_empty_state_has_no_lock():
    assert LedgerState().begin is None
