"""The ledger as a folder: whole or as it was, and damage or loss is never taken for empty."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import LedgerError, LedgerUnreachable
from reconciler.ledger import file as file_module
from reconciler.ledger.file import FileLedger
from reconciler.ledger.state import LedgerState, RunRecord


@pytest.fixture
def ledger(tmp_path: Path) -> FileLedger:
    return FileLedger(tmp_path / ".reconciler" / "ledger" / "production", os.urandom)


def with_run(state: LedgerState, name: str, runtime: Any) -> LedgerState:
    now = runtime().now()
    return replace(state, last_run=RunRecord(name, "c", now, now, "me"))


def test_reading_makes_nothing(ledger: FileLedger) -> None:
    ledger.read()
    ledger.history(3)
    assert not ledger.folder.exists()


def test_its_files_are_its_owners(ledger: FileLedger, state: LedgerState, runtime: Any) -> None:
    ledger.write(with_run(state, "r1", runtime), "finish r1")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in ledger.folder.rglob("*.json")}
    assert (modes, stat.S_IMODE(ledger.folder.stat().st_mode)) == ({0o600}, 0o700)


def test_a_write_cut_short_leaves_what_was(
    ledger: FileLedger, state: LedgerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = ledger.write(state, "first")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LedgerUnreachable, match="cannot be written: No space left on device"):
        ledger.write(replace(written, commit="x"), "second")
    monkeypatch.undo()
    assert ledger.read() == written
    assert ledger.write(replace(written, commit="y"), "second").commit == "y"


def test_a_run_whose_own_file_was_not_written_any_more_is_in_the_history(
    ledger: FileLedger, state: LedgerState, runtime: Any
) -> None:
    ledger.write(with_run(state, "r1", runtime), "finish r1")
    (ledger.folder / "runs" / "r1.json").unlink()
    assert [run.run for run in ledger.history(3)] == ["r1"]


def test_only_so_many_runs_are_kept(
    ledger: FileLedger, state: LedgerState, runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "KEPT_RUNS", 3)
    for number in range(5):
        state = ledger.write(with_run(state, f"r{number}", runtime), f"finish r{number}")
    assert [run.run for run in ledger.history(9)] == ["r4", "r3", "r2"]


def test_a_state_that_is_gone_is_an_error_and_not_an_empty_ledger(
    ledger: FileLedger, state: LedgerState, runtime: Any
) -> None:
    ledger.write(with_run(state, "r1", runtime), "finish r1")
    (ledger.folder / "state.json").unlink()
    with pytest.raises(LedgerError, match="is gone, though"):
        ledger.read()


def test_a_damaged_run_is_named(ledger: FileLedger, state: LedgerState, runtime: Any) -> None:
    ledger.write(with_run(state, "r1", runtime), "finish r1")
    (ledger.folder / "runs" / "r0.json").write_text("{}")
    with pytest.raises(LedgerError, match=r"runs/r0.json is damaged: 'run' is missing"):
        ledger.history(3)


def test_what_cannot_be_read_is_unreachable(ledger: FileLedger) -> None:
    (ledger.folder / "state.json").mkdir(parents=True)
    with pytest.raises(LedgerUnreachable, match="cannot be read"):
        ledger.read()


def test_a_folder_that_cannot_be_made_is_unreachable(ledger: FileLedger, state: LedgerState) -> None:
    ledger.folder.parent.parent.write_text("a file")
    with pytest.raises(LedgerError):
        ledger.read()
    with pytest.raises(LedgerUnreachable, match="cannot be written"):
        ledger.write(state, "begin")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=20)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["head", "files", "ledger.json", "a.json"]), inner, max_size=3),
        max_leaves=8,
    ).map(lambda body: json.dumps(body).encode())
)
def test_damage_is_a_clean_error(ledger: FileLedger, content: bytes) -> None:
    ledger.folder.mkdir(parents=True, exist_ok=True)
    (ledger.folder / "state.json").write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged|format"):
        ledger.read()
