"""Virtual time passes only while everybody waits, and in order."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from reconciler.testing import FakeClock, virtual_runtime


async def test_concurrent_sleepers_wake_in_order_and_at_their_times() -> None:
    clock = FakeClock()
    woken: list[tuple[float, float]] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    await asyncio.gather(sleeper(600), sleeper(0.5), sleeper(3), sleeper(0))
    assert woken == [(0, 0.0), (0.5, 0.5), (3, 3.0), (600, 600.0)]
    assert clock.now() == datetime(2026, 1, 1, 0, 10, tzinfo=UTC)


async def test_time_stands_still_while_a_task_works() -> None:
    clock = FakeClock()
    background = asyncio.create_task(clock.sleep(180))
    for _ in range(50):
        await asyncio.sleep(0)
    assert clock.monotonic() == 0.0
    await clock.sleep(1)
    assert clock.monotonic() == 1.0
    background.cancel()


async def test_time_stands_still_while_a_thread_works() -> None:
    clock = FakeClock()
    lease = asyncio.create_task(clock.sleep(180))
    await clock.sleep(0)
    await asyncio.to_thread(time.sleep, 0.02)
    assert clock.monotonic() == 0.0
    lease.cancel()


async def test_a_cancelled_sleeper_does_not_move_the_clock() -> None:
    clock = FakeClock()
    cancelled = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0)
    cancelled.cancel()
    await clock.sleep(5)
    assert clock.monotonic() == 5.0


def test_a_clock_outlives_the_event_loop_it_was_used_in() -> None:
    clock = FakeClock()

    async def abandon() -> None:
        task = asyncio.create_task(clock.sleep(1000))
        await clock.sleep(1)
        task.cancel()

    asyncio.run(abandon())
    asyncio.run(clock.sleep(1))
    assert clock.monotonic() == 2.0


def test_randomness_repeats_with_the_seed_and_never_repeats_itself() -> None:
    first, again, other = virtual_runtime(seed=1), virtual_runtime(seed=1), virtual_runtime(seed=2)
    drawn = [first.entropy(32), first.entropy(32)]
    assert drawn == [again.entropy(32), again.entropy(32)]
    assert len({*drawn, other.entropy(32)}) == 3
    assert first.random.random() == again.random.random() != other.random.random()
