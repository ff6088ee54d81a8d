"""What PostgreSQL was sent, as its own log shows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler import ReadOnlyViolation

THEN = datetime(2025, 12, 20, 9, 0, tzinfo=UTC).replace(tzinfo=None)


async def find(provider: Any, email: str) -> Any:
    return {one.identity[0]: one async for one in provider.list("accounts")}[email]


async def test_a_second_apply_sends_no_write(world: Any, engine: Any) -> None:
    roster = [engine.desired(f"p{n}@x.com", courses=("AI-101",)) for n in range(3)]
    await engine.apply(world.open(), *roster)
    second = world.open()
    mark = len(world.log())

    assert await engine.apply(second, *roster) == []

    assert not any(word in line for line in world.log()[mark:] for word in ("BEGIN", "INSERT", "UPDATE", "DELETE"))


@pytest.mark.trap("accounts", "6: runs are serialised by a transaction lock")
async def test_every_write_stands_in_a_transaction_that_took_the_run_lock_first(world: Any, engine: Any) -> None:
    provider = world.open()
    await engine.apply(provider, engine.desired("ana@x.com", courses=("AI-101",)))
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna"), owned=[])
    await engine.apply(provider, owned=["ana@x.com"])

    sent = [re.sub(r"^LOG: +(statement|execute [^:]*): *", "", line).split("\n")[0] for line in world.log()]
    for before, after in itertools.pairwise(sent):
        assert "BEGIN" not in before or "pg_advisory_xact_lock" in after
    assert sum("BEGIN" in s for s in sent) == sum("COMMIT" in s for s in sent) == 4


HASH_FACTS = re.compile(r"length\((u\.)?password\)|left\((u\.)?password, 1\)")


@pytest.mark.trap("accounts", "6: a hash is never a comparable desired value")
async def test_the_stored_hash_is_never_selected(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    await world.add("old@x.com", "ADMIN", deletedAt=THEN)
    provider = world.open()
    await engine.apply(provider, engine.desired("new@x.com", courses=("AI-101",)), engine.desired("old@x.com"))
    await engine.apply(provider, engine.desired("ana@x.com", name="Anna"), owned=["new@x.com"])
    await engine.apply(provider, engine.desired("new@x.com"))

    statements = [line for line in world.log() if line.startswith("LOG:")]
    assert len(statements) > 30
    selecting = [s for s in statements if re.search(r"\bSELECT\b|\bRETURNING\b", s)]
    assert [s for s in selecting if "password" in HASH_FACTS.sub("", s)] == []
    assert [s for s in selecting if re.search(r"SELECT\s+(\w+\.)?\*", s)] == []
    live = [one async for one in provider.list("accounts")]
    assert "$2b$" not in repr([(one, one.private) for one in live])


async def test_a_read_only_connection_refuses_every_write_before_it_is_sent(world: Any, engine: Any) -> None:
    await world.add("ana@x.com")
    provider = world.open(read_only=True)
    live = await find(provider, "ana@x.com")
    mark = len(world.log())
    attempts: list[Coroutine[Any, Any, Any]] = [
        provider.create(engine.desired("new@x.com")),
        provider.update(engine.change(live, engine.desired("ana@x.com", name="Anna"))),
        provider.disable(live),
        provider.delete(live),
    ]

    for attempt in attempts:
        with pytest.raises(ReadOnlyViolation):
            await attempt

    assert world.log()[mark:] == []


async def test_a_read_only_session_is_read_only_for_postgresql_too(world: Any, engine: Any) -> None:
    session = world.session(read_only=True)

    assert await session.rows("SHOW default_transaction_read_only", "ask") == [{"default_transaction_read_only": "on"}]
    with pytest.raises(ReadOnlyViolation, match="read-only"):
        await session.rows("SELECT id FROM users FOR UPDATE", "try")
    with pytest.raises(ReadOnlyViolation, match="nothing was sent"):
        await session.rows("DELETE FROM users", "try")


async def test_no_url_can_turn_the_read_only_default_off(world: Any, engine: Any) -> None:
    url = world.url + "?options=-c%20default_transaction_read_only%3Doff"
    session = world.session(read_only=True, url=url)

    assert await session.rows("SHOW default_transaction_read_only", "ask") == [{"default_transaction_read_only": "on"}]


async def test_reading_sends_nothing_but_selects(world: Any, engine: Any) -> None:
    provider = await world.connect(read_only=True)
    await provider.whoami()
    _ = [one async for one in provider.list("accounts")]
    _ = [one async for one in provider.externals("courses")]

    sent = [line for line in world.log() if line.startswith("LOG:")]
    assert len(sent) == provider.requests == 7
    assert all(re.match(r"LOG: +(statement|execute [^:]*): *\s*SELECT", s) for s in sent)
