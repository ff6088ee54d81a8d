"""Neon's work goes on after its answers: operations, locks, and who may write when."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, Busy, Refused
from reconciler_neon.sandbox.api import BASE

trap = pytest.mark.trap
SHOP = {"branch": "production", "owner_name": "production/neondb_owner"}


def under_way(account: Any) -> list[str]:
    """Return the states of all operations that have not ended."""
    shown = (account.world.show_operation(op) for op in account.estate.operations.values())
    return [op["status"] for op in shown if op["status"] not in ("finished", "failed")]


def quiet(account: Any) -> None:
    """Keep Neon from starting work of its own, where a test is about something else."""
    account.world.works_alone = False


@trap("neon", "1: writes answer while their operations still run")
async def test_a_write_returns_only_when_its_operations_have_ended(account: Any) -> None:
    quiet(account)
    await account.create("roles", "app", {"branch": "production"})
    assert under_way(account) == []
    looks = [path for path, _ in account.requests("GET") if "/operations/" in path]
    assert len(looks) > 2, "an operation takes several looks"


@trap("neon", "1: a failed operation is the only sign that a write came to nothing")
async def test_a_failed_operation_is_an_error_that_names_it(account: Any) -> None:
    account.world.failing = "compute did not start"
    with pytest.raises(Refused, match=r"operation suspend_compute \([0-9a-f-]+\) failed: compute did not start"):
        await account.create("roles", "app", {"branch": "production"})


STATES = [
    pytest.param({"status": "finished"}, None, id="finished"),
    pytest.param({"status": "skipped"}, None, id="skipped"),
    pytest.param({"status": "cancelled"}, "was cancelled", id="cancelled"),
    pytest.param({"status": "failed", "error": "no room"}, "failed: no room", id="failed"),
    pytest.param({"status": "error", "error": "odd"}, "failed: odd", id="error-for-good"),
]


@trap("neon", "1: the states that end an operation; `error` is one where no next try is announced")
@pytest.mark.parametrize(("ended", "said"), STATES)
async def test_every_state_that_ends_an_operation_is_told_apart(
    account_on: Any, ended: dict[str, Any], said: str | None
) -> None:
    async with account_on(lambda inner: Scripted(inner, [{"status": "running"}, ended])) as account:
        if said is None:
            await account.create("roles", "app", {"branch": "production"})
        else:
            with pytest.raises(Refused, match=said):
                await account.create("roles", "app", {"branch": "production"})


@trap("neon", "1: `error` with retry_at is not the end, and new states may come")
async def test_an_operation_that_will_be_tried_again_is_waited_for(account_on: Any) -> None:
    states = [
        {"status": "error", "retry_at": "2026-01-01T00:00:09Z", "error": "odd"},
        {"status": "reticulating"},
        {"status": "cancelling"},
        {"status": "finished"},
    ]
    async with account_on(lambda inner: Scripted(inner, states)) as account:
        await account.create("roles", "app", {"branch": "production"})
        assert account.wire.inner.states == []


@trap("neon", "1: old operations vanish")
async def test_an_operation_that_is_forgotten_counts_as_ended(account_on: Any) -> None:
    async with account_on(lambda inner: Scripted(inner, [None])) as account:
        made = await account.create("roles", "app", {"branch": "production"})
        assert made.id == "production/app"


@pytest.mark.trap("neon", "1: operations are waited for as long as the vendor does: 300 seconds")
async def test_an_operation_that_never_ends_is_given_up_after_five_minutes(account_on: Any) -> None:
    async with account_on(lambda inner: Scripted(inner, [{"status": "running"}] * 10_000)) as account:
        with pytest.raises(AnswerLost, match="is still running"):
            await account.create("roles", "app", {"branch": "production"})
        assert 295 <= account.clock.elapsed <= 310


@trap("neon", "1: 423 while another operation runs")
async def test_a_locked_project_is_tried_again_until_it_is_free(account: Any) -> None:
    account.idle()
    account.world.start(account.estate, *["apply_config"] * 20)  # somebody else's work: 24 seconds of it
    busy = account.world.busy_until(account.estate)
    await account.create("roles", "app", {"branch": "production"})
    assert account.clock.now() > busy
    assert "production/app" in await account.by_id("roles")


@trap("neon", "1: Neon starts operations itself, so that 423 comes without another client")
async def test_the_simulator_works_by_itself_and_all_writes_still_arrive(account: Any) -> None:
    for number in range(8):
        await account.create("roles", f"app-{number}", {"branch": "production"})
    actions = [op["action"] for op in account.estate.operations.values()]
    assert "check_availability" in actions or actions.count("suspend_compute") > 8
    assert sum(role.startswith("production/app-") for role in await account.by_id("roles")) == 8


@trap("neon", "bad days: a lock that somebody else keeps is Busy, and nothing was written")
async def test_a_lock_that_stays_is_busy_and_nothing_was_sent(account: Any) -> None:
    account.idle()
    account.world.start(account.estate, *["apply_config"] * 1_000)
    with pytest.raises(Busy, match="locked at Neon by another operation"):
        await account.create("roles", "app", {"branch": "production"})
    assert account.clock.elapsed < 60 + 305
    assert ("", "app") not in account.estate.roles


async def test_no_lock_is_waited_for_beyond_the_deadline(account: Any) -> None:
    account.idle()
    account.world.start(account.estate, *["apply_config"] * 1_000)
    hurried = await account.harness.connect(deadline=account.clock.monotonic() + 20)
    with pytest.raises(Busy):
        await hurried.create(account.sending("roles", "app", {"branch": "production"}))
    assert account.clock.elapsed <= 81


@trap("neon", "1: conflicting work of one project is serialised")
async def test_writes_that_are_asked_for_at_once_go_one_after_the_other(account: Any) -> None:
    quiet(account)
    await asyncio.gather(
        account.create("roles", "a", {"branch": "production"}),
        account.create("databases", "shop", SHOP),
        account.create("branches", "staging", {}),
        account.create("roles", "b", {"branch": "production"}),
    )
    assert [s.method for s in account.wire.sent].count("POST") == 4, "no write met the lock of another"


@trap("neon", "1: after a lost answer a write is not repeated blindly")
async def test_a_create_whose_answer_was_lost_is_sent_once(account_on: Any) -> None:
    async with account_on(lambda inner: Losing(inner)) as account:
        with pytest.raises(AnswerLost):
            await account.create("roles", "app", {"branch": "production"})
        assert [s.method for s in account.wire.sent].count("POST") == 1
        assert "production/app" in await account.by_id("roles")


@trap("neon", "4: a compute cannot be used until the last operation of a PATCH has ended")
async def test_an_endpoint_is_returned_when_the_last_operation_has_ended(account: Any) -> None:
    quiet(account)
    live = await account.only("endpoints")
    fields = {"branch": "production", "autoscaling_limit_max_cu": 4}
    await account.update(live, fields, ["autoscaling_limit_max_cu"], handle="production")
    assert under_way(account) == []


async def test_the_simulator_refuses_what_collides_and_says_so_as_neon_does(account: Any) -> None:
    told = await account.api("PATCH", account.project, {"project": {"settings": {"hipaa": False}}})
    assert told["operations"][0]["status"] == "scheduling"
    locked = await account.api("PATCH", account.project, {"project": {"name": "x"}}, 423)
    assert locked["message"] == (
        "project already has running conflicting operations, scheduling of new ones is prohibited"
    )
    account.clock.advance(1)
    [operation] = (await account.api("GET", f"{account.project}/operations?limit=1"))["operations"]
    assert operation["status"] == "running"
    account.idle()
    found = await account.api("GET", f"{BASE}/projects/{operation['project_id']}/operations/{operation['id']}")
    assert found["operation"]["status"] == "finished"


class Scripted(httpx.AsyncBaseTransport):
    """Answers each look at an operation with the next state, at last with `finished`; None is a 404."""

    def __init__(self, inner: httpx.AsyncBaseTransport, states: list[dict[str, Any] | None]) -> None:
        self.inner = inner
        self.states = list(states)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "/operations/" not in request.url.path:
            return await self.inner.handle_async_request(request)
        state = self.states.pop(0) if self.states else {"status": "finished"}
        if state is None:
            return httpx.Response(404, json={"code": "", "message": "operation not found"}, request=request)
        operation = {"id": request.url.path.rpartition("/")[2], "action": "apply_config", **state}
        return httpx.Response(200, json={"operation": operation}, request=request)


class Losing(httpx.AsyncBaseTransport):
    """Breaks the connection after the effect of the first POST."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.lost = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if request.method == "POST" and not self.lost:
            self.lost = True
            raise httpx.ReadError("connection reset", request=request)
        return response
