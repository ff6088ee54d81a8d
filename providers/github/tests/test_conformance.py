"""Every call of ours, and every answer of the simulator, against GitHub's own description of the API."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import Refused
from reconciler.testing import Conforming, documents

USED = {
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/rulesets",
    "POST /repos/{owner}/{repo}/rulesets",
    "GET /repos/{owner}/{repo}/rulesets/{ruleset_id}",
    "PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}",
    "DELETE /repos/{owner}/{repo}/rulesets/{ruleset_id}",
    "GET /repos/{owner}/{repo}/environments",
    "GET /repos/{owner}/{repo}/environments/{environment_name}",
    "PUT /repos/{owner}/{repo}/environments/{environment_name}",
    "DELETE /repos/{owner}/{repo}/environments/{environment_name}",
    "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    "POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    "DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
    *(
        f"{method} /repos/{{owner}}/{{repo}}/{below}{path}"
        for below in ("actions", "environments/{environment_name}")
        for method, path in (
            ("GET", "/secrets"),
            ("GET", "/secrets/public-key"),
            ("GET", "/secrets/{secret_name}"),
            ("PUT", "/secrets/{secret_name}"),
            ("DELETE", "/secrets/{secret_name}"),
            ("GET", "/variables"),
            ("POST", "/variables"),
            ("GET", "/variables/{name}"),
            ("PATCH", "/variables/{name}"),
            ("DELETE", "/variables/{name}"),
        )
    ),
}
EXCUSED = {
    # Fact sheet, section 6: "POST on an existing name -> 409 (status not declared in OA)".
    "a variable that exists already: the status is not declared": r"POST .*/variables: response: status 409 is not doc",
    # Fact sheet, section 5: "404 when absent". Only the general error body is documented for it, and not at each call.
    "what is not there: 404 is not declared at each call": r"(secrets|variables|environments)\b.*status 404 is not doc",
}
REVIEWED = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}
SECRET = {"value": {"secret": "OTHER"}}


async def test_both_sides_speak_as_github_documents(account: Any) -> None:
    docs = documents("github.json", beside=Path(__file__))
    wire = Conforming(account.wire.inner, docs, excused=EXCUSED)
    # The document at hand is a part of GitHub's, without the listings of people: reviewers are found before.
    people = {one.name: one.id async for one in account.provider.externals("reviewers")}
    account.provider = await account.connect(transport=wire)
    provider = account.provider

    async def through(collection: str, handle: str, fields: Any, changed: Any, names: list[str]) -> None:
        live = await account.create(collection, handle, fields)
        assert live.id in [one.id async for one in provider.list(collection)]
        await account.update(live, changed, names, handle=handle)

    await provider.whoami()
    rules = {
        "deletion": {},
        "pull_request": REVIEWED,
        "required_status_checks": {
            "required_status_checks": [{"context": "Lint", "integration_id": 15368}],
            "strict_required_status_checks_policy": True,
        },
    }
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"]}}
    ruleset = {"enforcement": "active", "conditions": conditions, "rules": rules}
    actors = [{"actor_type": "OrganizationAdmin"}, {"actor_type": "DeployKey"}]
    await through("rulesets", "main", ruleset, {**ruleset, "bypass_actors": actors}, ["bypass_actors"])

    policies = {"deployment_branch_policy": "custom_branch_policies"}
    asked = {"reviewers": [people["User/bob"], people["Team/platform"]], "wait_timer": "5m"}
    environment = account.sending("environments", "a b", {**policies, "branch_policies": {"branch": ["main"]}})
    spec = {**environment.spec, "reviewers": tuple(asked["reviewers"]), "wait_timer": 5}
    live = await provider.create(replace(environment, spec=spec))
    later = {**policies, "branch_policies": {"branch": ["next"], "tag": ["v*"]}}
    await account.update(live, later, ["branch_policies"])
    await account.create("environments", "prod", {"deployment_branch_policy": "protected_branches"})
    for scope in ({}, {"environment": "prod"}):
        await through("actions_variables", "REGION", {"value": "a", **scope}, {"value": "b", **scope}, ["value"])
        await through("actions_secrets", "TOKEN", {**SECRET, **scope}, {**SECRET, **scope}, ["value"])
        with pytest.raises(Refused):
            await account.create("actions_variables", "REGION", {"value": "a", **scope})
    for collection in ("actions_secrets", "actions_variables", "rulesets", "environments"):
        for one in [one async for one in provider.list(collection)]:
            await provider.delete(one)
            await provider.delete(one)

    assert wire.problems == []
    assert wire.seen - USED == set()
    assert USED - wire.seen == set(), "not driven"
    assert wire.used == set(EXCUSED), "an excuse that nothing needs"


NEIGHBOURS = [
    "/user",
    "/rate_limit",
    "/repos/ai-gurus/production/branches",
    "/repos/ai-gurus/production/rulesets?targets=branch&per_page=1",
    "/repos/ai-gurus/production/rules/branches/main",
    "/repos/ai-gurus/production/actions/organization-secrets",
    "/repos/ai-gurus/production/actions/organization-variables",
    "/repos/ai-gurus/production/environments/prod/deployment_protection_rules",
    "/repos/ai-gurus/production/branches/main/protection",
]


@pytest.mark.parametrize("path", NEIGHBOURS)
async def test_what_official_clients_ask_around_it_is_served_as_documented(account: Any, path: str) -> None:
    await account.on("PUT", "/environments/prod", {})
    await account.on("POST", "/environments/prod/deployment_protection_rules", {"integration_id": 5}, 201)
    docs = documents("github.json", beside=Path(__file__))
    wire = Conforming(account.wire.inner, docs)
    headers = dict(account.client.headers)
    async with httpx.AsyncClient(transport=wire, base_url="https://api.github.com", headers=headers) as client:
        answer = await client.get(path)
    assert answer.status_code == (404 if path.endswith("main/protection") else 200), answer.text
    assert wire.problems == []
