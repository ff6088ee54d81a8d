"""Heartbeats: never pinged, time zones, secret addresses."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import NotFound, SecretValue

DAILY = {"period": "1d", "grace": 17280}


@pytest.mark.trap("betterstack", "4: the ping address needs no token, so it is a secret")
async def test_the_ping_address_is_a_secret_output(account: Any) -> None:
    live = await account.create("heartbeats", "nightly", DAILY)
    url = live.outputs["url"]
    assert isinstance(url, SecretValue)
    assert url.reveal().startswith("https://uptime.betterstack.com/api/v1/heartbeat/")
    assert url.reveal() not in repr(live)
    assert "url" not in live.values


@pytest.mark.trap("betterstack", "4: a heartbeat that is never pinged never alerts")
async def test_a_heartbeat_that_was_never_pinged_is_flagged_once_its_period_is_over(account: Any) -> None:
    await account.create("heartbeats", "nightly", DAILY)
    fresh = (await account.listed("heartbeats"))["nightly"]
    assert "not pinged yet" in fresh.pending[0]
    account.clock.advance(86_401)
    old = (await account.listed("heartbeats"))["nightly"]
    assert "never alerts" in old.pending[0]
    assert "reconcile heartbeat nightly" in old.pending[0]


@pytest.mark.trap("betterstack", "4: the ping address needs no token, so it is a secret")
async def test_a_ping_needs_no_token_and_works_on_a_read_only_connection(account: Any) -> None:
    live = await account.create("heartbeats", "nightly", DAILY)
    reader = await account.connect(read_only=True)
    seen: list[Any] = []
    send = account.wire.inner.handle_async_request

    async def spying(request: Any) -> Any:
        seen.append(request)
        return await send(request)

    account.wire.inner.handle_async_request = spying
    await reader.ping(live, failed=False)
    assert [(r.method, "authorization" in r.headers) for r in seen] == [("GET", False)]
    assert reader.requests == 1
    assert (await account.listed("heartbeats"))["nightly"].pending == ()


@pytest.mark.trap("betterstack", "4: a failure is reported at /fail")
@pytest.mark.parametrize(("failed", "status"), [(False, "up"), (True, "down")], ids=["success", "failure"])
async def test_a_ping_reports_success_or_failure(account: Any, failed: bool, status: str) -> None:
    live = await account.create("heartbeats", "nightly", DAILY)
    await account.provider.ping(live, failed=failed)
    raw = (await account.api("GET", f"/api/v2/heartbeats/{live.id}"))["data"]["attributes"]
    assert raw["status"] == status


@pytest.mark.trap("betterstack", "4: the ping address needs no token, so it is a secret")
async def test_a_refused_ping_does_not_tell_the_address(account: Any) -> None:
    live = await account.create("heartbeats", "nightly", DAILY)
    await account.provider.delete(live)
    with pytest.raises(NotFound) as caught:
        await account.provider.ping(live, failed=False)
    assert live.outputs["url"].reveal().rsplit("/", 1)[1] not in f"{caught.value!r} {caught.value}"


@pytest.mark.trap("betterstack", "4: server_timezone is dropped when the period is under an hour")
async def test_a_time_zone_is_dropped_by_the_server_when_the_period_is_under_an_hour(account: Any) -> None:
    zoned = {**DAILY, "server_timezone": "Europe/Berlin"}
    live = await account.create("heartbeats", "nightly", zoned)
    assert live.values["server_timezone"] == "Europe/Berlin"
    after = await account.update(live, {**zoned, "period": 600}, ["period"])
    assert "server_timezone" not in after.values


@pytest.mark.trap("betterstack", "4: an empty text clears policy_id")
async def test_an_empty_text_clears_the_policy_and_the_time_zone(account: Any) -> None:
    policy = await account.create("escalations", "quiet", {"steps": []})
    fields = {**DAILY, "server_timezone": "Europe/Berlin", "policy": policy.id}
    live = await account.create("heartbeats", "nightly", fields)
    cleared = {**DAILY, "server_timezone": None, "policy": None}
    after = await account.update(live, cleared, ["policy", "server_timezone"])
    assert account.requests("PATCH")[-1][1] == {"policy_id": "", "server_timezone": ""}
    assert not {"policy", "server_timezone"} & set(after.values)


async def test_a_paused_heartbeat_is_not_waiting_for_its_first_ping(account: Any) -> None:
    live = await account.create("heartbeats", "nightly", {**DAILY, "paused": True})
    assert live.values["paused"] is True
    assert live.pending == ()
