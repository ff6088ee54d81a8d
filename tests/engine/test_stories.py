"""Random stories of commits and crashes around one object, in two accounts: nothing is ever lost track of."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
POINTS = [(verb, phase) for verb in ("delete", "create", "update") for phase in ("before", "after")]


def wanted(provider: str, handle: str = "a", moved_from: str = "", **fields: Any) -> dict[str, Any]:
    life = {"provider": provider, **({"moved_from": moved_from} if moved_from else {})}
    return {handle: {"url": SITE, "lifecycle": life, **fields}}


COMMITS: dict[str, dict[str, Any]] = {
    "first": wanted("memory"),
    "second": wanted("second"),
    "none": {},
    "replaced": wanted("memory", placement="up"),
    "renamed": wanted("memory", name="n2"),
    "replaced and renamed": wanted("memory", name="n2", placement="up"),
    "moved handle": wanted("memory", "b", "a"),
    "moved handle and replaced": wanted("memory", "b", "a", placement="up"),
    "moved handle and account": wanted("second", "b", "a"),
}


async def lived(lab: Any, rng: random.Random) -> str:
    """Live through a story, come to rest, and return it in words."""
    story = []
    for _ in range(rng.choice((3, 3, 4))):
        commit, point = rng.choice(sorted(COMMITS)), rng.choice([None, *POINTS])
        story.append(f"{commit}{f', killed {point[1]} {point[0]}' if point else ''}")
        lab.desire({"widgets": COMMITS[commit], "groups": {"g": {"lifecycle": {"provider": "memory"}}}})
        if point:
            await lab.killed(*point)
        else:
            await lab.apply()
    for _ in range(2):
        await lab.apply()
    return " -> ".join(story)


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_dies_nothing_is_left_to_do_unheld_and_nothing_is_lost_track_of(
    another: Any, seed: int, tmp_path: Path
) -> None:
    lab = another()
    lab.more["providers"] = {"memory": {"type": "memory"}, "second": {"type": "memory"}}
    lab.more["collections"] = {"widgets": {"allow_empty": True}}
    lab.routes["second"] = MemoryWorld(now=lab.clock.now)
    lab.routes["second"]._next = 5000

    story = await lived(lab, random.Random(seed))

    plan = await lab.plan(coverage=True)
    assert [f"{c.action} {c.address}" for c in plan.changes if not c.held] == [], story
    assert plan.unmanaged == (), story  # everything there is was made by us
    assert plan.unknown == (), story
