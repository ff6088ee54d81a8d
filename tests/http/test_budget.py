"""The rate budget in virtual time, against servers that enforce a rate."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.http.budget import RateBudget, TooLong
from reconciler.http.limits import Window
from reconciler.kind.settings import Rate


async def create(client, count):
    answers = await asyncio.gather(*(client.post("/things", json={"n": n}) for n in range(count)))
    return {answer.json()["id"] for answer in answers}


DECLARED = [
    pytest.param(8.0, 16, id="better-stack"),
    pytest.param(8.0, 1, id="no-burst"),
    pytest.param(4.0, 8, id="slower-and-shorter"),
    pytest.param(50.0, 50, id="a-second-of-burst"),
    pytest.param(11.6, 40, id="neon"),
]


@pytest.mark.parametrize(("rate", "burst"), DECLARED)
@pytest.mark.parametrize("headers", [False, True], ids=["silent", "with-rate-headers"])
def test_200_creates_run_at_90_percent_of_the_declared_rate_and_are_never_refused(
    world, limited_server, rate, burst, headers
):
    server = limited_server(rate, burst, headers=headers and burst > 1, jitter=0.3 if burst > 1 else 0.1)
    client = world.client(server, rate=Rate(per_second=rate, burst=burst))
    assert len(world.run(create(client, 200))) == 200
    ideal = (200 - burst) / rate + server.latency
    assert server.refused == 0
    assert world.elapsed <= ideal / 0.9


@pytest.mark.parametrize("burst", [8, 16], ids=["half-the-burst", "the-burst"])
@pytest.mark.parametrize("retry_after", [None, "1"], ids=["silent", "retry-after"])
def test_a_server_that_enforces_half_the_declared_rate_is_met_with_few_refusals(
    world, limited_server, burst, retry_after
):
    server = limited_server(4.0, burst, retry_after=retry_after)
    client = world.client(server, rate=Rate(per_second=8.0, burst=16))
    assert len(world.run(create(client, 200))) == 200
    assert server.refused <= 10
    assert world.elapsed <= (200 - burst) / 4.0 / 0.85


def test_without_a_declared_rate_200_creates_take_under_2_seconds(world, limited_server):
    server = limited_server(1e9, 1e9)
    assert len(world.run(create(world.client(server, rate="none"), 200))) == 200
    assert world.elapsed < 0.7
    assert server.widest == 32


def test_slow_start_begins_narrow(world, limited_server):
    server = limited_server(1e9, 1e9)
    world.run(create(world.client(server, rate="none"), 10))
    assert server.widest == 8


def test_an_undeclared_limit_is_found_and_kept(world, limited_server):
    server = limited_server(20.0, 20)
    client = world.client(server, rate="none")
    assert len(world.run(create(client, 200))) == 200
    assert server.refused <= 60
    assert world.elapsed <= 9.0 / 0.5


def test_a_refusal_pauses_everybody(world):
    budget = RateBudget(None, monotonic=world.loop.time, sleep=asyncio.sleep)

    async def scene():
        async with budget.permit() as permit:
            budget.refused(permit, 7.0)
        async with budget.permit() as other:
            return other.sent_at

    assert world.run(scene()) == pytest.approx(7.0)


def test_the_rate_recovers_after_a_single_refusal(world, limited_server):
    server = limited_server(8.0, 16)
    budget = RateBudget(Rate(per_second=8.0, burst=16), monotonic=world.loop.time, sleep=asyncio.sleep)

    async def scene():
        async with budget.permit() as permit:
            budget.refused(permit, 1.0)
        assert budget.rate == 4.0
        await create(world.client(server, budget=budget), 400)

    world.run(scene())
    assert budget.rate == 8.0
    assert server.refused == 0


def test_a_refusal_of_a_request_sent_before_the_last_one_slows_down_only_once(world):
    budget = RateBudget(Rate(per_second=8.0, burst=16), monotonic=world.loop.time, sleep=asyncio.sleep)

    async def scene():
        async with budget.permit() as first, budget.permit() as second:
            await asyncio.sleep(0.05)
            budget.refused(first, 1.0)
            budget.refused(second, 1.0)

    world.run(scene())
    assert budget.rate == 4.0


def test_nothing_is_sent_while_the_server_says_that_nothing_is_left(world):
    budget = RateBudget(None, monotonic=world.loop.time, sleep=asyncio.sleep)

    async def scene():
        budget.learn(Window(remaining=0, resets_in=12.0))
        async with budget.permit() as permit:
            return permit.sent_at

    assert world.run(scene()) == pytest.approx(12.0)


def test_requests_under_way_never_exceed_what_the_server_says_is_left(world):
    budget = RateBudget(None, monotonic=world.loop.time, sleep=asyncio.sleep)
    under_way = widest = 0

    async def one():
        nonlocal under_way, widest
        async with budget.permit():
            under_way += 1
            widest = max(widest, under_way)
            await asyncio.sleep(0.05)
            under_way -= 1

    async def scene():
        budget.learn(Window(remaining=1, resets_in=3600.0))
        await asyncio.gather(one(), one())

    world.run(scene())
    assert widest == 1


@pytest.mark.parametrize(
    ("pause", "deadline"),
    [pytest.param(60.0, 30.0, id="past-the-deadline"), pytest.param(3600.0, None, id="an-hour")],
)
def test_a_wait_that_is_too_long_fails_at_once(world, pause, deadline):
    budget = RateBudget(None, monotonic=world.loop.time, sleep=asyncio.sleep)

    async def scene():
        async with budget.permit() as permit:
            budget.refused(permit, pause)
        async with budget.permit(deadline):
            pass

    with pytest.raises(TooLong):
        world.run(scene())
    assert world.elapsed == 0.0


def test_a_cancelled_waiter_leaves_its_place_to_the_next(world):
    budget = RateBudget(Rate(per_second=1.0, burst=1), monotonic=world.loop.time, sleep=asyncio.sleep)

    async def send():
        async with budget.permit() as permit:
            return permit.sent_at

    async def scene():
        await send()
        first, second = asyncio.ensure_future(send()), asyncio.ensure_future(send())
        await asyncio.sleep(0.1)
        first.cancel()
        return await second

    assert world.run(scene()) == pytest.approx(1.0, abs=0.1)


def test_a_budget_outlives_its_event_loop():
    now = 0.0
    budget = RateBudget(None, monotonic=lambda: now, sleep=asyncio.sleep)

    async def contended():
        async def one():
            async with budget.permit():
                await asyncio.sleep(0)

        await asyncio.gather(*(one() for _ in range(8)))
        return True

    assert asyncio.run(contended())
    assert asyncio.run(contended())


def test_a_wait_worth_saying_is_told_once_whoever_waits(world):
    told = []
    budget = RateBudget(
        Rate(per_second=8.0, burst=16),
        monotonic=world.loop.time,
        sleep=asyncio.sleep,
        told=lambda seconds, why: told.append((seconds, why)),
    )

    async def wait():
        async with budget.permit():
            pass

    async def scene():
        async with budget.permit() as permit:
            budget.refused(permit, 42.0, 429)
        await asyncio.gather(*(wait() for _ in range(5)))
        async with budget.permit() as permit:
            budget.refused(permit, 1.0, 429)
        await wait()
        budget.learn(Window(remaining=0, resets_in=12.0))
        await wait()

    world.run(scene())
    assert told == [(42.0, "429"), (12.0, "its rate limit")]


def test_the_wait_that_an_unavailable_service_asks_for_is_told(world):
    told = []
    budget = RateBudget(
        None, monotonic=world.loop.time, sleep=asyncio.sleep, told=lambda seconds, why: told.append((seconds, why))
    )
    away = httpx.Response(503, headers={"retry-after": "30"})
    answer, _ = world.script(away, httpx.Response(200, json={}))
    world.run(world.client(answer, budget=budget).get("/things"))
    assert told == [(30.0, "503")]
