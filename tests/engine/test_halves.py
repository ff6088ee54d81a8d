"""A replacement and a move, carried out: the old one goes only where nothing speaks against the new one."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import CredentialRejected, ProviderError
from reconciler.provider import Preview
from reconciler.testing.memory import MemoryProvider
from reconciler.testing.world import MemoryWorld

SITE = "https://learn.example.test/"
PERSON = {"state": "active", "lifecycle": {"provider": "memory"}}


def widget(**fields: Any) -> dict[str, Any]:
    return {"widgets": {"a": {"url": SITE, **fields}}}


@pytest.fixture
def moving(lab: Any) -> Any:
    """Return the lab with two accounts, and the object in the first."""
    lab.more["providers"] = {"memory": {"type": "memory"}, "second": {"type": "memory"}}
    lab.routes["second"] = MemoryWorld(now=lab.clock.now)
    return lab


async def moved(lab: Any) -> None:
    """Have it in the first account, and write that it belongs into the second."""
    lab.desire({**widget(lifecycle={"provider": "memory"}), "people": {"p@x.test": PERSON}})
    await lab.apply()
    lab.clock.advance(3600)
    lab.desire({**widget(lifecycle={"provider": "second"}), "people": {"p@x.test": PERSON}})


def there(lab: Any) -> tuple[int, int]:
    """Return how many objects the two accounts have."""
    second = lab.routes.get("second")
    return len(lab.world.objects["widgets"]), len(second.objects["widgets"]) if second else 0


async def test_what_its_replacement_needs_is_made_first_and_if_it_fails_nothing_goes(lab: Any) -> None:
    lab.desire(widget())
    await lab.apply()
    lab.desire({**widget(placement="up", group="g"), "groups": {"g": {}}})
    lab.world.faults = lambda op, phase: ProviderError("500") if op.startswith("create groups") else None
    told = {f"{r.action} {r.address}": (r.status, r.reason) for r in (await lab.apply()).results}
    assert told["create groups/g"][0] == "failed"
    assert told["delete widgets/a"] == (
        "skipped",
        "what takes its place cannot be made: widgets/a (create): groups/g was not done",
    )
    assert told["create widgets/a"][0] == "skipped"
    assert there(lab) == (1, 0)
    lab.world.faults = lambda *_: None
    await lab.apply()
    assert lab.shown("widgets")["a"]["placement"] == "up"
    assert await lab.lines() == []


async def test_a_replacement_without_its_secret_takes_nothing_away(lab: Any) -> None:
    lab.desire(widget())
    await lab.apply()
    lab.desire(widget(placement="up", api_key={"secret": "NOT_THERE"}))
    told = {r.action: r.status for r in (await lab.apply()).results}
    assert told == {"delete": "skipped", "create": "held"}
    assert there(lab) == (1, 0)


async def test_a_replacement_that_is_no_longer_what_was_planned_takes_nothing_away(lab: Any) -> None:
    lab.desire(widget())
    await lab.apply()
    lab.desire(widget(placement="up", notes="one"))
    saved = lab.saved(await lab.plan())
    lab.desire(widget(placement="up", notes="two"))
    told = {r.action: r.status for r in (await lab.apply(saved=saved)).results}
    assert told == {"delete": "stale", "create": "stale"}
    assert there(lab) == (1, 0)


async def test_a_move_whose_provider_holds_the_new_half_takes_nothing_away(
    moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved(moving)
    monkeypatch.setattr(
        MemoryProvider, "preview", lambda _, c: Preview(hold="no") if c.action == "create" else Preview()
    )
    assert {r.status for r in (await moving.apply()).results} == {"held"}
    assert there(moving) == (1, 0)


async def test_a_move_to_an_account_that_is_not_reached_takes_nothing_away(moving: Any) -> None:
    await moved(moving)
    moving.routes["second"].faults = lambda op, phase: ProviderError("503") if op.startswith("list") else None
    assert {r.status for r in (await moving.apply()).results} == {"held"}
    assert there(moving) == (1, 0)


async def test_a_move_to_an_account_that_takes_no_writes_takes_nothing_away(
    moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved(moving)
    connect = MemoryProvider.connect.__func__  # type: ignore[attr-defined]

    async def closed(cls: Any, connection: Any) -> Any:
        if connection.instance == "second" and not connection.read_only:
            raise CredentialRejected("revoked")
        return await connect(cls, connection)

    monkeypatch.setattr(MemoryProvider, "connect", classmethod(closed))
    told = {r.action: (r.status, r.reason) for r in (await moving.apply()).results}
    assert told["delete"][0] == "skipped"
    assert "what takes its place cannot be made: widgets/a (create)" in told["delete"][1]
    assert there(moving) == (1, 0)


@pytest.mark.parametrize("name", ["memory", "second"])
async def test_a_move_seen_from_one_account_alone_takes_nothing_away(moving: Any, name: str) -> None:
    await moved(moving)
    await moving.apply(providers=(name,))
    assert there(moving) in ((1, 0), (1, 1))
    await moving.apply()
    assert there(moving) == (0, 1)
    assert await moving.lines() == []
