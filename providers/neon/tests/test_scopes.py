"""Keys that may less, keys of others, plans that allow less, and rates."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, Refused, Unknown

trap = pytest.mark.trap
VIEWER = "napi_viewer0123456789abcdef"
ALL = ("database", "branches", "endpoints", "roles", "databases", "backups")
BACKUPS = {"branch": "production", "schedule": [{"frequency": "daily", "hour": 2, "retention_seconds": "7d"}]}


async def viewer(account: Any, **options: Any) -> Any:
    account.service.permissions[VIEWER] = "CAN_VIEW"
    return await account.connect(environ={"NEON_API_KEY": VIEWER}, **options)


@trap("neon", "1: 401 without a valid key")
async def test_a_wrong_key_is_rejected_by_name(account: Any) -> None:
    provider = await account.connect(environ={"NEON_API_KEY": "napi_wrong"})
    with pytest.raises(CredentialRejected) as caught:
        await provider.whoami()
    assert "check the value of NEON_API_KEY" in str(caught.value)
    assert "napi_wrong" not in str(caught.value)


async def test_a_key_that_is_not_set_is_named_with_where_to_get_one(account: Any) -> None:
    with pytest.raises(CredentialRejected, match=r"NEON_API_KEY is not set"):
        await account.connect(environ={"NEON_API_KEY": ""})


@pytest.mark.trap("neon", "bad days: what a missing permission hides is unknown, and no more than that")
async def test_a_key_that_only_views_makes_a_plan_and_the_urls_are_unknown(account: Any) -> None:
    provider = await viewer(account, read_only=True)
    await provider.whoami()
    for collection in ALL:
        [live, *_] = [one async for one in provider.list(collection)]
        assert not live.unknown
        for value in live.outputs.values():
            assert isinstance(value, Unknown)
            assert "403 on GET /api/v2/projects/restless-sea-41205793/connection_uri" in value.reason
            assert "give NEON_API_KEY the right to read role passwords (CAN_EDIT on the project)" in value.reason


@trap("neon", "bad days: a missing permission is named, with the call that needs it")
async def test_a_write_without_the_right_names_the_right_and_the_call(account: Any) -> None:
    provider = await viewer(account)
    with pytest.raises(CredentialRejected) as caught:
        await provider.create(account.sending("roles", "app", {"branch": "production"}))
    assert "give NEON_API_KEY the permission CAN_EDIT on the project" in str(caught.value)
    assert "POST /api/v2/projects/restless-sea-41205793/branches/br-" in str(caught.value)


LIMITS = [
    pytest.param("free", "database", {"history_retention_seconds": "7d"}, id="history-on-free"),
    pytest.param("launch_v3", "database", {"history_retention_seconds": "8d"}, id="history-on-launch"),
    pytest.param("launch_v3", "database", {"settings": {"allowed_ips": {"ips": ["192.0.2.1"]}}}, id="ips-on-launch"),
    pytest.param("free_v3", "branches", {"protected": True}, id="protected-on-free"),
    pytest.param("free_v3", "backups", BACKUPS, id="backups-on-free"),
]


@trap("neon", "6: limits of the plan: history, protected branches, allowed_ips, scheduled snapshots")
@pytest.mark.parametrize(("plan", "collection", "fields"), LIMITS)
async def test_a_limit_of_the_plan_is_called_that(account_on: Any, plan: str, collection: str, fields: Any) -> None:
    async with account_on(plan=plan) as account:
        [live] = (await account.by_id(collection)).values()
        with pytest.raises(Refused) as caught:
            await account.update(live, fields, [n for n in fields if n != "branch"], handle="production")
        assert "it is a limit of the Neon plan" in str(caught.value)
        assert "choose another plan" in caught.value.fix


@trap("neon", "6: limits of the plan: branches")
async def test_one_branch_too_many_is_the_plan_too(account_on: Any) -> None:
    async with account_on(plan="free_v3") as account:
        for number in range(9):
            await account.create("branches", f"b{number}", {})
        with pytest.raises(Refused, match="limit of the Neon plan"):
            await account.create("branches", "b9", {})


PLANS = [
    pytest.param(402, {}, id="402-without-a-word"),
    pytest.param(403, {"code": "", "message": "IP Allow is not available on your plan"}, id="403"),
    pytest.param(422, {"code": "BRANCHES_LIMIT_EXCEEDED", "message": "no more"}, id="422-by-its-code"),
    pytest.param(428, {"code": "", "message": "upgrade your subscription"}, id="428"),
]


@trap("neon", "bad days: a limit of the plan is told as one under 402, 403, 422 and 428")
@pytest.mark.parametrize(("status", "body"), PLANS)
async def test_the_plan_is_named_whatever_the_status(account: Any, status: int, body: Any) -> None:
    answer = httpx.MockTransport(lambda request: httpx.Response(status, json=body, request=request))
    provider = await account.connect(transport=answer)
    with pytest.raises(Refused, match="it is a limit of the Neon plan") as caught:
        [one async for one in provider.list("branches")]
    assert "choose another plan" in caught.value.fix


OTHERS = [
    pytest.param(409, "", "branch with name 'plan-b' already exists", id="a-name-that-somebody-gave"),
    pytest.param(400, "", "autoscaling_limit_min_cu must not exceed autoscaling_limit_max_cu", id="a-field-name"),
    pytest.param(422, "", "cannot delete the default branch", id="something-else"),
    pytest.param(404, "", "no such plan", id="not-there"),
]


@pytest.mark.parametrize(("status", "code", "message"), OTHERS)
async def test_other_refusals_are_not_taken_for_the_plan(account_on: Any, status: int, code: str, message: str) -> None:
    class Refusing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, json={"code": code, "message": message}, request=request)

    async with account_on() as account:
        provider = await account.connect(transport=Refusing())
        with pytest.raises(Refused) as caught:
            [one async for one in provider.list("branches")]
        assert "plan" not in caught.value.fix


@trap("neon", "bad days: a retired endpoint (410) is an error, never an object that is gone")
async def test_a_retired_endpoint_is_not_taken_for_absent(account: Any) -> None:
    live = await account.create("roles", "app", {"branch": "production"})

    async def retired(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(410, json={"code": "", "message": "gone"}, request=request)
        return await account.wire.inner.handle_async_request(request)

    provider = await account.connect(transport=httpx.MockTransport(retired))
    with pytest.raises(Refused, match="this endpoint is retired") as caught:
        await provider.delete(live)
    assert not isinstance(caught.value, NotFound)
    assert "update reconciler-neon" in caught.value.fix
    assert "production/app" in await account.by_id("roles")


@trap("neon", "1: errors are {code, message}, and the code may be empty")
async def test_what_neon_says_is_passed_on(account: Any) -> None:
    await account.create("branches", "staging", {})
    with pytest.raises(Refused, match=r"409 on POST .*: branch with name 'staging' already exists"):
        await account.create("branches", "staging", {})


class Counting(httpx.AsyncBaseTransport):
    """Counts the answers that refuse for rate."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.refused = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        self.refused += response.status_code == 429
        return response


