"""The wire: paths, pages, casing, deletions that take a while, refusals, and what is about to be retired."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from reconciler import (
    AnswerLost,
    Busy,
)
from reconciler.testing import Fault
from reconciler_sentry.models import SentrySettings
from reconciler_sentry.provider import Sentry

COLLECTIONS = ("sentry_project", "client_keys", "metric_monitors", "alerts", "dashboards")


@pytest.mark.trap("sentry", "1: every path ends with a slash")
async def test_every_path_ends_with_a_slash(account: Any) -> None:
    for live in (await account.one_of_each()).values():
        await account.provider.delete(live)
    for collection in COLLECTIONS:
        await account.listed(collection)
    for kind in ("teams", "actors", "integrations"):
        assert [item async for item in account.provider.externals(kind)]
    assert [sent.path for sent in account.wire.sent if not sent.path.endswith("/")] == []


@pytest.mark.trap("sentry", "1: the wire is camelCase, but for default_rules")
async def test_bodies_are_in_camel_case(account: Any) -> None:
    await account.one_of_each()
    names = {name for method in ("POST", "PUT") for _, body in account.requests(method) for name in _names(body)}
    assert {"dataSources", "conditionGroup", "detectorIds", "actionFilters", "logicType", "isActive"} <= names
    assert [name for name in names if "_" in name] == []


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_names(inner) for inner in value.values()))
    return set().union(*(_names(v) for v in value)) if isinstance(value, list) else set()


@pytest.mark.trap("sentry", "1: what Sentry does not know it ignores without a word, so what is there is read again")
async def test_an_update_returns_what_is_there_not_what_was_sent(account: Any) -> None:
    live = (await account.one_of_each())["alerts"]
    inner = account.wire.inner.handle_async_request

    async def deaf(request: httpx.Request) -> httpx.Response:
        """Ignore `config` as if it were misspelt."""
        if request.method == "PUT":
            content = (await request.aread()).replace(b'"config"', b'"konfig"')
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            request = httpx.Request("PUT", request.url, headers=headers, content=content)
        return await inner(request)  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = deaf
    after = await account.update(live, {"config": {"frequency": 60}}, ["config"])
    assert after.values["config"] == {"frequency": 5}, "the engine then says that it did not converge"


@pytest.mark.trap("sentry", "1: both links are always there; only results=true leads on")
async def test_all_pages_are_read_and_not_one_more(account: Any) -> None:
    for number in range(4):
        await account.create("client_keys", f"k{number}", {})
    account.store.page_size = 2
    sent = len(account.wire.sent)
    assert len(await account.listed("client_keys")) == 5
    assert len(account.wire.sent) - sent == 3
    answer = await account.client.get("/projects/ai-gurus/ai-gurus-lms/keys/?cursor=0:4:0")
    assert 'rel="next"; results="false"' in answer.headers["link"]
    assert 'rel="previous"; results="true"' in answer.headers["link"]


@pytest.mark.trap("sentry", "1: deletions are scheduled: what is deleted is visible for a while")
@pytest.mark.parametrize("collection", ["metric_monitors", "alerts"])
async def test_a_delete_returns_when_it_is_gone(account: Any, collection: str) -> None:
    live = (await account.one_of_each())[collection]
    path = {"metric_monitors": "detectors", "alerts": "workflows"}[collection]
    await account.api("DELETE", f"/organizations/ai-gurus/{path}/{live.id}/", status=204)
    assert live.title in await account.listed(collection), "the simulator shows it for a while"
    await account.provider.delete(live)
    assert live.title not in await account.listed(collection)
    assert 3 <= account.clock.elapsed < 10


@pytest.mark.trap("sentry", "14: deletions lag, and may lag long")
async def test_a_deletion_that_does_not_come_is_busy(account: Any) -> None:
    live = (await account.one_of_each())["alerts"]
    account.store.kept_for_ever = True
    with pytest.raises(Busy, match="accepted the deletion of alert a, and still shows it"):
        await account.provider.delete(live)
    assert 60 <= account.clock.elapsed < 70


async def test_a_deletion_that_cannot_be_followed_may_have_happened(account: Any) -> None:
    live = (await account.one_of_each())["alerts"]
    inner = account.wire.inner.handle_async_request

    async def then_down(request: httpx.Request) -> httpx.Response:
        response = await inner(request)
        if request.method == "DELETE":
            account.wire.arm(Fault.SERVER_ERROR)
        return response  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = then_down
    with pytest.raises(AnswerLost, match="was accepted, and could not be followed"):
        await account.provider.delete(live)


@pytest.mark.trap("sentry", "14: a project whose deletion is scheduled is still shown")
async def test_a_project_that_is_being_deleted_counts_as_gone(account: Any) -> None:
    await account.api("DELETE", "/projects/ai-gurus/ai-gurus-lms/", status=204)
    assert await account.listed("sentry_project") == {}
    fresh = await account.connect()
    for collection in COLLECTIONS:
        assert [live async for live in fresh.list(collection)] == []


@pytest.mark.trap("sentry", "1: deprecation headers are warnings")
async def test_a_call_that_is_to_be_retired_warns_once(account: Any, caplog: Any) -> None:
    headers = {"X-Sentry-Deprecation-Date": "2027-01-01", "X-Sentry-Replacement-Endpoint": "/better/"}
    project = {"organization": {"slug": "o"}, "slug": "p", "id": "1"}
    told = httpx.MockTransport(lambda request: httpx.Response(200, json=project, headers=headers))
    old = await account.connect(transport=told)
    with caplog.at_level(logging.WARNING, logger="reconciler.sentry"):
        await old.whoami()
        await old.whoami()
    assert [r.getMessage() for r in caplog.records] == [
        "Sentry retires GET /api/0/projects/ai-gurus/ai-gurus-lms/ on 2027-01-01, in favour of /better/"
    ]


@pytest.mark.trap("sentry", "1: the rate is told by headers, by endpoint, and is waited for")
async def test_the_rate_that_sentry_tells_is_waited_for(account: Any) -> None:
    answers = iter([429, 200])
    reset = str(int(account.clock.now().timestamp()) + 7)

    def limited(request: httpx.Request) -> httpx.Response:
        if next(answers) == 429:
            headers = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": reset}
            return httpx.Response(429, json={"detail": "too frequently"}, headers=headers)
        return httpx.Response(200, json={"organization": {"slug": "o"}, "slug": "p", "id": "1"})

    provider = await account.connect(transport=httpx.MockTransport(limited))
    assert (await provider.whoami()).fields == {"organization": "o", "project": "p"}
    assert account.clock.elapsed >= 7
    answer = await account.client.get("/organizations/ai-gurus/")
    assert {h for h in answer.headers if h.startswith("x-sentry-rate-limit-")} == {
        f"x-sentry-rate-limit-{name}"
        for name in ("limit", "remaining", "reset", "concurrentlimit", "concurrentremaining")
    }


@pytest.mark.trap("sentry", "1: the address depends on the organisation's region")
@pytest.mark.parametrize(("region", "host"), [("us", "us.sentry.io"), ("de", "de.sentry.io")])
def test_the_region_is_in_the_address(region: str, host: str) -> None:
    settings = SentrySettings.model_validate({"organization": "o", "project": "p", "region": region})
    assert Sentry.base_url(settings) == f"https://{host}/api/0"


@pytest.mark.trap("sentry", "6: a missing or disabled integration cannot be made by the API")
async def test_only_integrations_that_work_are_found(account: Any) -> None:
    names = {item.name async for item in account.provider.externals("integrations")}
    assert names == {"slack/AI Gurus", "pagerduty/On call"}
    account.kept("integrations", name="AI Gurus")["organizationIntegrationStatus"] = "disabled"
    names = {item.name async for item in account.provider.externals("integrations")}
    assert names == {"pagerduty/On call"}
    assert [item async for item in account.provider.externals("moons")] == []


@pytest.mark.trap("sentry", "1: the status of a success differs between the document and the server: any 2xx is one")
@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_status_of_success_is_success(account: Any, status: int) -> None:
    inner = account.wire.inner.handle_async_request

    async def other(request: httpx.Request) -> httpx.Response:
        answer = await inner(request)
        if request.method != "GET" and answer.is_success:
            answer.status_code = status
        return answer  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = other
    live = await account.one_of_each()
    await account.update(live["alerts"], {"config": {"frequency": 60}}, ["config"], handle="a")
    assert account.kept("workflows", name="a")["config"] == {"frequency": 60}
    for made in live.values():
        await account.provider.delete(made)
    account.clock.advance(5)
    assert [await account.listed(collection) for collection in ("metric_monitors", "dashboards")] == [{}, {}]


@pytest.mark.trap("sentry", "1: there is a limit on calls at once too: 429 while others remain is waited for as well")
async def test_too_many_calls_at_once_are_waited_for(account: Any) -> None:
    answers = iter([429, 200])
    headers = {
        "X-Sentry-Rate-Limit-Remaining": "39",
        "X-Sentry-Rate-Limit-ConcurrentRemaining": "0",
        "X-Sentry-Rate-Limit-Reset": str(int(account.clock.now().timestamp()) + 2),
    }

    def limited(request: httpx.Request) -> httpx.Response:
        if next(answers) == 429:
            return httpx.Response(429, json={"detail": "too many at once"}, headers=headers)
        return httpx.Response(200, json={"organization": {"slug": "o"}, "slug": "p", "id": "1"})

    provider = await account.connect(transport=httpx.MockTransport(limited))
    assert (await provider.whoami()).fields == {"organization": "o", "project": "p"}
    assert account.clock.elapsed > 0


@pytest.mark.trap("sentry", "6: includeConfig adds keys of PagerDuty services to a listing: it is never asked for")
async def test_integrations_are_listed_without_their_keys(account: Any) -> None:
    account.kept("integrations", name="On call")["configData"] = {"service_table": [{"integration_key": "s3cr3t"}]}
    seen: list[str] = []
    inner = account.wire.inner.handle_async_request

    async def watched(request: httpx.Request) -> httpx.Response:
        answer = await inner(request)
        seen.append((await answer.aread()).decode())
        return answer  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = watched
    assert [item async for item in account.provider.externals("integrations")]
    assert "On call" in "".join(seen)
    assert "s3cr3t" not in "".join(seen)
    whole = await account.client.get("/organizations/ai-gurus/integrations/?includeConfig=1")
    assert "s3cr3t" in str(whole.json()), "it is there for whoever asks"
