"""What goes wrong on real days, and that nothing is lost or doubled by it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler.errors import AnswerLost, CredentialRejected, InputError, LockHeld, Refused, Unavailable
from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
TWO = {"widgets": {"a": {"url": SITE}, "b": {"url": SITE}}}


class Crash(BaseException):
    """The process is gone."""


def once(operation: str, phase: str, error: BaseException) -> Any:
    left = [error]

    def fault(seen: str, when: str) -> BaseException | None:
        return left.pop() if left and seen.startswith(operation) and when == phase else None

    return fault


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_lost_answer_to_a_create_is_looked_up_and_never_doubled(lab: Any, phase: str) -> None:
    lab.desire(TWO)
    lab.world.faults = once("create widgets/a", phase, AnswerLost("reset"))
    outcome = await lab.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert len(lab.world.objects["widgets"]) == 2
    assert await lab.lines() == []


async def test_a_lost_create_and_somebody_elses_object_of_that_name_stop_for_a_person(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})

    def fault(operation: str, phase: str) -> BaseException | None:
        if operation.startswith("create") and phase == "after":
            lab.world.add("widgets", name="a", url="https://theirs.example.test/")
            return AnswerLost("reset")
        return None

    lab.world.faults = fault
    outcome = await lab.apply()
    assert [r.status for r in outcome.results] == ["failed"]
    assert "cannot be told whether" in outcome.results[0].reason
    assert len(lab.world.objects["widgets"]) == 2


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_lost_answer_to_an_update_or_delete_converges(lab: Any, phase: str) -> None:
    lab.desire(TWO)
    await lab.apply()
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x"}}})
    lab.world.faults = lambda operation, when: None
    seen: set[str] = set()

    def fault(operation: str, when: str) -> BaseException | None:
        verb = operation.split()[0]
        if verb in ("update", "delete") and when == phase and verb not in seen:
            seen.add(verb)
            return AnswerLost("reset")
        return None

    lab.world.faults = fault
    outcome = await lab.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert seen == {"update", "delete"}
    assert set(lab.shown("widgets")) == {"a"}
    assert lab.shown("widgets")["a"]["notes"] == "x"


async def test_a_failed_change_stops_only_what_waits_for_it(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}, "b": {"url": SITE}}})
    lab.world.faults = lambda operation, phase: Refused("no") if operation == "create groups/g" else None
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results} == {
        "groups/g": "failed",
        "widgets/a": "skipped",
        "widgets/b": "done",
    }
    lab.world.faults = lambda operation, phase: None
    await lab.apply()
    assert await lab.lines() == []


async def test_a_provider_that_is_down_is_skipped_while_others_go_on(lab: Any) -> None:
    lab.worlds["other"] = MemoryWorld(now=lab.clock.now)
    providers = {"memory": {}, "second": {"type": "memory"}}
    objects = {"widgets": {"a": {"url": SITE, "lifecycle": {"provider": "memory"}}}}
    lab.desire(objects, providers=providers)
    lab.world.faults = lambda operation, phase: Unavailable("503 from the vendor") if operation == "whoami" else None
    plan = await lab.plan()
    assert plan.changes == ()
    assert plan.providers["memory"].status == "skipped"
    assert plan.unknown[0].needed


async def test_a_rejected_credential_is_said_and_is_the_users_error(lab: Any) -> None:
    lab.desire(TWO)
    lab.world.faults = lambda operation, phase: CredentialRejected("401") if operation == "whoami" else None
    plan = await lab.plan()
    assert plan.providers["memory"].credential


async def test_a_token_of_another_account_runs_nothing(lab: Any) -> None:
    lab.desire(TWO)
    await lab.apply()
    lab.world.account = "another"
    lab.desire({"widgets": {"a": {"url": SITE, "notes": "x"}, "b": {"url": SITE}}})
    writes = len(lab.world.writes)
    outcome = await lab.apply()
    assert len(lab.world.writes) == writes
    assert "another account" in outcome.plan.providers["memory"].reason
    assert "credential of the right account" in outcome.plan.providers["memory"].next


async def test_a_listing_that_fails_is_not_taken_for_an_empty_one(lab: Any) -> None:
    lab.desire(TWO)
    await lab.apply()
    lab.world.faults = lambda operation, phase: Unavailable("timeout") if operation == "list widgets" else None
    plan = await lab.plan()
    assert plan.changes == ()
    assert plan.drift == ()


async def test_two_runs_at_once_leave_one_winner_and_no_doubles(lab: Any) -> None:
    lab.desire(TWO)
    lab.world.latency = 0.05
    alive = {"pid_alive": lambda pid: True}
    one, two = await asyncio.gather(lab.apply(runtime=alive), lab.apply(runtime=alive), return_exceptions=True)
    assert sorted(isinstance(x, Exception) for x in (one, two)) == [False, True]
    assert len(lab.world.objects["widgets"]) == 2


async def test_a_live_lock_is_respected_and_names_its_holder(lab: Any) -> None:
    lab.desire(TWO)
    lab.world.faults = once("create widgets/a", "before", Crash())
    with pytest.raises(Crash):
        await lab.apply()
    with pytest.raises(LockHeld, match="pid"):
        await lab.apply(runtime={"pid_alive": lambda pid: True})
    assert {r.status for r in (await lab.apply()).results} == {"done"}


async def test_an_interrupt_while_reading_has_nothing_to_finish(lab: Any) -> None:
    lab.desire(TWO)
    answers = []

    def fault(operation: str, phase: str) -> None:
        if operation.startswith("list") and not answers:
            answers.append(lab.last.interrupt())

    lab.world.faults = fault
    await lab.apply()
    assert answers == [False]


async def test_an_interrupt_finishes_what_is_in_flight_and_the_rest_can_be_applied_later(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}}})

    def fault(operation: str, phase: str) -> None:
        if operation == "create groups/g" and phase == "before":
            assert lab.last.interrupt()

    lab.world.faults = fault
    outcome = await lab.apply()
    assert outcome.interrupted
    assert {str(r.address): r.status for r in outcome.results} == {"groups/g": "done", "widgets/a": "interrupted"}
    assert lab.store.state.begin is None
    lab.world.faults = lambda operation, phase: None
    await lab.apply()
    assert await lab.lines() == []


async def test_a_ledger_that_cannot_be_written_at_the_end_is_said_and_recovered_from(lab: Any) -> None:
    from reconciler.errors import LedgerUnreachable

    lab.desire(TWO)
    lab.store.faults = lambda operation, phase: (
        LedgerUnreachable("push failed") if operation.startswith("write finish") and phase == "before" else None
    )
    outcome = await lab.apply()
    assert "could not be written" in outcome.errors[0]
    lab.store.faults = lambda operation, phase: None
    assert await lab.lines() == ["record widgets/a", "record widgets/b"]
    await lab.apply()
    assert len(lab.world.objects["widgets"]) == 2
    assert await lab.lines() == []


async def test_a_holder_that_cannot_renew_stops_writing(lab: Any) -> None:
    from reconciler.errors import LedgerUnreachable

    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}}})
    lab.world.latency = 200.0
    lab.store.faults = lambda operation, phase: (
        LedgerUnreachable("no route") if operation.startswith("write renew") else None
    )
    outcome = await lab.apply()
    assert "interrupted" in {r.status for r in outcome.results}
    assert len(lab.world.objects["widgets"]) == 0


async def test_an_instance_that_disappears_while_it_has_records_is_an_error(lab: Any) -> None:
    lab.desire(TWO)
    await lab.apply()
    lab.desire({}, providers={"renamed": {"type": "memory"}})
    with pytest.raises(InputError, match=r"gone from environment\.yaml"):
        await lab.plan()


async def test_a_plugin_bug_is_named_and_does_not_stop_the_run(lab: Any) -> None:
    lab.desire(TWO)
    lab.world.faults = lambda operation, phase: KeyError("x") if operation == "create widgets/a" else None
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results} == {"widgets/a": "failed", "widgets/b": "done"}
    assert "KeyError" in outcome.results[0].reason


async def test_a_machine_that_slept_past_its_lease_writes_nothing_more(lab: Any) -> None:
    lab.desire({"groups": {"g": {}}, "widgets": {"a": {"url": SITE, "group": "g"}}})
    lab.world.faults = lambda operation, phase: (
        lab.clock.advance(3600) if operation == "create groups/g" and phase == "after" else None
    )
    outcome = await lab.apply()
    assert {str(r.address): r.status for r in outcome.results} == {"groups/g": "done", "widgets/a": "interrupted"}
    assert lab.shown("widgets") == {}


async def test_a_person_who_was_disabled_and_is_listed_again_comes_back_without_an_approval(lab: Any) -> None:
    lab.world.add("people", email="p@x.test", state="locked")
    lab.desire({"people": {"p@x.test": {"state": "active"}}})
    await lab.apply()
    assert lab.shown("people")["p@x.test"]["state"] == "active"
    assert await lab.lines() == []


async def test_a_crash_after_making_again_what_was_deleted_outside_is_recovered_from(lab: Any) -> None:
    lab.environ["KEY"] = "a secret that is long enough"
    lab.desire({"widgets": {"a": {"url": SITE, "password": {"secret": "KEY"}}}})
    await lab.apply()
    lab.world.drop(lab.world.ids("widgets")[0])
    lab.world.faults = once("create widgets/a", "after", Crash())
    with pytest.raises(Crash):
        await lab.apply()
    outcome = await lab.apply()
    assert {r.status for r in outcome.results} == {"done"}
    assert len(lab.world.objects["widgets"]) == 1
    assert await lab.lines() == []


async def test_what_a_delete_takes_away_is_in_the_ledger_before_it_is_sent(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE, "api_key": {"secret": "KEY"}}, "b": {"url": SITE}}})
    lab.environ["KEY"] = "a secret that is long enough"
    await lab.apply()
    lab.desire({"widgets": {"b": {"url": SITE}}})
    lab.world.faults = once("delete", "before", Crash())
    with pytest.raises(Crash):
        await lab.apply()
    (kept,) = lab.store.state.last_run.backups
    assert (kept["address"], kept["values"]["url"]) == ("widgets/a", SITE)
    assert "long enough" not in str(kept)
    await lab.apply()
    assert any(run.backups for run in lab.store.runs)


async def test_a_refused_create_leaves_no_claim_on_what_others_make_later(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    lab.world.faults = once("create widgets/a", "before", Refused("no"))
    await lab.apply()
    assert lab.store.state.orphans == ()
    lab.clock.advance(60)
    lab.world.add("widgets", name="a", url="https://theirs.example.test/")
    assert await lab.lines() == ["adopt widgets/a held"]


async def test_a_create_that_failed_half_way_stays_ours(lab: Any) -> None:
    lab.desire({"widgets": {"a": {"url": SITE}}})
    lab.world.faults = once("create widgets/a", "after", Refused("the second call was refused"))
    await lab.apply()
    assert [str(o.announced.address) for o in lab.store.state.orphans] == ["widgets/a"]
    assert await lab.lines() == ["record widgets/a"]
    await lab.apply()
    assert lab.store.state.orphans == ()