@trap("neon", "1: 700 requests a minute, 40 a second for one route, and no word on how long to wait")
async def test_the_default_rate_stays_below_both_limits(account_on: Any) -> None:
    async with account_on(Counting) as account:
        for number in range(60):
            await account.by_hand("POST", "/branches", {"branch": {"name": f"b{number}"}}, 201)
        provider = await account.connect(read_only=True)
        sent = len(account.wire.sent)
        for _ in range(8):
            await asyncio.gather(*(drained(provider, collection) for collection in ALL))
        assert len(account.wire.sent) - sent > 900
        assert account.wire.inner.refused == 0


@trap("neon", "1: a 429 without Retry-After is waited out")
async def test_a_rate_that_is_set_too_high_costs_time_and_nothing_else(account_on: Any) -> None:
    async with account_on(Counting) as account:
        for number in range(60):
            await account.by_hand("POST", "/branches", {"branch": {"name": f"b{number}"}}, 201)
        provider = await account.connect(read_only=True, rate="none")
        assert await drained(provider, "roles") == 61 * 2
        assert account.wire.inner.refused > 0


async def drained(provider: Any, collection: str) -> int:
    return len([live async for live in provider.list(collection)])


async def test_the_simulator_refuses_more_than_the_documented_rates(account: Any) -> None:
    statuses = [(await account.client.get("/api/v2/regions")).status_code for _ in range(41)]
    assert statuses == [200] * 40 + [429]
    account.clock.advance(2)
    assert (await account.client.get("/api/v2/regions")).status_code == 200
    for _ in range(30):
        account.clock.advance(1.1)
        for path in ("/api/v2/regions", "/api/v2/auth"):
            statuses += [(await account.client.get(path)).status_code for _ in range(20)]
    assert 429 in statuses[60:]


@pytest.mark.trap("neon", "1: a key may be for other projects only")
async def test_a_key_of_another_account_sees_no_such_project(account: Any) -> None:
    provider = await account.connect(project="other-sea-12345678")
    with pytest.raises(Refused, match="shows this API key no project"):
        await provider.whoami()
