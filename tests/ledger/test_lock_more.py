"""Who is dead, told from the outside: by host, process number, CI attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import LockHeld
from reconciler.ledger import lock
from reconciler.ledger.state import Announced, LedgerState, RunRecord
from reconciler.model import Address

CREATE = Announced(Address("widgets", "new"), "one", ("new",))
ATTEMPT = {"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "2"}


def taken(state: LedgerState, runtime: Any) -> LedgerState:
    return lock.take(state, runtime, commit="c2", digests=("d",), creates=(CREATE,))


def test_a_holder_on_another_host_is_not_judged_by_the_processes_here(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    held = taken(state, runtime(pid=10))
    with pytest.raises(LockHeld):
        taken(held, runtime(host="elsewhere", pid=11, pid_alive=lambda pid: False))


def test_a_holder_whose_number_is_now_ours_is_dead(state: LedgerState, runtime: Callable[..., Any]) -> None:
    held = taken(state, runtime(pid=10))
    assert taken(held, runtime(pid=10, pid_alive=lambda pid: True)).begin is not None


def test_the_same_attempt_of_a_ci_run_does_not_take_its_own_lock(
    state: LedgerState, runtime: Callable[..., Any]
) -> None:
    held = taken(state, runtime(environ=ATTEMPT))
    with pytest.raises(LockHeld):
        taken(held, runtime(environ=ATTEMPT, host="elsewhere"))


def test_a_create_that_failed_half_way_stays_announced(state: LedgerState, runtime: Callable[..., Any]) -> None:
    held, now = taken(state, runtime()), runtime().now()
    record = RunRecord("r", "c2", now, now, "me", results=({"address": "widgets/new", "status": "failed"},))
    common: dict[str, Any] = {"records": {}, "scopes": {}, "held": frozenset(), "record": record, "settled": []}
    assert [o.announced for o in lock.finished(held, **common, uncertain=[CREATE.address]).orphans] == [CREATE]
    assert lock.finished(held, **common, uncertain=[]).orphans == ()
