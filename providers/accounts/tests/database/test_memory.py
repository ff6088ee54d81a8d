"""What only the stand-in in memory has: turns of its own, and faults in store."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler import AnswerLost, CredentialRejected, ProviderError, ReadOnlyViolation, Unavailable
from reconciler.testing import FakeClock, Fault, virtual_runtime
from reconciler.testing.lab import Lab
from reconciler_accounts import statements
from reconciler_accounts.sandbox.memory.complaints import connection_lost, not_let_in
from reconciler_accounts.sandbox.memory.database import Database, Phase, Transaction
from reconciler_accounts.sandbox.memory.line import Line
from reconciler_accounts.sandbox.simulated import open_simulated


async def test_runs_take_turns_and_one_that_is_stopped_while_it_waits_lets_the_next_have_it(
    on_back_end: Any, engine: Any, runtime: Any
) -> None:
    world = await on_back_end("memory", runtime)
    database: Database = world.database
    first, second, third = Transaction(), Transaction(), Transaction()
    await database.take_turn(first)
    waiting = [asyncio.create_task(database.take_turn(one)) for one in (second, third)]
    await asyncio.sleep(0)

    database.end(first, keep=True)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert database.writer is third


async def test_nobody_sees_what_is_not_committed(on_back_end: Any, engine: Any, runtime: Any) -> None:
    world = await on_back_end("memory", runtime)
    await world.add("ana@x.com")
    database: Database = world.database
    writing = Transaction()
    await database.take_turn(writing)
    database.change("users", "id-ana@x.com", {"name": "Eva"}, writing)

    assert database.rows("users")["id-ana@x.com"]["name"] == "Ana"
    assert database.rows("users", writing)["id-ana@x.com"]["name"] == "Eva"
    with pytest.raises(RuntimeError, match="open transaction"):
        await world.edit("ana@x.com", name="Ida")
    database.end(writing, keep=False)
    assert database.rows("users")["id-ana@x.com"]["name"] == "Ana"


async def test_a_statement_that_is_not_known_is_an_error(on_back_end: Any, runtime: Any) -> None:
    world = await on_back_end("memory", runtime)

    with pytest.raises(LookupError, match="does not know this statement"):
        await world.session(read_only=True).rows("SELECT 1", "ask")


async def test_a_session_that_reads_may_not_lock_in_memory_either(on_back_end: Any, runtime: Any) -> None:
    world = await on_back_end("memory", runtime)

    with pytest.raises(ReadOnlyViolation, match="read-only"):
        await world.session(read_only=True).rows(statements.LOCK_ONE, "try", {"id": "x"})


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        pytest.param("connect", CredentialRejected, id="not-let-in"),
        pytest.param("read ALL", Unavailable, id="lost-while-reading"),
    ],
)
async def test_what_is_in_store_is_met_as_the_provider_translates_it(
    on_back_end: Any, runtime: Any, operation: str, error: type[ProviderError]
) -> None:
    world = await on_back_end("memory", runtime)
    fault = not_let_in("lms_owner") if operation == "connect" else connection_lost()
    world.database.faults = lambda asked, phase: fault if (asked, phase) == (operation, "before") else None

    with pytest.raises(error):
        _ = [one async for one in world.open().list("accounts")]


async def test_a_commit_without_an_answer_is_an_answer_lost_in_memory_as_well(
    on_back_end: Any, engine: Any, runtime: Any
) -> None:
    world = await on_back_end("memory", runtime)
    line, provider = Line(world.database), world.open()
    line.arm(Fault.RESET_AFTER, times=1, writes_only=True)

    with pytest.raises(AnswerLost, match="while committing"):
        await provider.create(engine.desired("ana@x.com"))

    assert (await world.row("ana@x.com"))["password"][0] == "!"
    assert await engine.apply(provider, engine.desired("ana@x.com")) == ["update ana@x.com: state"]
    assert line.writes == 3


async def test_a_process_that_is_gone_holds_up_nobody(on_back_end: Any, engine: Any, runtime: Any) -> None:
    world = await on_back_end("memory", runtime)
    await world.add("ana@x.com")
    database: Database = world.database
    gone = Transaction()
    await database.take_turn(gone)
    database.change("users", "id-ana@x.com", {"name": "Eva"}, gone)

    database.hang_up()

    assert (await world.row("ana@x.com"))["name"] == "Ana"
    assert await engine.apply(world.open(), engine.desired("ana@x.com", name="Ida")) == ["update ana@x.com: name"]


async def test_statements_take_virtual_time(on_back_end: Any, engine: Any) -> None:
    clock = FakeClock()
    world = await on_back_end("memory", virtual_runtime(clock))
    world.database.delay = 2.5

    _ = [one async for one in world.open().list("accounts")]

    assert clock.elapsed == 2.5


class Killed(BaseException):
    """The end of the process."""


@pytest.mark.parametrize("operation", ["statement INSERT", "commit", "hand over", "statement UNLOCK"])
@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_simulated_account_survives_the_end_of_the_process_anywhere(operation: str, phase: str) -> None:
    simulated = open_simulated(FakeClock(), 1)
    line: Any = simulated.harness.rim
    first, armed = simulated.samples[0], line.database.faults

    def strike(asked: str, when: Phase) -> BaseException | None:
        return Killed() if (asked, when) == (operation, phase) else armed(asked, when)

    line.database.faults = strike
    async with Lab.open(simulated.harness, simulated.samples) as lab:
        wanted = await lab.sendable(first)
        with pytest.raises(Killed):
            await lab.provider.create(wanted)
    line.database.faults = armed

    async with Lab.open(simulated.harness, simulated.samples) as lab:
        found = [live for live in (await lab.listed("accounts")).values() if live.identity == ("ana@x.com",)]
        if not found:
            found = [await lab.create(first)]
        change = await lab.change(replace(first, changed=first.fields), found[0])
        live = await lab.provider.update(change) if change.fields else found[0]
    assert (len(found), live.values["state"]) == (1, "active")
    assert line.database.letters[-1].email == "ana@x.com"
    assert "$2b$" not in json.dumps(simulated.state())
