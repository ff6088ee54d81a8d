"""Refusals of Sentry: retired endpoints, missing scopes, challenges, and how its errors are told."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, ProviderError, Refused
from reconciler_sentry.failures import error_text
from reconciler_sentry.models import SentrySettings

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


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, json=body, headers=headers))


@pytest.mark.trap("sentry", "0: 410 means a retired endpoint, never that the object is absent")
async def test_a_retired_endpoint_is_an_error_and_a_delete_is_not_done(account: Any) -> None:
    live = (await account.one_of_each())["alerts"]
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


@pytest.mark.trap("sentry", "1: project:admin is needed to delete, and only for that")
async def test_deleting_the_project_needs_a_scope_of_its_own(account: Any) -> None:
    [live] = (await account.listed("sentry_project")).values()
    account.store.scopes = {"project:read", "project:write", "org:read"}
    await account.update(live, {"resolveAge": 24}, ["resolveAge"])
    with pytest.raises(CredentialRejected) as caught:
        await account.provider.delete(live)
    assert "the scope project:admin: DELETE /api/0/projects/" in caught.value.fix
    assert list(await account.listed("sentry_project")) == ["ai-gurus-lms"]


PLANS = [
    (402, {"detail": "Payment required"}),
    (400, {"nonFieldErrors": ["You have reached the maximum number of metric monitors"]}),
    (403, {"detail": "Your organization does not have the feature"}),
    (428, {"detail": "Upgrade your plan"}),
]


@pytest.mark.trap("sentry", "7: the number of metric monitors depends on the plan")
@pytest.mark.trap("sentry", "bad days: a limit of the plan is told as one under 400, 402, 403 and 428")
@pytest.mark.parametrize(("status", "body"), PLANS, ids=[str(row[0]) for row in PLANS])
async def test_the_plan_is_named_whatever_the_status(account: Any, status: int, body: Any) -> None:
    inner = account.wire.inner.handle_async_request

    async def limited(request: httpx.Request) -> Any:
        if request.method == "POST":
            return httpx.Response(status, json=body, request=request)
        return await inner(request)

    account.wire.inner.handle_async_request = limited
    with pytest.raises(Refused, match="limit of the organisation's plan, not of the token") as caught:
        await account.create("metric_monitors", "m", MONITOR)
    assert "Subscription" in caught.value.fix


@pytest.mark.trap("sentry", "1: a project PUT with only project:read and an admin field gives 403")
async def test_reading_rights_do_not_write_the_project(account: Any) -> None:
    [live] = (await account.listed("sentry_project")).values()
    account.store.scopes = {"project:read"}
    with pytest.raises(CredentialRejected, match="permission") as caught:
        await account.update(live, {"resolveAge": 24}, ["resolveAge"])
    assert "project:write" in caught.value.fix


async def test_a_token_that_only_reads_lists_everything(account: Any) -> None:
    await account.one_of_each()
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
    made = await account.one_of_each()
    await account.update(made["alerts"], {"config": {"frequency": 60}}, ["config"])
    await account.update(made["metric_monitors"], {**MONITOR, "description": "x"}, ["description"])
    for live in (*made.values(), project):
        await account.provider.delete(live)


@pytest.mark.parametrize(
    ("settings", "token", "error"),
    [
        ({}, "wrong", CredentialRejected),
        ({}, "", CredentialRejected),
        ({"organization": "somebody-else"}, None, CredentialRejected),
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
