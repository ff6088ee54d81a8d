"""Stopping the process at every point between two effects, then applying again: nothing doubled, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

SITE = "https://learn.example.test/"
BEFORE: dict[str, Any] = {
    "groups": {"ops": {}, "old": {}},
    "widgets": {"a": {"url": SITE, "group": "ops"}, "gone": {"url": SITE, "group": "old"}},
    "people": {"p@x.test": {"state": "active"}, "q@x.test": {"state": "active"}},
}
AFTER: dict[str, Any] = {
    "groups": {"ops": {"title": "Operations"}, "new": {}},
    "widgets": {
        "a": {"url": SITE, "group": "new", "password": {"secret": "KEY"}},
        "b": {"url": SITE, "group": "new", "endpoint": {"from": "groups/new.url"}},
    },
    "vaults": {"v": {"key": {"generate": {"bytes": 32}}}},
    "people": {"p@x.test": {"state": "active", "full_name": "P"}},
}


class Crash(BaseException):
    """kill -9, as far as the engine can tell."""


class CrashAt:
    """Raises at the n-th point between two effects, and from then on at every one: the process is gone."""

    def __init__(self, n: int) -> None:
        self.left = n
        self.points: list[str] = []

    def __call__(self, operation: str, phase: str) -> BaseException | None:
        if operation.split()[0] in ("list", "whoami", "externals", "read"):
            return Crash() if self.left < 0 else None
        self.points.append(f"{phase} {operation}")
        self.left -= 1
        return Crash() if self.left < 0 else None


async def prepared(lab: Any) -> None:
    lab.environ["KEY"] = "a secret that is long enough"
    lab.more["collections"] = {"widgets": {"allow_empty": True}}
    lab.desire(BEFORE)
    await lab.apply()
    lab.desire(AFTER)


async def count_points(lab: Any) -> list[str]:
    await prepared(lab)
    counter = CrashAt(10_000)
    lab.world.faults = lab.store.faults = counter
    await lab.apply()
    return counter.points


def everything(lab: Any) -> dict[str, Any]:
    """The vendor's state by name, without ids and without what was generated."""
    names = {o.id: f"{k}:{o.values.get('name')}" for k, objects in lab.world.objects.items() for o in objects.values()}

    def plain(value: Any) -> Any:
        return names.get(value, value) if isinstance(value, str) else value

    return {
        kind: sorted(
            str({f: plain(v) for f, v in o.values.items() if f not in ("key", "endpoint")}) for o in objects.values()
        )
        for kind, objects in lab.world.objects.items()
    }


async def test_a_crash_at_any_point_is_followed_by_convergence_without_doubles(another: Any) -> None:
    model = another()
    points = await count_points(model)
    wanted = everything(model)
    assert len(points) >= 18
    for n in range(len(points)):
        lab = another()
        await prepared(lab)
        lab.world.faults = lab.store.faults = CrashAt(n)
        with pytest.raises(Crash):
            await lab.apply()
        lab.world.faults = lab.store.faults = lambda operation, phase: None
        outcome = await lab.apply()
        assert not [r for r in outcome.results if r.status not in ("done", "already")], (n, points[n], outcome.results)
        assert everything(lab) == wanted, (n, points[n])
        assert await lab.lines() == [], (n, points[n])
        assert lab.store.state.begin is None
        assert lab.store.state.orphans == ()


async def test_several_crashes_in_a_row_lose_nothing(another: Any) -> None:
    model = another()
    points = await count_points(model)
    wanted = everything(model)
    lab = another()
    await prepared(lab)
    for n in range(0, len(points), 2):
        lab.world.faults = lab.store.faults = CrashAt(n)
        try:
            await lab.apply()
        except Crash:
            continue
    lab.world.faults = lab.store.faults = lambda operation, phase: None
    await lab.apply()
    assert everything(lab) == wanted
    assert await lab.lines() == []


async def test_a_plan_says_whether_the_run_before_still_runs_or_died(lab: Any) -> None:
    await prepared(lab)
    lab.world.faults = lab.store.faults = CrashAt(4)
    with pytest.raises(Crash):
        await lab.apply()
    lab.world.faults = lab.store.faults = lambda operation, phase: None
    (died,) = [notice for notice in (await lab.plan()).notices if "run " in notice]
    assert died.endswith("died; the next apply takes over what it left")
    begin = lab.store.state.begin
    lab.store.state = replace(lab.store.state, begin=replace(begin, host="another-host"))
    (running,) = [notice for notice in (await lab.plan()).notices if "run " in notice]
    assert running.endswith("has not finished")
