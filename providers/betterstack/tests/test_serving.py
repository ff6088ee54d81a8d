"""The simulator served, and on bad days: faults from a seed, rates that are enforced, hand edits."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import pytest

from reconciler import ProviderError, Rate, SandboxRequest
from reconciler.sandbox import RateLimit, Troubled
from reconciler.testing import FakeClock
from reconciler_betterstack.models import BetterStackSettings
from reconciler_betterstack.provider import BetterStack
from reconciler_betterstack.sandbox.app import BetterStackApp, new_store
from reconciler_betterstack.sandbox.edits import Dashboard


def troubled(app: BetterStackApp, **trouble: Any) -> Troubled:
    return Troubled(app, app.api.refusal, **trouble)


MONITOR = {"monitor_type": "status", "url": "https://shop.example.com/"}


def sandbox_request(**more: Any) -> SandboxRequest:
    settings: Mapping[str, Any] = {"expect": {"team": "Gurus"}, "token": {"secret": "OTHER_TOKEN"}}
    needs = {"slack_channels": ["#ops"]}
    return SandboxRequest("betterstack", BetterStackSettings.model_validate(settings), needs, **more)


async def test_the_sandbox_serves_on_loopback_what_is_expected_and_needed() -> None:
    async with BetterStack.sandbox(sandbox_request(seed=5)) as service:
        assert set(service.exports) == {"BETTERSTACK_API_URL", "OTHER_TOKEN"}
        url, token = service.exports["BETTERSTACK_API_URL"], service.exports["OTHER_TOKEN"]
        assert url.startswith("http://127.0.0.1:")
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
            urgencies = (await client.get("/api/v2/urgencies")).json()["data"]
            assert {u["attributes"]["team_name"] for u in urgencies} == {"Gurus"}
            slack = (await client.get("/api/v2/slack-integrations")).json()["data"]
            assert [s["attributes"]["slack_channel_name"] for s in slack] == ["#ops"]
            beat = await client.post("/api/v2/heartbeats", json={"name": "h", "period": 60, "grace": 0})
            assert beat.json()["data"]["attributes"]["url"].startswith(url)
    async with httpx.AsyncClient(base_url=url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/api/v2/urgencies")


async def test_a_seed_gives_the_same_token_and_the_same_faults() -> None:
    tokens = []
    for seed in (1, 1, 2):
        async with BetterStack.sandbox(sandbox_request(seed=seed)) as service:
            tokens.append(service.exports["OTHER_TOKEN"])
    assert tokens[0] == tokens[1] != tokens[2]
    drawn = []
    for seed in (1, 1, 2):
        app = troubled(BetterStackApp(new_store(), "t"), seed=seed)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            drawn.append([(await client.get("/api/v2/monitors")).status_code for _ in range(60)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert {429, 500, 503} <= set(drawn[0]) | set(drawn[2])


async def test_hand_edits_change_what_was_applied_and_name_it(account: Any, make: Any) -> None:
    monitor = make("monitors", "homepage", {**MONITOR, "check_frequency": 180})
    urgency = make("urgencies", "loud", {"sms": True})
    edits = Dashboard(account.app, account.store, account.app.token).edits([urgency, monitor])
    assert [e.mentions for e in edits] == [("monitors/homepage", "check_frequency"), ("urgencies/loud", "sms")]
    with pytest.raises(LookupError, match="apply first"):
        await edits[0].perform()
    for wanted in (monitor, urgency):
        await account.provider.create(wanted)
    for edit in edits:
        await edit.perform()
    assert (await account.listed("monitors"))["homepage"].values["check_frequency"] == 1800
    assert (await account.listed("urgencies"))["loud"].values["sms"] is False


@pytest.mark.trap("betterstack", "1: Retry-After is honoured where a 429 has one")
async def test_the_declared_rate_is_enforced_with_retry_after() -> None:
    clock = FakeClock()
    limit = RateLimit(Rate(per_second=2, burst=3), clock.monotonic)
    app = troubled(BetterStackApp(new_store(now=clock.now), "t"), limit=limit)
    headers = {"authorization": "Bearer t"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", headers=headers) as client:
        answers = [await client.get("/api/v2/monitors") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["retry-after"] == "1"
        assert (await client.get("/_sandbox/state")).status_code == 200
        clock.advance(0.5)
        assert (await client.get("/api/v2/monitors")).status_code == 200
    assert limit.refused == 1


@pytest.mark.trap("betterstack", "1: 429 and 5xx are retried, and nothing is made twice")
async def test_a_provider_gets_through_a_bad_day_without_doubles(account: Any, make: Any) -> None:
    for seed in range(8):
        account.store.reset()
        provider = await account.connect(transport=httpx.ASGITransport(troubled(account.app, seed=seed)))
        names = {f"m{number}" for number in range(6)}
        for _ in range(20):
            with suppress(ProviderError):
                there = {live.title async for live in provider.list("monitors")}
                for name in sorted(names - there):
                    await provider.create(make("monitors", name, MONITOR))
        found = [record.values["pronounceable_name"] for record in account.store.all("monitors")]
        assert sorted(found) == sorted(names)
