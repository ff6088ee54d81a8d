"""The in-memory vendor behaves as vendors do: defaults, merging, lag, references, and every planned misfortune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import AnswerLost, CredentialRejected, Location, NotFound, Refused, Unavailable
from reconciler.model import Address, FieldDiff, Live, Resource, Update
from reconciler.provider import Connection, Disables, Provider
from reconciler.testing import FakeClock, MemoryWorld, memory_catalog, memory_provider, project_of, virtual_runtime
from reconciler.testing.kinds import MemorySettings
from reconciler.testing.world import Write
from reconciler.values import SecretValue, Unknown


async def connected(world: MemoryWorld, clock: FakeClock | None = None, **options: Any) -> Provider:
    runtime = virtual_runtime(clock)
    options = {"read_only": False, "secrets": {}, **options}
    return await memory_provider(world).connect(
        Connection("memory", MemorySettings(), runtime=runtime, root=Path(), **options)
    )


def widget(name: str = "a", **spec: Any) -> Resource:
    return Resource(Address("widgets", name), "memory", (name,), {"url": "https://a.example/", **spec}, Location("x"))


def update(live: Live, **spec: Any) -> Update:
    fields = tuple(FieldDiff((name,), None, value) for name, value in spec.items())
    desired = widget(live.identity[0], **spec)
    return Update(address=desired.address, provider="memory", why=(), desired=desired, live=live, fields=fields)


async def listed(provider: Provider, kind: str = "widgets") -> list[Live]:
    return [live async for live in provider.list(kind)]


async def test_the_server_fills_in_defaults_inside_parts_too() -> None:
    live = await (await connected(MemoryWorld())).create(widget(steps=({"type": "wait"},)))
    assert live.values["interval"] == 180
    assert live.values["steps"] == ({"type": "wait", "wait": 0},)
    assert live.identity == ("a",)


async def test_a_patch_merges_mappings_and_replaces_lists() -> None:
    provider = await connected(MemoryWorld())
    live = await provider.create(widget(labels={"a": "1", "b": "2"}, ports=(1, 2)))
    after = await provider.update(update(live, labels={"b": "3"}, ports=(4,)))
    assert after.values["labels"] == {"a": "1", "b": "3"}
    assert after.values["ports"] == (4,)


async def test_a_patch_keeps_what_a_keyed_element_does_not_write() -> None:
    provider = await connected(MemoryWorld())
    live = await provider.create(widget(routes=({"pattern": "/a", "weight": 5}, {"pattern": "/b"})))
    after = await provider.update(update(live, routes=({"pattern": "/c"}, {"pattern": "/a"})))
    assert after.values["routes"] == ({"pattern": "/c", "weight": 1}, {"pattern": "/a", "weight": 5})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"placement": "moon"}, id="replace-field"),
        pytest.param({"edition": "modern"}, id="never-field"),
        pytest.param({"group": "999"}, id="reference-to-nothing"),
        pytest.param({"owner": "people/999"}, id="reference-to-nothing-of-several-kinds"),
        pytest.param({"channel": "999"}, id="external-that-does-not-exist"),
    ],
)
async def test_the_api_refuses_what_it_cannot_do(change: dict[str, Any]) -> None:
    provider = await connected(MemoryWorld())
    live = await provider.create(widget())
    with pytest.raises(Refused):
        await provider.update(update(live, **change))
    assert (await listed(provider))[0].values == live.values


async def test_a_parent_in_use_is_not_deleted() -> None:
    world = MemoryWorld()
    group = world.add("groups", name="g")
    child = world.add("widgets", name="a", owner=f"groups/{group}")
    provider = await connected(world)
    [parent] = await listed(provider, "groups")
    with pytest.raises(Refused, match=f"in use by widgets {child}"):
        await provider.delete(parent)


async def test_listings_show_the_state_before_a_write_as_often_as_the_lag_says() -> None:
    world = MemoryWorld(lag=2)
    provider = await connected(world)
    await provider.create(widget())
    assert [len(await listed(provider)) for _ in range(4)] == [0, 0, 1, 1]


async def test_hand_edits_are_seen_and_are_no_writes_of_ours() -> None:
    world = MemoryWorld()
    object_id = world.add("widgets", name="a", url="https://a.example/", api_key="hand-made-key")
    provider = await connected(world)
    world.edit(object_id, paused=True)
    [live] = await listed(provider)
    assert live.values["paused"] is True
    assert live.values["api_key"] == SecretValue("hand-made-key", "api_key")
    world.drop(object_id)
    assert await listed(provider) == []
    assert world.writes == []
    with pytest.raises(NotFound):
        world.find(object_id)


async def test_writes_and_reads_are_logged_by_what_took_effect() -> None:
    world = MemoryWorld(page_size=1)
    provider = await connected(world)
    for name in ("a", "b"):
        await provider.create(widget(name))
    first, second = await listed(provider)
    await provider.update(update(first, paused=True))
    await provider.delete(second)
    await provider.delete(second)
    assert world.reads == ["list widgets", "list widgets"]
    assert [w.operation for w in world.writes] == ["create", "create", "update", "delete"]
    assert world.writes[2] == Write("update", "widgets", first.id, ("paused",))


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize(
    ("phase", "error", "there"),
    [
        pytest.param("before", Unavailable("down"), False, id="down"),
        pytest.param("after", AnswerLost("lost"), True, id="answer-lost"),
        pytest.param("before", Crash(), False, id="killed-before"),
        pytest.param("after", Crash(), True, id="killed-after"),
    ],
)
async def test_a_fault_strikes_before_or_after_the_effect(phase: str, error: BaseException, there: bool) -> None:
    asked: list[tuple[str, str]] = []

    def faults(operation: str, when: str) -> BaseException | None:
        asked.append((operation, when))
        return error if (operation, when) == ("create widgets/a", phase) else None

    world = MemoryWorld(faults=faults)
    provider = await connected(world)
    with pytest.raises(type(error)):
        await provider.create(widget())
    assert asked[-1] == ("create widgets/a", phase)
    assert bool(world.ids("widgets")) is there


async def test_a_failure_on_a_later_page_fails_the_listing() -> None:
    world = MemoryWorld(page_size=1)
    for name in ("a", "b"):
        world.add("widgets", name=name)
    world.faults = lambda operation, phase: Unavailable("down") if len(world.reads) == 1 else None
    with pytest.raises(Unavailable):
        await listed(await connected(world))


async def test_latency_is_virtual_and_meets_the_deadline() -> None:
    clock, world = FakeClock(), MemoryWorld(latency=2.0)
    provider = await connected(world, clock, deadline=3.0)
    await provider.whoami()
    assert clock.monotonic() == 2.0
    with pytest.raises(Unavailable, match="deadline"):
        await provider.whoami()


async def test_a_wrong_token_is_rejected() -> None:
    world = MemoryWorld(token="right")
    provider = await connected(world, secrets={"token": SecretValue("wrong")})
    with pytest.raises(CredentialRejected):
        await provider.whoami()


async def test_a_value_or_an_object_can_be_made_unreadable() -> None:
    world = MemoryWorld()
    one, other = (world.add("widgets", name=name, url="https://a.example/") for name in ("a", "b"))
    world.unreadable = {(one, "url"): "no scope", (other, ""): "locked"}
    [first, second] = await listed(await connected(world))
    assert first.values["url"] == Unknown("no scope")
    assert second.unknown == "locked"


async def test_a_disabled_person_is_inactive_and_comes_back_when_desired() -> None:
    world = MemoryWorld()
    world.add("people", email="p@example.org", role="admin")
    provider = await connected(world)
    [live] = await listed(provider, "people")
    assert isinstance(provider, Disables)
    await provider.disable(live)
    [live] = await listed(provider, "people")
    assert live.inactive
    assert world.models["people"].model_validate({}).expand().spec == {"state": "active"}


def test_a_project_is_read_back_from_values_or_from_text(tmp_path: Path) -> None:
    catalog = memory_catalog()
    values = project_of(tmp_path, {"groups": {"g": {"title": "no"}}}, catalog=catalog)
    text = project_of(tmp_path, 'groups:\n  g:\n    title: "no"\n', catalog=catalog)
    assert [r.spec["title"] for r in (*values.resources, *text.resources)] == ["no", "no"]
    assert not (tmp_path / "desired" / "groups.yaml").exists()
