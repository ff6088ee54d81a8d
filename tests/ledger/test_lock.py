"""The lock: who may take it from whom, and that nothing announced is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconciler.errors import LockHeld
from reconciler.ledger import lock
from reconciler.ledger.state import Announced, LedgerState, RunRecord
from reconciler.model import Address

CREATE = Announced(Address("widgets", "new"), "one", ("new",))


def taken(state: LedgerState, runtime: Any) -> LedgerState:
    return lock.take(state, runtime, commit="c2", digests=("d",), creates=(CREATE,))


HOLDERS = [
    pytest.param({"host": "elsewhere"}, {}, False, id="alive-on-another-host"),
    pytest.param({"pid": 11, "pid_alive": lambda pid: True}, {}, False, id="alive-on-this-host"),
    pytest.param({"pid": 11, "pid_alive": lambda pid: False}, {}, True, id="dead-on-this-host"),
    pytest.param({"host": "elsewhere"}, {"later": timedelta(minutes=11)}, True, id="lease-ran-out"),
    pytest.param({"host": "elsewhere"}, {"later": timedelta(minutes=9)}, False, id="lease-still-good"),
    pytest.param(
        {"host": "elsewhere", "environ": {"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "2"}},
        {"ci": ("5", "1")},
        True,
        id="same-ci-run-higher-attempt",
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
    settled = lock.finished(held, **common, done=[CREATE.address], uncertain=[])
    failed = lock.finished(held, **common, done=[], uncertain=[CREATE.address])
    assert (settled.begin, settled.commit, settled.orphans) == (None, "c2", ())
    assert [o.announced for o in failed.orphans] == [CREATE]


def test_unlocking_keeps_what_was_announced(state: LedgerState, runtime: Callable[..., Any]) -> None:
    free = lock.released(taken(state, runtime()))
    assert free.begin is None
    assert [r.address for r in lock.interrupted(free, runtime())] == [CREATE.address]


def test_forgetting_an_address_forgets_its_announcement_too(state: LedgerState, runtime: Callable[..., Any]) -> None:
    free = lock.released(taken(state, runtime()))
    assert lock.without(free, CREATE.address).orphans == ()
    assert lock.without(free, Address("widgets", "a")).records == {}


def test_renewing_moves_the_lease(state: LedgerState, runtime: Callable[..., Any]) -> None:
    later = runtime().now() + timedelta(minutes=3)
    renewed = lock.renewed(taken(state, runtime()), runtime(now=lambda: later))
    assert renewed.begin is not None
    assert renewed.begin.renewed_at == later
