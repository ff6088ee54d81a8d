"""Refusals one by one: the plan, single sign-on, a policy, a rate without a time, a retired endpoint."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, ProviderError, Refused, Unavailable

RULESET = {"enforcement": "disabled"}
SECRET = {"value": {"secret": "NEXTAUTH_SECRET"}}
ANSWERS: list[Any] = [
    pytest.param(402, {"message": "Upgrade to use this"}, {}, Refused, "the plan", "change the plan", id="plan-402"),
    pytest.param(
        403, {"message": "Upgrade to GitHub Pro or make this repository public to enable this feature."}, {},
        Refused, "the plan of the account", "change the plan", id="plan-403",
    ),
    pytest.param(
        404, {"message": "Please upgrade to enable this feature"}, {},
        Refused, "the plan", "change the plan", id="plan-404",
    ),
    pytest.param(
        422, {"message": "Please ensure the billing plan supports the required reviewers protection rule."}, {},
        Refused, "the plan", "change the plan", id="plan-422",
    ),
    pytest.param(
        403, {"message": "Resource protected by organization SAML enforcement."}, {},
        CredentialRejected, "SAML", "single sign-on",
        marks=pytest.mark.trap("github", "bad days: single sign-on is asked of a person, and is no missing right"),
        id="saml",
    ),
    pytest.param(
        403, {"message": "Repository was archived so is read-only."}, {}, Refused, "archived", "archive", id="archived",
    ),
    pytest.param(
        403, {"message": "You have exceeded a secondary rate limit."}, {"x-ratelimit-remaining": "100"},
        Unavailable, "pause", "few minutes",
        marks=pytest.mark.trap("github", "1 rates: a secondary limit may come without a time to wait"),
        id="secondary-limit-without-a-time",
    ),
    pytest.param(
        403, {"message": "Resource not accessible by integration"}, {},
        CredentialRejected, "integration", "which the token of a workflow run cannot have",
        marks=pytest.mark.trap("github", "1 rights: the token of a workflow run cannot write rulesets or environments"),
        id="token-of-a-workflow",
    ),
    pytest.param(
        409, {"message": "Conflict"}, {}, Refused, "Conflict", "policy of the organisation",
        marks=pytest.mark.trap("github", "1 errors: 409 is also a policy of the organisation"),
        id="conflict",
    ),
    pytest.param(
        451, {"message": "Blocked"}, {}, Refused, "Blocked", "legal",
        marks=pytest.mark.trap("github", "1 errors: 451 is a block for legal reasons"),
        id="legal",
    ),
    pytest.param(
        400, {"message": "API version is not supported"}, {}, Refused, "400", "update",
        marks=pytest.mark.trap("github", "1 versions: an unsupported version is 400"),
        id="version",
    ),
    pytest.param(
        422, {"message": "Validation Failed", "errors": ["Name must be unique"]}, {},
        Refused, "unique", "adopt",
        marks=pytest.mark.trap("github", "1 errors: 422 has codes, already_exists among them"),
        id="taken",
    ),
    pytest.param(
        422, {"message": "Validation Failed", "errors": [{"field": "name", "code": "missing_field"}]}, {},
        Refused, "name: missing_field", "", id="invalid-field",
    ),
    pytest.param(422, {"odd": True}, {}, Refused, "refused by GitHub", "", id="no-message"),
    pytest.param(422, {"message": "No", "errors": "odd"}, {}, Refused, "No: odd", "", id="errors-as-text"),
]  # fmt: skip


@pytest.mark.trap("github", "1 plans: limits are 403, 404 or 422 with a text about upgrading")
@pytest.mark.parametrize(("status", "body", "headers", "kind", "message", "fix"), ANSWERS)
async def test_a_refusal_says_what_it_is(
    account: Any, status: int, body: Any, headers: Any, kind: type[ProviderError], message: str, fix: str
) -> None:
    answer = httpx.Response(status, json=body, headers=headers)
    provider = await account.connect(transport=httpx.MockTransport(lambda request: answer))
    with pytest.raises(ProviderError) as caught:
        await provider.create(account.sending("rulesets", "x", RULESET))
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert fix in caught.value.fix


@pytest.mark.trap("github", "bad days: a retired endpoint (410) is an error, never an object that is gone")
@pytest.mark.parametrize(
    ("collection", "fields"),
    [("rulesets", RULESET), ("environments", {}), ("actions_variables", {"value": "1"}), ("actions_secrets", SECRET)],
)
async def test_a_retired_endpoint_is_not_taken_for_absent(account: Any, collection: str, fields: Any) -> None:
    live = await account.create(collection, "X", fields)
    before = account.store.state()
    gone = httpx.MockTransport(lambda request: httpx.Response(410, json={"message": "Gone"}))
    retired = await account.connect(transport=gone)
    for call in (retired.delete(live), retired.list(collection).__anext__()):
        with pytest.raises(Refused, match="this endpoint is retired") as caught:
            await call
        assert not isinstance(caught.value, NotFound)
        assert "update reconciler-github" in caught.value.fix
    assert account.store.state() == before


@pytest.mark.trap("github", "3 rulesets: evaluate, and required reviewers of a private repository, need Enterprise")
async def test_a_free_plan_is_named_by_the_simulator_as_github_does(account: Any) -> None:
    account.store.plan = "free"
    with pytest.raises(Refused, match="the plan of the account does not include this"):
        await account.create("rulesets", "x", RULESET)
    with pytest.raises(Refused, match="the plan of the account does not include this"):
        await account.listed("rulesets")
    account.store.plan = "team"
    with pytest.raises(Refused, match="the plan of the account does not include this"):
        await account.create("rulesets", "x", {"enforcement": "evaluate"})
    reviewers = {"reviewers": [{"type": "User", "id": number} for number in account.store.users]}
    with pytest.raises(Refused, match="the plan of the account does not include this"):
        await account.provider.client.put("/repos/ai-gurus/production/environments/x", json=reviewers)
    account.store.archived = True
    with pytest.raises(Refused, match="read-only"):
        await account.create("environments", "x", {})
