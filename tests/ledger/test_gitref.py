"""The ledger as a git ref: the remote is the truth, reading moves nothing, and trouble is never taken for empty."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import LedgerError, LedgerRewritten, LedgerUnreachable
from reconciler.git import GitError, SubprocessGit
from reconciler.ledger import lock
from reconciler.ledger.base import LostRace
from reconciler.ledger.gitref import GitLedger
from reconciler.ledger.state import LedgerState
from reconciler.model import Address

REF = "refs/reconciler/production"
Clone = Callable[..., SubprocessGit]


def over(git: SubprocessGit, environment: str = "production") -> GitLedger:
    return GitLedger(git, environment, lambda: LedgerState(salt=os.urandom(16)))


def test_two_clones_racing_leave_one_winner(clone: Clone, state: LedgerState) -> None:
    one, two = over(clone("one")), over(clone("two"))
    base_one, base_two = one.read(), two.read()
    one.write(replace(state, head=base_one.head, commit="one"), "begin")
    with pytest.raises(LostRace):
        two.write(replace(state, head=base_two.head, commit="two"), "begin")
    assert two.read().commit == "one"


def test_many_clones_pushing_at_once_leave_one_winner(clone: Clone, runtime: Any, state: LedgerState) -> None:
    clones = [clone(f"c{number}") for number in range(5)]
    ledgers = [over(git) for git in clones]
    base = ledgers[0].write(state, "first")
    start, won = threading.Barrier(len(ledgers)), []

    def take(number: int) -> None:
        mine = lock.take(ledgers[number].read(), runtime(host=f"h{number}"), commit="", digests=(), creates=())
        start.wait()
        try:
            won.append(ledgers[number].write(mine, "begin"))
        except LostRace:
            return

    threads = [threading.Thread(target=take, args=(number,)) for number in range(len(ledgers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert {over(git).read().begin for git in clones} == {won[0].begin}
    assert base.head != won[0].head


def test_reading_moves_no_ref(clone: Clone, run_git: Any, state: LedgerState) -> None:
    one, two = clone("one"), clone("two")
    over(one).write(state, "begin")
    before = run_git(two.folder, "for-each-ref")
    ledger = over(two)
    assert ledger.read().records
    ledger.history(5)
    ledger.describe()
    assert run_git(two.folder, "for-each-ref") == before


def test_writing_moves_the_ledgers_ref_and_no_other(
    clone: Clone, run_git: Any, remote: Path, state: LedgerState
) -> None:
    git = clone("one")
    before = {folder: set(run_git(folder, "for-each-ref").splitlines()) for folder in (git.folder, remote)}
    head = over(git).write(state, "begin").head
    for folder, refs in before.items():
        assert set(run_git(folder, "for-each-ref").splitlines()) - refs == {f"{head} commit\t{REF}"}


def test_the_chain_is_the_audit_log(clone: Clone, run_git: Any, state: LedgerState) -> None:
    git = clone("one")
    first = over(git).write(state, "begin r1")
    over(git).write(replace(first, commit="x"), "finish r1")
    assert run_git(git.folder, "log", "--format=%s", REF).splitlines() == [
        "production: finish r1",
        "production: begin r1",
    ]


def test_environments_do_not_share_a_ledger(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    over(git, "staging").write(state, "begin")
    assert over(git).read().records == {}


@pytest.mark.parametrize("depth", [("--depth=1",), ("--single-branch",), ("--no-checkout",)], ids=lambda d: d[0])
def test_any_clone_reads_and_writes(clone: Clone, state: LedgerState, depth: tuple[str, ...]) -> None:
    over(clone("one")).write(state, "begin")
    partial = over(clone("two", *depth))
    partial.write(replace(partial.read(), commit="from the other one"), "finish")
    assert over(clone("three")).read().commit == "from the other one"


def test_a_shallow_clone_stays_as_shallow_as_it_was(clone: Clone, state: LedgerState) -> None:
    one, shallow = clone("one"), clone("two", "--depth=1")
    over(one).write(state, "begin")
    before = (shallow.folder / ".git" / "shallow").read_text()
    over(shallow).read()
    over(one).read()
    assert (shallow.folder / ".git" / "shallow").read_text() == before
    assert not (one.folder / ".git" / "shallow").exists()


def test_a_detached_head_reads_and_writes(clone: Clone, run_git: Any, state: LedgerState) -> None:
    git = clone("one")
    run_git(git.folder, "checkout", "-q", "--detach")
    assert over(git).write(state, "begin") == over(git).read()


def test_an_unreachable_remote_is_an_error_and_never_an_empty_ledger(
    clone: Clone, remote: Path, state: LedgerState
) -> None:
    git = clone("one")
    remote.rename(remote.with_name("moved.git"))
    with pytest.raises(LedgerUnreachable, match="never taken for empty") as caught:
        over(git).read()
    assert "git remote -v" in caught.value.fix
    with pytest.raises(LedgerUnreachable, match="cannot be written"):
        over(git).write(state, "begin")
    with pytest.raises(LedgerUnreachable):
        over(git).history(3)


def test_a_rewritten_remote_is_an_error_and_the_fix_accepts_it(
    clone: Clone, remote: Path, run_git: Any, state: LedgerState
) -> None:
    git = clone("one")
    over(git).write(state, "begin")
    other = over(clone("two"), "elsewhere").write(replace(state, commit="other"), "another chain")
    run_git(remote, "update-ref", REF, other.head)
    with pytest.raises(LedgerRewritten, match="does not continue") as caught:
        over(git).read()
    run_git(git.folder, *caught.value.fix.partition("git ")[2].split())
    assert over(git).read().commit == "other"


def test_a_remote_wound_back_is_an_error(clone: Clone, remote: Path, run_git: Any, state: LedgerState) -> None:
    ledger = over(clone("one"))
    first = ledger.write(state, "begin")
    ledger.write(replace(first, commit="x"), "finish")
    run_git(remote, "update-ref", REF, first.head)
    with pytest.raises(LedgerRewritten, match="does not continue"):
        ledger.read()


def test_a_ref_that_vanished_from_the_remote_is_an_error_and_the_fix_restores_it(
    clone: Clone, remote: Path, run_git: Any, state: LedgerState
) -> None:
    git = clone("one")
    written = over(git).write(state, "begin")
    run_git(remote, "update-ref", "-d", REF)
    with pytest.raises(LedgerRewritten, match=f"origin has no {REF}") as caught:
        over(git).read()
    run_git(git.folder, *caught.value.fix.partition("git ")[2].split())
    assert over(git).read() == written


def test_a_remote_added_later_says_how_to_bring_the_ledger_there(
    alone: SubprocessGit, remote: Path, run_git: Any, state: LedgerState
) -> None:
    written = over(alone).write(state, "begin")
    run_git(alone.folder, "remote", "add", "origin", remote.as_uri())
    with pytest.raises(LedgerRewritten, match="was added after") as caught:
        over(alone).read()
    run_git(alone.folder, *caught.value.fix.partition("git ")[2].split())
    assert over(alone).read() == written


@dataclass(slots=True)
class Faulty(SubprocessGit):
    """Git whose push fails, before or after it has taken effect."""

    arrives: bool = True

    def push(self, commit: str, ref: str) -> None:
        if self.arrives:
            SubprocessGit.push(self, commit, ref)
        raise GitError("git push took longer than 60 s and was stopped", fix="check the network")


def test_a_push_whose_answer_was_lost_has_happened(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    faulty = over(Faulty(git.folder, git.environ))
    assert faulty.write(state, "begin") == over(git).read()


def test_a_push_that_never_arrived_is_an_error(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    with pytest.raises(LedgerUnreachable, match="took longer"):
        over(Faulty(git.folder, git.environ, arrives=False)).write(state, "begin")
    assert over(git).read().head == ""


@dataclass(slots=True)
class Overtaken(SubprocessGit):
    """Git in a clone where another run writes right after our push, before we note what we saw."""

    def push(self, commit: str, ref: str) -> None:
        SubprocessGit.push(self, commit, ref)
        other = over(SubprocessGit(self.folder, self.environ))
        other.write(replace(other.read(), commit="newer"), "renew")


def test_what_this_clone_saw_is_not_taken_back(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    over(Overtaken(git.folder, git.environ)).write(state, "begin")
    assert git.local_ref(REF) == over(git).read().head
    assert over(git).read().commit == "newer"


def test_a_lock_file_left_by_a_dead_git_does_not_undo_a_push(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    left = git.folder / ".git" / f"{REF}.lock"
    left.parent.mkdir(parents=True)
    left.touch()
    assert over(git).write(state, "begin") == over(git).read()


def test_a_damaged_ledger_in_git_is_an_error(clone: Clone, state: LedgerState) -> None:
    git = clone("one")
    git.update_ref(REF, bad := git.commit_files({"ledger.json": b"{"}, "", "by hand"), "")
    git.push(bad, REF)
    with pytest.raises(LedgerError, match=r"ledger\.json is damaged"):
        over(git).read()


def test_a_thousand_records_are_read_in_well_under_200_ms(alone: SubprocessGit, state: LedgerState) -> None:
    record = state.records[Address("widgets", "a")]
    addresses = [Address(f"kind{number % 7}", f"object-{number}") for number in range(1000)]
    records = {address: replace(record, address=address) for address in addresses}
    over(alone).write(replace(state, records=records), "finish")
    took = []
    for _ in range(5):
        start = time.perf_counter()
        assert len(over(alone).read().records) == 1000
        took.append(time.perf_counter() - start)
    assert min(took) < 0.2
