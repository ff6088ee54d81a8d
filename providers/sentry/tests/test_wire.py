"""The wire: paths, pages, casing, deletions that take a while, refusals, and what is about to be retired."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pytest

from reconciler import (
    AnswerLost,
    Busy,
    CredentialRejected,
    NotFound,
    ProviderError,
    Refused,
)
from reconciler.testing import Fault
from reconciler_sentry.failures import error_text
from reconciler_sentry.models import SentrySettings
from reconciler_sentry.provider import Sentry

COLLECTIONS = ("sentry_project", "client_keys", "metric_monitors", "alerts", "dashboards")
MONITOR: dict[str, Any] = {
    "config": {"detectionType": "static"},
    "dataSources": [{"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "timeWindow": "1h"}],
    "conditionGroup": {
        "conditions": [
            {"type": "gt", "comparison": 9, "conditionResult": 75},
            {"type": "lte", "comparison": 5, "conditionResult": 0},
        ]
    },
}


async def one_of_each(account: Any) -> dict[str, Any]:
    """Create something of every kind that is created in a project, and return what became of it."""
    return {
        "client_keys": await account.create("client_keys", "k", {"isActive": False}),
        "metric_monitors": await account.create("metric_monitors", "m", MONITOR),
        "alerts": await account.create("alerts", "a", {"config": {"frequency": 5}, "project_monitors": ["error"]}),
        "dashboards": await account.create("dashboards", "d", {}),
    }


@pytest.mark.trap("sentry", "1: every path ends with a slash")
async def test_every_path_ends_with_a_slash(account: Any) -> None:
    for live in (await one_of_each(account)).values():
        await account.provider.delete(live)
    for collection in COLLECTIONS:
        await account.listed(collection)
    for kind in ("teams", "actors", "integrations"):
        assert [item async for item in account.provider.externals(kind)]
    assert [sent.path for sent in account.wire.sent if not sent.path.endswith("/")] == []


@pytest.mark.trap("sentry", "1: the wire is camelCase, but for default_rules")
async def test_bodies_are_in_camel_case(account: Any) -> None:
    await one_of_each(account)
    names = {name for method in ("POST", "PUT") for _, body in account.requests(method) for name in _names(body)}
    assert {"dataSources", "conditionGroup", "detectorIds", "actionFilters", "logicType", "isActive"} <= names
    assert [name for name in names if "_" in name] == []


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_names(inner) for inner in value.values()))
    return set().union(*(_names(v) for v in value)) if isinstance(value, list) else set()


@pytest.mark.trap("sentry", "1: what Sentry does not know it ignores without a word, so what is there is read again")
async def test_an_update_returns_what_is_there_not_what_was_sent(account: Any) -> None:
    live = (await one_of_each(account))["alerts"]
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
    live = (await one_of_each(account))[collection]
    path = {"metric_monitors": "detectors", "alerts": "workflows"}[collection]
    await account.api("DELETE", f"/organizations/ai-gurus/{path}/{live.id}/", status=204)
    assert live.title in await account.listed(collection), "the simulator shows it for a while"
    await account.provider.delete(live)
    assert live.title not in await account.listed(collection)
    assert 3 <= account.clock.elapsed < 10


async def test_a_deletion_that_does_not_come_is_busy(account: Any) -> None:
    live = (await one_of_each(account))["alerts"]
    account.store.kept_for_ever = True
    with pytest.raises(Busy, match="accepted the deletion of alert a, and still shows it"):
        await account.provider.delete(live)
    assert 60 <= account.clock.elapsed < 70


async def test_a_deletion_that_cannot_be_followed_may_have_happened(account: Any) -> None:
    live = (await one_of_each(account))["alerts"]
    inner = account.wire.inner.handle_async_request

    async def then_down(request: httpx.Request) -> httpx.Response:
        response = await inner(request)
        if request.method == "DELETE":
            account.wire.arm(Fault.SERVER_ERROR)
        return response  # type: ignore[no-any-return]

    account.wire.inner.handle_async_request = then_down
    with pytest.raises(AnswerLost, match="was accepted, and could not be followed"):
        await account.provider.delete(live)


async def test_a_project_that_is_being_deleted_counts_as_gone(account: Any) -> None:
    await account.api("DELETE", "/projects/ai-gurus/ai-gurus-lms/", status=204)
    assert await account.listed("sentry_project") == {}
    fresh = await account.connect()
    for collection in COLLECTIONS:
        assert [live async for live in fresh.list(collection)] == []


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, json=body, headers=headers))


@pytest.mark.trap("sentry", "0: 410 means a retired endpoint, never that the object is absent")
async def test_a_retired_endpoint_is_an_error_and_a_delete_is_not_done(account: Any) -> None:
    live = (await one_of_each(account))["alerts"]
    gone = await account.connect(transport=answering(410, {"detail": "This API no longer exists."}))
    for call in (gone.delete(live), gone.whoami(), gone.list("alerts").__anext__()):
        with pytest.raises(Refused, match="retired this endpoint, which says nothing about the object") as caught:
            await call
        assert not isinstance(caught.value, NotFound)
        assert "update the tool" in caught.value.fix
    for path in ("/projects/ai-gurus/ai-gurus-lms/rules/", "/organizations/ai-gurus/alert-rules/7/"):
        assert (await account.client.get(path)).status_code == 410
    assert not any("rules" in sent.path for sent in account.wire.sent)


SCOPES = [
    ("whoami", "project:read", {"org:read"}),
    ("client_keys", "project:write", {"project:read", "org:read"}),
    ("metric_monitors", "alerts:write", {"project:read", "org:ci"}),
    ("alerts", "alerts:write", {"project:read", "alerts:read", "org:read"}),
    ("dashboards", "org:read", {"project:read"}),
    ("teams", "org:read", {"project:read"}),
    ("actors", "member:read", {"org:read"}),
]


@pytest.mark.trap("sentry", "1: 403 is a missing scope, and which one is said")
@pytest.mark.parametrize(("what", "scope", "scopes"), SCOPES, ids=[row[0] for row in SCOPES])
async def test_a_missing_scope_is_named_with_its_call(account: Any, what: str, scope: str, scopes: set[str]) -> None:
    await account.provider.api.built_in()
    account.store.scopes = scopes
    fields: dict[str, Any] = {"metric_monitors": MONITOR, "alerts": {"config": {"frequency": 5}}}.get(what, {})
    calls = {
        "whoami": lambda: account.provider.whoami(),
        "teams": lambda: account.named("teams", "lms"),
        "actors": lambda: account.named("actors", "team:lms"),
    }
    with pytest.raises(CredentialRejected) as caught:
        await calls.get(what, lambda: account.create(what, "x", fields))()
    assert f"the scope {scope}: " in caught.value.fix
    assert re.search(r"(GET|POST) /api/0/", caught.value.fix)


@pytest.mark.trap("sentry", "1: a project PUT with only project:read and an admin field gives 403")
async def test_reading_rights_do_not_write_the_project(account: Any) -> None:
    [live] = (await account.listed("sentry_project")).values()
    account.store.scopes = {"project:read"}
    with pytest.raises(CredentialRejected, match="permission") as caught:
        await account.update(live, {"resolveAge": 24}, ["resolveAge"])
    assert "project:write" in caught.value.fix


async def test_a_token_that_only_reads_lists_everything(account: Any) -> None:
    await one_of_each(account)
    account.store.scopes = set(SentrySettings.rights_to_plan)
    reader = await account.connect(read_only=True)
    assert (await reader.whoami()).fields == {"organization": "ai-gurus", "project": "ai-gurus-lms"}
    for collection in COLLECTIONS:
        assert [live async for live in reader.list(collection)]
    for kind in ("teams", "actors", "integrations"):
        assert [item async for item in reader.externals(kind)]


async def test_a_token_with_the_declared_rights_does_everything(account: Any) -> None:
    rights = (*SentrySettings.rights_to_plan, *SentrySettings.rights_to_apply)
    account.store.scopes = {right.partition(" ")[0] for right in rights}
    [project] = (await account.listed("sentry_project")).values()
    fields = {"filters": {"localhost": True}, "spikeProtection": False, "resolveAge": 1}
    await account.update(project, fields, fields)
    made = await one_of_each(account)
    await account.update(made["alerts"], {"config": {"frequency": 60}}, ["config"])
    await account.update(made["metric_monitors"], {**MONITOR, "description": "x"}, ["description"])
    for live in (*made.values(), project):
        await account.provider.delete(live)


@pytest.mark.parametrize(
    ("settings", "token", "error"),
    [
        ({}, "wrong", CredentialRejected),
        ({}, "", CredentialRejected),
        ({"organization": "somebody-else"}, None, NotFound),
    ],
    ids=["wrong-token", "no-token", "wrong-organisation"],
)
async def test_a_wrong_credential_or_organisation_is_an_error(
    account: Any, settings: dict[str, Any], token: str | None, error: type[ProviderError]
) -> None:
    environ = {} if token is None else {"SENTRY_AUTH_TOKEN": token}

    async def told() -> None:
        provider = await account.connect(environ=environ, **settings)
        await provider.whoami()

    with pytest.raises(error):
        await told()


@pytest.mark.trap("sentry", "1: sudo-required asks a person for the password: nothing is known, and no token is wrong")
async def test_a_challenge_is_no_wrong_token(account: Any) -> None:
    body = {"detail": {"code": "sudo-required", "message": "Account verification required.", "extra": {}}}
    challenged = await account.connect(transport=answering(401, body))
    with pytest.raises(Refused, match="only a person can") as caught:
        await challenged.whoami()
    assert "internal integration" in caught.value.fix


@pytest.mark.trap("sentry", "1: errors are a text, an object, or texts by field as deep as what was sent")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "Invalid token"}, "Invalid token"),
        ({"detail": {"code": "x", "message": "Why not", "extra": {}}}, "Why not"),
        ({"name": ["This field is required."]}, "name: This field is required."),
        (
            {"triggers": {"conditions": {"comparison": ["True is not of type 'object'"]}}},
            "triggers.conditions.comparison: True is not of type 'object'",
        ),
        ({"nonFieldErrors": ["Name or slug is required"]}, "Name or slug is required"),
        ({"widgets": [{}, {"title": ["Too long"]}]}, "widgets[1].title: Too long"),
    ],
    ids=["text", "object", "field", "nested", "no-field", "list"],
)
def test_what_sentry_says_is_told_in_one_line(body: Any, said: str) -> None:
    assert error_text(body) == said


@pytest.mark.trap("sentry", "1: deprecation headers are warnings")
async def test_a_call_that_is_to_be_retired_warns_once(account: Any, caplog: Any) -> None:
    headers = {"X-Sentry-Deprecation-Date": "2027-01-01", "X-Sentry-Replacement-Endpoint": "/better/"}
    project = {"organization": {"slug": "o"}, "slug": "p", "id": "1"}
    old = await account.connect(transport=answering(200, project, headers))
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
