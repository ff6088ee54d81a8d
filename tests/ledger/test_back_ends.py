"""Both back ends keep what they are given, refuse a lost race, and never take trouble for an empty ledger."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import LedgerError, LedgerRewritten, LedgerUnreachable
from reconciler.git import SubprocessGit
from reconciler.ledger.base import Ledger, LostRace
from reconciler.ledger.codec import META, from_files, spec_out, to_files
from reconciler.ledger.file import FileLedger
from reconciler.ledger.gitref import GitLedger
from reconciler.ledger.state import LedgerState, RunRecord
from reconciler.model import Address

REF = "refs/reconciler/production"


@pytest.fixture(params=["git with a remote", "git without a remote", "folder"])
def ledger(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clone: Callable[..., SubprocessGit],
    environ: dict[str, str],
    run_git: Callable[..., str],
) -> Callable[[], Ledger]:
    if request.param == "folder":
        return lambda: FileLedger(tmp_path / "ledger", os.urandom)
    if request.param == "git with a remote":
        git = clone("one")
    else:
        (tmp_path / "alone").mkdir()
        run_git(tmp_path / "alone", "init", "-q")
        git = SubprocessGit(tmp_path / "alone", environ)
    return lambda: GitLedger(git, "production", os.urandom)


def test_an_absent_ledger_is_empty_with_a_fresh_salt(ledger: Callable[[], Ledger]) -> None:
    first, second = ledger().read(), ledger().read()
    assert (first.records, first.begin, len(first.salt)) == ({}, None, 16)
    assert first.salt != second.salt


def test_what_is_written_is_read_back(ledger: Callable[[], Ledger], state: LedgerState) -> None:
    ledger().write(replace(state, head=ledger().read().head), "finish r1")
    again = ledger().read()
    assert replace(again, head="") == state


def test_a_write_on_an_old_revision_is_a_lost_race(ledger: Callable[[], Ledger], state: LedgerState) -> None:
    head = ledger().write(state, "first").head
    ledger().write(replace(state, head=head, commit="x"), "second")
    with pytest.raises(LostRace):
        ledger().write(replace(state, head=head, commit="y"), "late")
    assert ledger().read().commit == "x"


def test_history_is_newest_first_and_has_each_run_once(
    ledger: Callable[[], Ledger], state: LedgerState, runtime: Callable[..., Any]
) -> None:
    now = runtime().now()
    for number in range(3):
        run = RunRecord(f"r{number}", "c", now, now, "me", results=({"address": "widgets/a", "status": "done"},))
        state = ledger().write(replace(state, last_run=run, head=ledger().read().head), f"finish r{number}")
        state = ledger().write(replace(state, commit=f"after {number}"), "begin another")
    assert [r.run for r in ledger().history(2)] == ["r2", "r1"]


def test_two_clones_racing_leave_one_winner(clone: Callable[..., SubprocessGit], state: LedgerState) -> None:
    one, two = (GitLedger(clone(name), "production", os.urandom) for name in ("one", "two"))
    base_one, base_two = one.read(), two.read()
    one.write(replace(state, head=base_one.head, commit="one"), "begin")
    with pytest.raises(LostRace):
        two.write(replace(state, head=base_two.head, commit="two"), "begin")
    assert two.read().commit == "one"


def test_reading_moves_no_ref(clone: Callable[..., SubprocessGit], run_git: Any, state: LedgerState) -> None:
    one, two = clone("one"), clone("two")
    GitLedger(one, "production", os.urandom).write(state, "begin")
    before = run_git(two.folder, "for-each-ref")
    assert GitLedger(two, "production", os.urandom).read().records
    assert run_git(two.folder, "for-each-ref") == before


def test_a_shallow_clone_reads_and_writes(clone: Callable[..., SubprocessGit], state: LedgerState) -> None:
    GitLedger(clone("one"), "production", os.urandom).write(state, "begin")
    shallow = GitLedger(clone("two", "--depth=1"), "production", os.urandom)
    shallow.write(replace(shallow.read(), commit="from the shallow one"), "finish")
    assert GitLedger(clone("three"), "production", os.urandom).read().commit == "from the shallow one"


def test_an_unreachable_remote_is_an_error_and_never_an_empty_ledger(
    clone: Callable[..., SubprocessGit], remote: Path
) -> None:
    git = clone("one")
    remote.rename(remote.with_name("moved.git"))
    with pytest.raises(LedgerUnreachable, match="unreadable ledger is not an empty one"):
        GitLedger(git, "production", os.urandom).read()


def test_a_rewritten_remote_is_an_error(
    clone: Callable[..., SubprocessGit], remote: Path, run_git: Any, state: LedgerState
) -> None:
    ledger = GitLedger(clone("one"), "production", os.urandom)
    ledger.write(state, "begin")
    other = GitLedger(clone("two"), "elsewhere", os.urandom).write(state, "another chain")
    run_git(remote, "update-ref", REF, other.head)
    with pytest.raises(LedgerRewritten, match="does not continue"):
        ledger.read()


def test_a_ref_that_vanished_from_the_remote_is_an_error(
    clone: Callable[..., SubprocessGit], remote: Path, run_git: Any, state: LedgerState
) -> None:
    ledger = GitLedger(clone("one"), "production", os.urandom)
    ledger.write(state, "begin")
    run_git(remote, "update-ref", "-d", REF)
    with pytest.raises(LedgerRewritten, match="no longer has"):
        ledger.read()


def test_a_damaged_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(LedgerUnreachable, match="damaged"):
        FileLedger(tmp_path, os.urandom).read()


def test_records_of_another_schema_version_are_read(state: LedgerState) -> None:
    files = to_files(state)
    files["widgets.json"] = files["widgets.json"].replace(b'"schema_version": 1', b'"schema_version": 99, "extra": {}')
    assert from_files(files, "h").records[Address("widgets", "a")].schema_version == 99


def test_nothing_but_plain_values_and_references_can_be_recorded() -> None:
    from reconciler.values import SecretValue

    with pytest.raises(LedgerError, match="does not belong in the ledger"):
        spec_out({"token": SecretValue("canary")})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    name=st.sampled_from([META, "widgets.json", "begin.json", "run.json"]),
)
def test_a_malformed_ledger_gives_a_clean_error(body: Any, name: str, state: LedgerState) -> None:
    import json

    files = {**to_files(state), name: json.dumps(body).encode()}
    try:
        from_files(files, "h")
    except LedgerError as error:
        assert "ledger" in str(error)
