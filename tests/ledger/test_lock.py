"""The lock: who may take it from whom, and that nothing announced is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger import lock
from reconciler.ledger.state import Announced, Begin, LedgerState, RunRecord
from reconciler.model import Address

CREATE = Announced(Address("widgets", "new"), "one", ("new",))


def taken(state: LedgerState, runtime: Any) -> LedgerState:
    return lock.take(state, runtime, commit="c2", digests=("d",), creates=(CREATE,))


HOLDERS = [
    pytest.param({"host": "elsewhere"}, {}, False, id="alive-on-another-host"),
    pytest.param({"pid": 11, "pid_alive": lambda pid: True}, {}, False, id="alive-on-this-host"),
    pytest.param({"pid": 11, "pid_alive": lambda pid: False}, {}, True, id="dead-on-this-host"),
    pytest.param({"pid_alive": lambda pid: True}, {}, True, id="our-own-number-on-this-host"),
    pytest.param({"host": "elsewhere"}, {"later": timedelta(minutes=11)}, True, id="lease-ran-out"),
    pytest.param({"host": "elsewhere"}, {"later": timedelta(minutes=9)}, False, id="lease-still-good"),
    pytest.param(
        {"host": "elsewhere", "environ": {"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "2"}},
        {"ci": ("5", "1")},
        True,
        id="same-ci-run-higher-attempt",
    ),
    pytest.param(
        {"host": "elsewhere", "environ": {"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "1"}},
        {"ci": ("5", "1")},
        False,
        id="same-ci-run-same-attempt",
    ),
    pytest.param(
        {"host": "elsewhere", "environ": {"GITHUB_RUN_ID": "6", "GITHUB_RUN_ATTEMPT": "2"}},
        {"ci": ("5", "1")},
        False,
        id="another-ci-run",
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "gives_way"), HOLDERS)
def test_a_lock_is_taken_over_only_from_the_dead(
    state: LedgerState, runtime: Callable[..., Any], ours: Any, theirs: Any, gives_way: bool
) -> None:
    run, attempt = theirs.get("ci", ("", "0"))
    environ = {"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt}
    held = taken(state, runtime(environ=environ))
    later = runtime().now() + theirs.get("later", timedelta())
    other = runtime(**{"pid_alive": lambda pid: True, "now": lambda: later, **ours})
    if gives_way:
        assert lock.take(held, other, commit="c3", digests=(), creates=()).begin is not None
        assert [r.address for r in lock.interrupted(held, other)] == [CREATE.address]
    else:
        with pytest.raises(LockHeld, match="pid 10"):
            lock.take(held, other, commit="c3", digests=(), creates=())
        assert lock.interrupted(held, other) == ()


def test_creates_announced_by_several_dead_runs_in_a_row_are_all_remembered(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    other = Announced(Address("widgets", "second"), "one", ("second",))
    first = taken(state, runtime(pid=1))
    second = lock.take(first, runtime(pid=2, pid_alive=lambda p: False), commit="", digests=(), creates=(other,))
    third = runtime(pid=3, pid_alive=lambda p: False)
    assert {r.address.handle for r in lock.interrupted(second, third)} == {"new", "second"}


def test_a_finished_run_leaves_no_lock_and_forgets_what_it_settled(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    held = taken(state, runtime())
    now = runtime().now()
    record = RunRecord("r", "c2", now, now, "me")
    common: dict[str, Any] = {"records": state.records, "scopes": {}, "held": frozenset(), "record": record}
    settled = lock.finished(held, **common, settled=[CREATE.name], uncertain=[])
    failed = lock.finished(held, **common, settled=[], uncertain=[CREATE.address])
    assert (settled.begin, settled.commit, settled.orphans) == (None, "c2", ())
    assert [o.announced for o in failed.orphans] == [CREATE]
    told = replace(record, results=({"address": "widgets/new", "action": "create", "status": "failed"},))
    halfway = lock.finished(held, **{**common, "record": told}, settled=[], uncertain=[CREATE.address])
    assert [o.announced for o in halfway.orphans] == [CREATE]


def test_a_create_that_a_broken_run_says_nothing_about_may_have_happened(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    held = taken(state, runtime())
    now = runtime().now()
    silent = RunRecord("r", "c2", now, now, "me", results=({"address": "widgets/a", "status": "done"},))
    told = replace(silent, results=({"address": "widgets/new", "status": "skipped"},))
    common: dict[str, Any] = {"records": {}, "scopes": {}, "held": frozenset(), "settled": [], "uncertain": []}
    assert [o.announced for o in lock.finished(held, **common, record=silent).orphans] == [CREATE]
    assert lock.finished(held, **common, record=told).orphans == ()


def test_finishing_without_the_lock_is_refused(state: LedgerState, runtime: Callable[..., Any]) -> None:
    with pytest.raises(LedgerError, match="not held"):
        lock.renewed(state, runtime())


def dead(**more: Any) -> dict[str, Any]:
    return {"pid_alive": lambda pid: False, **more}


def recorded(state: LedgerState, begin: Begin | None, *, run: str, after: timedelta) -> LedgerState:
    """The state with a record of what CREATE announces, made by `run` some time after the lock was taken."""
    assert begin is not None
    record = replace(
        state.records[Address("widgets", "a")],
        address=CREATE.address,
        provider=CREATE.provider,
        identity=CREATE.identity,
        run=run or begin.run,
        applied_at=begin.started_at + after,
    )
    return replace(state, records={**state.records, CREATE.address: record})


SETTLED = [
    pytest.param("", timedelta(), False, id="recorded-by-the-run-itself"),
    pytest.param("later", timedelta(seconds=1), False, id="recorded-by-a-later-run"),
    pytest.param("earlier", timedelta(seconds=-1), True, id="recorded-before-and-to-be-made-again"),
]


@pytest.mark.parametrize(("run", "after", "left"), SETTLED)
def test_an_announced_create_is_settled_by_a_record_made_since(
    state: LedgerState, runtime: Callable[..., Any], run: str, after: timedelta, left: bool
) -> None:
    held = taken(state, runtime(pid=1))
    held = recorded(held, held.begin, run=run, after=after)
    found = lock.interrupted(held, runtime(**dead(pid=2)))
    assert [r.address for r in found] == ([CREATE.address] if left else [])
    assert [o.announced for o in lock.released(held).orphans] == ([CREATE] if left else [])


@pytest.mark.parametrize("other", [{"provider": "two"}, {"identity": ("old",)}], ids=["elsewhere", "of-another-name"])
def test_a_record_of_another_object_settles_nothing(
    state: LedgerState, runtime: Callable[..., Any], other: dict[str, Any]
) -> None:
    held = taken(state, runtime(pid=1))
    held = recorded(held, held.begin, run="later", after=timedelta(seconds=1))
    held = replace(held, records={CREATE.address: replace(held.records[CREATE.address], **other)})
    assert [r.address for r in lock.interrupted(held, runtime(**dead(pid=2)))] == [CREATE.address]


def test_of_an_object_announced_again_and_again_the_first_time_counts(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    first = taken(state, runtime(pid=1))
    later = runtime().now() + timedelta(hours=1)
    second = taken(first, runtime(**dead(pid=2, now=lambda: later)))
    (found,) = lock.interrupted(second, runtime(**dead(pid=3, now=lambda: later)))
    assert first.begin is not None
    assert found.run == first.begin.run
    assert found.applied_at == first.begin.started_at - lock.SKEW


def test_an_interrupted_record_owns_nothing_yet(state: LedgerState, runtime: Callable[..., Any]) -> None:
    (found,) = lock.interrupted(taken(state, runtime(pid=1)), runtime(**dead(pid=2)))
    assert (found.interrupted, found.live_id, found.spec, found.identity) == (True, "", {}, ("new",))


def test_a_run_that_died_is_in_the_history(state: LedgerState, runtime: Callable[..., Any]) -> None:
    held = taken(state, runtime(pid=1))
    over = lock.released(held)
    assert held.begin is not None
    assert over.last_run is not None
    assert (over.last_run.run, over.last_run.interrupted, over.last_run.commit) == (held.begin.run, True, "c2")
    assert over.last_run.results == ({"address": "widgets/new", "action": "create", "status": "interrupted"},)


def test_a_commit_that_a_dead_run_began_to_apply_counts_as_applied(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    assert lock.released(taken(state, runtime())).commit == "c2"


def test_a_held_lock_says_who_where_since_when_and_what_to_do(state: LedgerState, runtime: Callable[..., Any]) -> None:
    ci = {
        "GITHUB_ACTOR": "alice",
        "GITHUB_SERVER_URL": "https://git.example.test",
        "GITHUB_REPOSITORY": "org/repo",
        "GITHUB_RUN_ID": "5",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    held = taken(state, runtime(environ=ci))
    with pytest.raises(LockHeld) as caught:
        taken(held, runtime(host="elsewhere"))
    for part in ("alice", "here", "pid 10", "2026-06-01 12:00Z", "https://git.example.test/org/repo/actions/runs/5"):
        assert part in caught.value.message
    assert "12:10Z" in caught.value.fix
    assert "reconcile unlock" in caught.value.fix
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("environ", "user", "holder"),
    [
        pytest.param({"USER": "alice"}, "root", "alice", id="the-environment-first"),
        pytest.param({}, "root", "root", id="the-system-where-a-cron-job-has-no-USER"),
        pytest.param({}, "", "unknown", id="nobody-knows"),
    ],
)
def test_a_lock_names_its_holder(
    state: LedgerState, runtime: Callable[..., Any], environ: dict[str, str], user: str, holder: str
) -> None:
    begin = taken(state, replace(runtime(environ=environ), user=user)).begin
    assert begin is not None
    assert begin.holder == holder


def test_the_lease_is_over_exactly_when_another_may_take_over(state: LedgerState, runtime: Callable[..., Any]) -> None:
    begin = taken(state, runtime()).begin
    assert begin is not None
    for minutes, over in ((9, False), (10, False), (11, True)):
        now = begin.renewed_at + timedelta(minutes=minutes)
        assert lock.lease_is_over(begin, now) is over
        assert lock.holder_is_dead(begin, runtime(host="elsewhere", now=lambda now=now: now)) is over


def test_unlocking_keeps_what_was_announced(state: LedgerState, runtime: Callable[..., Any]) -> None:
    free = lock.released(taken(state, runtime()))
    assert free.begin is None
    assert [r.address for r in lock.interrupted(free, runtime())] == [CREATE.address]


def test_forgetting_an_address_forgets_its_announcement_too(state: LedgerState, runtime: Callable[..., Any]) -> None:
    free = lock.released(taken(state, runtime()))
    assert lock.without(free, CREATE.address).orphans == ()
    assert lock.without(free, Address("widgets", "a")).records == {}
    assert lock.interrupted(lock.without(taken(state, runtime(pid=1)), CREATE.address), runtime(**dead(pid=2))) == ()


def test_renewing_moves_the_lease(state: LedgerState, runtime: Callable[..., Any]) -> None:
    later = runtime().now() + timedelta(minutes=3)
    renewed = lock.renewed(taken(state, runtime()), runtime(now=lambda: later))
    assert renewed.begin is not None
    assert renewed.begin.renewed_at == later
