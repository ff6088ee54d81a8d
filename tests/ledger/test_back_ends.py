"""What every back end does alike: it keeps what it is given, and refuses a lost race."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.git import SubprocessGit
from reconciler.ledger.base import Ledger, LostRace
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.ledger.open import open_ledger
from reconciler.ledger.state import LedgerState, RunRecord
from reconciler.model import Address
from reconciler.runtime import Runtime
from reconciler.values import SecretValue

Open = Callable[[], Ledger]


@pytest.fixture(params=["git with a remote", "git without a remote", "folder", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, git_environ: dict[str, str]) -> Open:
    """Opens the same ledger again and again, as one run after another does."""
    runtime = replace(Runtime(), git=lambda folder: SubprocessGit(folder, git_environ))
    if request.param == "memory":
        store = Store()
        return lambda: MemoryLedger(store, os.urandom(16))
    root = tmp_path / "plain"
    root.mkdir()
    if request.param == "git with a remote":
        root = request.getfixturevalue("clone")("one").folder
    elif request.param == "git without a remote":
        root = request.getfixturevalue("alone").folder
    return lambda: open_ledger(root, "production", runtime)


def test_an_absent_ledger_is_empty_with_a_fresh_salt(ledger: Open) -> None:
    first, second = ledger().read(), ledger().read()
    assert (first.records, first.begin, len(first.salt)) == ({}, None, 16)
    assert first.salt != second.salt


def test_the_first_write_keeps_the_salt(ledger: Open) -> None:
    first = ledger().read()
    ledger().write(first, "first")
    assert ledger().read().salt == first.salt


def test_what_is_written_is_read_back(ledger: Open, state: LedgerState) -> None:
    written = ledger().write(replace(state, head=ledger().read().head), "finish r1")
    assert ledger().read() == written
    assert replace(written, head="") == state


def test_a_write_on_an_old_revision_is_a_lost_race(ledger: Open, state: LedgerState) -> None:
    head = ledger().write(replace(state, head=ledger().read().head), "first").head
    ledger().write(replace(state, head=head, commit="x"), "second")
    with pytest.raises(LostRace):
        ledger().write(replace(state, head=head, commit="y"), "late")
    assert ledger().read().commit == "x"


def test_a_first_write_on_what_exists_by_now_is_a_lost_race(ledger: Open, state: LedgerState) -> None:
    absent = ledger().read()
    ledger().write(absent, "first")
    with pytest.raises(LostRace):
        ledger().write(replace(state, head=absent.head), "also first")
    assert ledger().read().records == {}


def test_of_several_writers_at_once_one_wins_each_round(ledger: Open) -> None:
    def attempt(number: int, state: LedgerState) -> int:
        try:
            ledger().write(replace(state, commit=f"c{number}"), "begin")
        except LostRace:
            return 0
        return 1

    for _ in range(3):
        state = ledger().read()
        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(attempt, range(6), [state] * 6)) == 1


def test_history_is_newest_first_and_has_each_run_once(ledger: Open, state: LedgerState, runtime: Any) -> None:
    now = runtime().now()
    for number in range(4):
        run = RunRecord(f"r{number}", "c", now, now, "me", results=({"address": "widgets/a", "status": "done"},))
        state = ledger().write(replace(state, last_run=run, head=ledger().read().head), f"finish r{number}")
        state = ledger().write(replace(state, commit=f"after {number}"), "begin another")
    assert [r.run for r in ledger().history(3)] == ["r3", "r2", "r1"]
    assert ledger().history(1) == (replace(run),)
    assert len(ledger().history(100)) == 4


def test_nothing_was_run_where_no_ledger_is(ledger: Open) -> None:
    assert ledger().history(5) == ()


def test_where_it_is_is_said(ledger: Open) -> None:
    assert ledger().describe()


def test_backups_may_hold_what_providers_report(ledger: Open, state: LedgerState, runtime: Any) -> None:
    now = runtime().now()
    values = {"seen": now, "regions": frozenset({"b", "a"}), "token": SecretValue("canary", "TOKEN")}
    run = RunRecord("r1", "c", now, now, "me", backups=({"address": "widgets/a", "values": values},))
    ledger().write(replace(state, last_run=run, head=ledger().read().head), "finish r1")
    (found,) = ledger().history(1)
    assert "canary" not in str(found)


def test_a_collection_may_have_the_name_of_a_file_of_the_ledger(ledger: Open, state: LedgerState) -> None:
    record = state.records[Address("widgets", "a")]
    records = {Address(c, "a"): replace(record, address=Address(c, "a")) for c in ("run", "ledger", "begin", "project")}
    ledger().write(replace(state, records=records, head=ledger().read().head), "finish")
    assert ledger().read().records == records
