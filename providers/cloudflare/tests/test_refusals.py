"""Tokens, permissions, accounts, plans, limits: what a refusal means and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, Refused, Unavailable
from reconciler_cloudflare.failures import NoCors
from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.sandbox.api import READ, WRITE, ZONES

CORS = [{"allowed": {"methods": ["GET"], "origins": ["https://learn.aigurus.com"]}}]


def answering(
    status: int, *codes: int, message: str = "words that nobody promised", headers: Mapping[str, str] | None = None
) -> httpx.MockTransport:
    errors = [{"code": code, "message": message} for code in codes]
    body = {"success": False, "errors": errors, "messages": [], "result": None}
    return httpx.MockTransport(lambda request: httpx.Response(status, json=body, headers=headers, request=request))


async def everything(listing: Any) -> list[Any]:
    return [live async for live in listing]


async def test_a_missing_token_is_told_by_its_name(account: Any) -> None:
    with pytest.raises(CredentialRejected, match="CLOUDFLARE_API_TOKEN is not set") as caught:
        await account.connect(environ={"CLOUDFLARE_API_TOKEN": ""})
    assert "Workers R2 Storage Read" in caught.value.fix


async def test_a_token_that_opens_the_account_costs_one_call_and_gives_the_account(account: Any) -> None:
    before = account.provider.requests
    assert (await account.provider.whoami()).fields == {"account_id": account.store.account}
    assert account.provider.requests - before == 1


async def test_a_wrong_token_is_a_rejected_credential(account: Any) -> None:
    stranger = await account.connect(environ={"CLOUDFLARE_API_TOKEN": "token-of-somebody-else-123"})
    with pytest.raises(CredentialRejected, match=r"401.*10000") as caught:
        await stranger.whoami()
    assert "CLOUDFLARE_API_TOKEN" in caught.value.fix
    assert "token-of-somebody-else-123" not in f"{caught.value!r} {caught.value}"


async def test_an_active_token_of_another_account_is_told_from_a_wrong_one(account: Any) -> None:
    elsewhere = await account.connect(account_id="f" * 32)
    with pytest.raises(
        CredentialRejected, match="the token is active, and does not open the buckets of account f"
    ) as c:
        await elsewhere.whoami()
    assert "check `account_id:`" in c.value.fix


@pytest.mark.parametrize("status", ["disabled", "expired"])
async def test_a_token_that_is_no_longer_active_says_so(account: Any, status: str) -> None:
    account.api_of.status = status
    with pytest.raises(CredentialRejected, match=f"the token is {status}"):
        await account.provider.whoami()


async def test_a_token_of_the_account_instead_of_a_user_is_verified_too(account: Any) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        result = {"id": "1", "status": "active"} if "/accounts/" in request.url.path else None
        if not request.url.path.endswith("/verify") or result is None:
            errors = [{"code": 1000, "message": "Invalid API Token"}]
            return httpx.Response(401, json={"success": False, "errors": errors, "result": None}, request=request)
        return httpx.Response(200, json={"success": True, "errors": [], "result": result}, request=request)

    provider = await account.connect(transport=httpx.MockTransport(reply))
    with pytest.raises(CredentialRejected, match="the token is active, and does not open"):
        await provider.whoami()


@pytest.mark.trap("cloudflare", "1: reading takes Workers R2 Storage Read, writing Workers R2 Storage Write")
@pytest.mark.trap("cloudflare", "10: new permissions take up to a minute")
async def test_a_read_only_token_plans_and_a_write_names_the_missing_permission(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    account.api_of.groups = {READ, ZONES}
    await account.provider.whoami()
    assert set(await account.listed("buckets")) == {"data"}
    assert [zone.name async for zone in account.provider.externals("zones")] == ["aigurus.com"]
    with pytest.raises(CredentialRejected, match="403") as caught:
        await account.update(live, {"cors": CORS}, ["cors"])
    assert "`Workers R2 Storage Write`" in caught.value.fix
    assert "up to a minute" in caught.value.fix
    assert "/data/cors" in caught.value.fix


async def test_a_token_without_r2_names_the_permission_for_reading(account: Any) -> None:
    account.api_of.groups = {ZONES}
    with pytest.raises(CredentialRejected) as caught:
        await account.provider.whoami()
    assert "`Workers R2 Storage Read`" in caught.value.fix


@pytest.mark.trap("cloudflare", "1: custom domains also touch a zone, and looking it up takes a permission of its own")
async def test_a_token_without_zones_names_the_permission(account: Any) -> None:
    account.api_of.groups = {READ, WRITE}
    with pytest.raises(CredentialRejected) as caught:
        await everything(account.provider.externals("zones"))
    assert "`Zone Read`" in caught.value.fix


@pytest.mark.trap("cloudflare", "bad days: what a missing permission hides is unknown, and no more than that")
async def test_a_plan_without_zone_read_knows_all_but_the_name_of_the_zone(desk: Any) -> None:
    cdn = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
    desk.want(data={"access": "public-cdn", "custom_domains": [cdn]})
    await desk.applied()
    desk.api.groups = {READ}
    plan = await desk.plan()
    assert (plan.changes, plan.drift) == ((), ())
    assert [(u.subject, u.needed) for u in plan.unknown] == [
        ("buckets/data.custom_domains.cdn.aigurus.com.zone", False)
    ]
    desk.store.buckets["default", "data"].public = True
    assert [d.type for d in (await desk.plan()).drift] == ["changed"]


@pytest.mark.trap("cloudflare", "1: 10042 means that the account is not entitled to R2: the plan, not the token")
async def test_an_account_without_r2_says_that_it_is_the_plan(account: Any) -> None:
    account.store.entitled = False
    with pytest.raises(Refused, match="this is the plan: the account is not entitled to R2") as caught:
        await account.provider.whoami()
    assert "no other token would help" in caught.value.fix


CODES = [
    pytest.param(400, 10005, Refused, "not one R2 takes", id="10005-name"),
    pytest.param(404, 10006, NotFound, "own jurisdiction", id="10006-no-bucket"),
    pytest.param(404, 10059, NoCors, "404", id="10059-no-cors"),
    pytest.param(409, 10008, Refused, "not empty", id="10008-not-empty"),
    pytest.param(
        400,
        10009,
        Refused,
        "as many buckets",
        marks=pytest.mark.trap("cloudflare", "bad days: a limit of the account is told as one"),
        id="10009-too-many",
    ),
    pytest.param(403, 10042, Refused, "this is the plan", id="10042-plan"),
    pytest.param(
        403,
        10069,
        Refused,
        "lock rule",
        marks=pytest.mark.trap("cloudflare", "7: a lock rule beats everything else"),
        id="10069-locked",
    ),
    pytest.param(409, 10073, Refused, "is there and was not listed", id="10073-exists"),
    pytest.param(
        409,
        10081,
        Refused,
        "Data Catalog",
        marks=pytest.mark.trap("cloudflare", "7: a Data Catalog may guard the bucket"),
        id="10081-catalog",
    ),
    pytest.param(400, 10040, Refused, "10040", id="10040-malformed"),
    pytest.param(401, 10002, CredentialRejected, "401", id="10002-unauthorised"),
    pytest.param(403, 10003, CredentialRejected, "lacks the scope", id="10003-denied"),
    pytest.param(400, 9106, CredentialRejected, "400", id="9106-missing-header"),
    pytest.param(400, 9103, CredentialRejected, "400", id="9103-invalid-key"),
    pytest.param(401, 9109, CredentialRejected, "401", id="9109-invalid-token"),
    pytest.param(400, 10000, CredentialRejected, "400", id="10000-authentication"),
    pytest.param(
        400,
        971,
        Unavailable,
        "971",
        marks=pytest.mark.trap("cloudflare", "1: 971, 6100 and 10058 are limits of the rate, whatever the status"),
        id="971-rate",
    ),
    pytest.param(
        400,
        6100,
        Unavailable,
        "6100",
        marks=pytest.mark.trap("cloudflare", "1: 971, 6100 and 10058 are limits of the rate, whatever the status"),
        id="6100-rate",
    ),
    pytest.param(
        403,
        10058,
        Unavailable,
        "10058",
        marks=pytest.mark.trap("cloudflare", "1: 971, 6100 and 10058 are limits of the rate, whatever the status"),
        id="10058-rate-by-code",
    ),
]


@pytest.mark.trap("cloudflare", "1: errors are told apart by errors[].code, not by the message")
@pytest.mark.parametrize(("status", "code", "kind", "said"), CODES)
async def test_a_code_says_what_a_refusal_means(
    account: Any, status: int, code: int, kind: type[Exception], said: str
) -> None:
    provider = await account.connect(transport=answering(status, code))
    with pytest.raises(kind, match=said) as caught:
        await provider.calls["buckets"].reachable()
    assert type(caught.value) is kind


@pytest.mark.trap("cloudflare", "bad days: a retired endpoint (410) is an error, never a bucket that is gone")
async def test_a_retired_endpoint_is_not_taken_for_absent(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    retired = await account.connect(transport=answering(410, 7003))
    for call in (retired.delete(live), everything(retired.list("buckets"))):
        with pytest.raises(Refused, match="this endpoint is retired") as caught:
            await call
        assert not isinstance(caught.value, NotFound)
        assert "update reconciler-cloudflare" in caught.value.fix
    assert ("default", "data") in account.store.buckets


@pytest.mark.trap("cloudflare", "1: 10001 and 10043 are passing troubles and are tried again")
@pytest.mark.parametrize("trouble", ["broken", "down"])
async def test_a_server_error_is_tried_again(account: Any, trouble: Any) -> None:
    await account.create("buckets", "data", {})
    inner, failed = account.wire.inner.handle_async_request, []

    async def once(request: Any) -> Any:
        if not failed:
            failed.append(1)
            refused = account.api_of.refusal(trouble, 1)
            return httpx.Response(refused.status_code, content=refused.body, request=request)
        return await inner(request)

    account.wire.inner.handle_async_request = once
    assert set(await account.listed("buckets")) == {"data"}


@pytest.mark.trap("cloudflare", "1: over 1200 requests in 5 minutes everything is refused for the next five")
async def test_a_refusal_for_rate_is_waited_out(account: Any) -> None:
    await account.create("buckets", "data", {})
    account.store.rate.taken = 1198
    assert set(await account.listed("buckets")) == {"data"}
    assert account.clock.elapsed >= 300


@pytest.mark.trap("cloudflare", "1: x-ratelimit-reset is a date, retry-after is in seconds")
async def test_the_rate_headers_are_those_that_are_documented(account: Any) -> None:
    answer = await account.client.get("/zones")
    assert answer.headers["x-ratelimit-limit"] == "1200"
    assert answer.headers["x-ratelimit-reset"].endswith("GMT")
    account.store.rate.taken = 1200
    limited = await account.client.get("/zones")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "300")
    assert limited.json()["errors"][0]["code"] == 971


@pytest.mark.trap("cloudflare", "1: 1200 requests in 5 minutes count over everything that a user runs")
async def test_the_default_rate_stays_below_the_documented_one() -> None:
    rate = CloudflareSettings.default_rate
    assert rate is not None
    assert rate.burst + 300 * rate.per_second <= 1100
    assert rate.burst <= 200, "the limit of a second for an address"


@pytest.mark.trap("cloudflare", "1: 10073 can mean a bucket of another jurisdiction, or one made meanwhile")
async def test_a_name_that_is_taken_says_where_to_look(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    with pytest.raises(Refused, match="is there and was not listed") as caught:
        await account.create("buckets", "data", {})
    assert "another jurisdiction" in caught.value.fix
