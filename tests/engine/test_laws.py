"""Laws over random desired worlds: they converge, once; what is not ours stays; no gate is passed by accident."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ["a", "b", "c", "d", "e", "f"]
LAW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

headers = st.lists(st.sampled_from(["x", "y", "z"]), unique=True).map(
    lambda ns: [{"name": n, "value": n * 2} for n in ns]
)
steps = st.lists(
    st.sampled_from([{"type": "email"}, {"type": "wait", "wait": "5m"}, {"type": "call", "channels": ["sms", "push"]}]),
    max_size=3,
)
widget = st.fixed_dictionaries(
    {"url": st.sampled_from(["https://a.example.test/", "https://b.example.test/"])},
    optional={
        "interval": st.sampled_from([30, 60, "3m", "1h"]),
        "paused": st.booleans(),
        "notes": st.one_of(st.none(), st.text("abc'\"\n", max_size=5)),
        "regions": st.lists(st.sampled_from(["us", "eu", "as"]), unique=True),
        "labels": st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"]), max_size=2),
        "headers": headers,
        "steps": steps,
        "ports": st.lists(st.integers(1, 9), max_size=3),
        "alert_after": st.sampled_from(["1 failure", "3 failures"]),
        "password": st.sampled_from([{"secret": "KEY"}, {"secret": "OTHER"}]),
        "window": st.sampled_from([{"start": "01:00", "end": "02:00"}]),
    },
)
group = st.fixed_dictionaries({}, optional={"title": st.sampled_from(["one", "two"])})
person = st.fixed_dictionaries({"state": st.just("active")}, optional={"full_name": st.sampled_from(["x", "y"])})


@st.composite
def worlds(draw: Any) -> dict[str, Any]:
    """A desired state: groups, widgets that refer to them, people."""
    groups = draw(st.dictionaries(st.sampled_from(NAMES), group, max_size=3))
    widgets = draw(st.dictionaries(st.sampled_from(NAMES), widget, max_size=5))
    people = draw(st.dictionaries(st.sampled_from(["p@x.test", "q@x.test"]), person, max_size=2))
    for body in widgets.values():
        if groups and draw(st.booleans()):
            body["group"] = draw(st.sampled_from(sorted(groups)))
            if draw(st.booleans()):
                body["endpoint"] = {"from": f"groups/{body['group']}.url"}
    return {"groups": groups, "widgets": widgets, "people": people}


@pytest.fixture
def fresh(another: Any) -> Any:
    def make() -> Any:
        lab = another()
        lab.environ |= {"KEY": "a secret that is long enough", "OTHER": "another one, long enough too"}
        lab.more["collections"] = {k: {"allow_empty": True} for k in ("groups", "widgets", "people")}
        return lab

    return make


@LAW
@given(first=worlds(), second=worlds())
async def test_apply_then_plan_finds_nothing_and_a_second_apply_writes_nothing(
    fresh: Any, first: Any, second: Any
) -> None:
    lab = fresh()
    for desired in (first, second):
        lab.desire(desired)
        outcome = await lab.apply()
        assert outcome.not_converged == ()
        held = {str(r.address) for r in outcome.results if r.status in ("held", "skipped")}
        left = [c for c in (await lab.plan()).changes if str(c.address) not in held]
        assert [(c.action, str(c.address)) for c in left] == []
        writes = len(lab.world.writes)
        await lab.apply()
        assert len(lab.world.writes) == writes


@LAW
@given(first=worlds(), second=worlds(), edits=st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), max_size=3))
async def test_what_is_not_ours_is_never_touched(fresh: Any, first: Any, second: Any, edits: Any) -> None:
    lab = fresh()
    foreign = [lab.world.add("widgets", name=f"theirs-{n}", url="https://t.example.test/") for n in range(3)]
    before = {i: dict(lab.world.find(i).values) for i in foreign}
    lab.desire(first)
    await lab.apply()
    for name, drop in edits:
        for found in lab.world.ids("widgets", name=name):
            if drop:
                lab.world.drop(found)
            else:
                lab.world.edit(found, paused=True, interval=300)
    lab.desire(second)
    await lab.apply()
    assert {i: dict(lab.world.find(i).values) for i in foreign} == before


@LAW
@given(count=st.integers(1, 30), kept=st.integers(0, 30))
async def test_no_run_removes_more_than_the_budget(fresh: Any, count: int, kept: int) -> None:
    lab = fresh()
    everyone = {f"w{n:02}": {"url": "https://a.example.test/"} for n in range(count)}
    lab.desire({"widgets": everyone})
    await lab.apply()
    lab.desire({"widgets": dict(list(everyone.items())[:kept])})
    await lab.apply()
    gone = count - len(lab.world.objects["widgets"])
    wanted = max(0, count - kept)
    assert gone == (wanted if wanted <= min(5, max(1, count // 10)) else 0)


@LAW
@given(world=worlds())
async def test_equal_input_gives_an_equal_plan(fresh: Any, world: Any) -> None:
    lab = fresh()
    lab.desire(world)
    one, two = await lab.plan(), await lab.plan()
    assert one.digest == two.digest
    assert [(c.address, c.action, c.digest) for c in one.changes] == [
        (c.address, c.action, c.digest) for c in two.changes
    ]
