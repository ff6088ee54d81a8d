"""What only the stand-in in memory has: turns of its own, and faults in store."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler import CredentialRejected, ProviderError, ReadOnlyViolation, Unavailable
from reconciler_accounts import statements
from reconciler_accounts.sandbox.memory.complaints import connection_lost, not_let_in
from reconciler_accounts.sandbox.memory.database import Database, Transaction


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
