"""In which order the parts of a bucket are written, and what becomes of a change that ends half-way."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, ProviderError, Unavailable
from reconciler.model import Create, Update
from reconciler.testing import Fault

CORS = [{"allowed": {"methods": ["GET"], "origins": ["https://learn.aigurus.com"]}}]
EXPIRE = {
    "id": "expire",
    "conditions": {"prefix": "tmp/"},
    "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": "1d"}},
}
CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
WHOLE = {"access": "public-cdn", "custom_domains": [CDN], "cors": CORS, "lifecycle_rules": [EXPIRE]}


@pytest.mark.trap("cloudflare", "12: bucket, storage class, lifecycle, CORS, then what opens the bucket")
async def test_a_new_bucket_is_opened_last(account: Any) -> None:
    await account.create("buckets", "data", {**WHOLE, "storageClass": "InfrequentAccess"})
    assert account.sent("POST", "PUT", "PATCH", "DELETE") == [
        "POST ",
        "PUT /data/lifecycle",
        "PUT /data/cors",
        "POST /data/domains/custom",
    ]


@pytest.mark.trap("cloudflare", "12: turning public access off comes before anything else that can fail")
async def test_an_open_bucket_is_shut_first(account: Any) -> None:
    live = await account.public()
    await account.dashboard("PUT", "/public/domains/managed", {"enabled": True})
    before = len(account.sent("PUT", "PATCH", "DELETE"))
    fields = {"access": "private", "storageClass": "InfrequentAccess", "cors": CORS, "lifecycle_rules": [EXPIRE]}
    await account.update(live, fields, list(fields))
    assert account.sent("PUT", "PATCH", "DELETE")[before:] == [
        "PUT /public/domains/managed",
        "PUT /public/domains/custom/cdn.aigurus.com",
        "PATCH /public",
        "PUT /public/lifecycle",
        "PUT /public/cors",
    ]


async def test_a_bucket_is_shut_even_when_the_next_part_is_refused(account: Any) -> None:
    live = await account.create("buckets", "data", {"access": "public-dev"})
    inner = account.wire.inner.handle_async_request

    async def refusing(request: Any) -> Any:
        if request.method == "PATCH":
            account.api_of.groups = set()
        return await inner(request)

    account.wire.inner.handle_async_request = refusing
    fields = {"access": "private", "storageClass": "InfrequentAccess"}
    with pytest.raises(ProviderError):
        await account.update(live, fields, list(fields))
    assert not account.store.buckets["default", "data"].public


@pytest.mark.parametrize("part", ["storageClass", "cors", "lifecycle_rules", "access", "custom_domains"])
async def test_only_the_part_that_differs_is_written(account: Any, part: str) -> None:
    live = await account.create("buckets", "data", {})
    fields = {"storageClass": "InfrequentAccess", "cors": CORS, "lifecycle_rules": [EXPIRE], "access": "public-dev"}
    fields["custom_domains"] = [account.cdn()]
    before = len(account.sent("POST", "PUT", "PATCH", "DELETE"))
    await account.update(live, {part: fields[part]}, [part])
    expected = {
        "storageClass": "PATCH /data",
        "cors": "PUT /data/cors",
        "lifecycle_rules": "PUT /data/lifecycle",
        "access": "PUT /data/domains/managed",
        "custom_domains": "POST /data/domains/custom",
    }
    assert account.sent("POST", "PUT", "PATCH", "DELETE")[before:] == [expected[part]]


@pytest.mark.parametrize("at", ["lifecycle", "cors", "domains/custom"])
async def test_a_create_that_dies_half_way_converges_on_the_next_apply_without_a_second_bucket(
    desk: Any, at: str
) -> None:
    desk.want(data=WHOLE)
    wire = desk.site.harness.rim
    inner = wire.inner.handle_async_request

    async def refusing(request: Any) -> Any:
        if request.method != "GET" and request.url.path.endswith(at):
            refused = desk.api.refusal("unauthorized", 0)
            return httpx.Response(refused.status_code, content=refused.body, request=request)
        return await inner(request)

    wire.inner.handle_async_request = refusing
    outcome = await desk.apply()
    assert [r.status for r in outcome.results] == ["failed"]
    assert list(desk.store.buckets) == [("default", "data")], "the bucket is there, and not all that belongs to it"
    wire.inner.handle_async_request = inner
    change = await desk.change()
    assert isinstance(change, Update), "it is ours, so it is no foreign bucket to adopt"
    assert not change.held
    await desk.applied()
    bucket = desk.store.buckets["default", "data"]
    assert list(desk.store.buckets) == [("default", "data")]
    assert (bucket.cors, list(bucket.domains)) == (CORS, ["cdn.aigurus.com"])


class Killed(BaseException):
    """kill -9, as far as the engine can tell."""


async def test_a_run_that_is_killed_at_any_write_is_finished_by_the_next_without_a_second_bucket(desk: Any) -> None:
    wire = desk.site.harness.rim
    inner = wire.inner.handle_async_request
    for at in range(8):
        name = f"data-{at}"
        desk.want(**{name: {**WHOLE, "custom_domains": [{**CDN, "domain": f"n{at}.aigurus.com"}]}, **desk.wanted})
        left = [at // 2]

        async def dying(request: Any, left: list[int] = left, after: bool = bool(at % 2)) -> Any:
            if request.method == "GET" and left[0] >= 0:
                return await inner(request)
            left[0] -= 1
            if left[0] >= 0:
                return await inner(request)
            if after:
                await inner(request)
            raise Killed

        wire.inner.handle_async_request = dying
        with pytest.raises(Killed):
            await desk.apply()
        wire.inner.handle_async_request = inner
        await desk.applied()
        bucket = desk.store.buckets["default", name]
        assert (bucket.cors, list(bucket.domains)) == (CORS, [f"n{at}.aigurus.com"])
    assert len(desk.store.buckets) == 8


async def test_a_create_whose_answer_is_lost_goes_on_with_the_bucket_that_it_made(desk: Any) -> None:
    desk.want(data=WHOLE)
    assert isinstance(await desk.change(), Create)
    desk.site.harness.rim.arm(Fault.RESET_AFTER, times=1, writes_only=True)
    outcome = await desk.apply()
    desk.site.harness.rim.disarm()
    assert [r.status for r in outcome.results] == ["done"]
    assert outcome.not_converged == ()
    assert desk.store.buckets["default", "data"].cors == CORS


async def test_a_bucket_older_than_the_create_whose_answer_was_lost_is_not_taken_for_ours(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    account.clock.advance(3600)
    account.wire.arm(Fault.RESET_AFTER, times=1, writes_only=True)
    with pytest.raises(AnswerLost):
        await account.create("buckets", "data", WHOLE)
    assert account.store.buckets["default", "data"].cors == []


async def test_a_create_whose_later_parts_stay_unanswered_says_that_the_bucket_is_made(account: Any) -> None:
    inner = account.wire.handle_async_request

    async def losing(request: Any) -> Any:
        if request.method == "PUT":
            account.wire.arm(Fault.SERVER_ERROR)
        try:
            return await inner(request)
        finally:
            account.wire.disarm()

    account.wire.handle_async_request = losing
    with pytest.raises(Unavailable, match="bucket data is made, and not all that belongs to it is") as caught:
        await account.create("buckets", "data", WHOLE)
    assert "apply again" in caught.value.fix


async def test_an_update_sent_twice_writes_once(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    fields = {"access": "public-cdn", "custom_domains": [account.cdn()], "lifecycle_rules": [EXPIRE]}
    change = account.change(live, fields, list(fields))
    await account.provider.update(change)
    before = len(account.sent("POST", "PUT", "PATCH", "DELETE"))
    await account.provider.update(change)
    assert account.sent("POST", "PUT", "PATCH", "DELETE")[before:] == []


@pytest.mark.trap("cloudflare", "12: removing never touches the domains of a bucket that R2 may refuse to delete")
async def test_a_bucket_is_deleted_with_one_call(account: Any) -> None:
    live = await account.public()
    before = len(account.sent("DELETE"))
    await account.provider.delete(live)
    assert account.sent("DELETE")[before:] == ["DELETE /public"]
    assert account.store.buckets == {}
