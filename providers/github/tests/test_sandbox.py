"""The simulator served, what it counts, and what somebody might do in the settings."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import SandboxRequest
from reconciler.sandbox import Troubled
from reconciler_github.models import GitHubSettings
from reconciler_github.provider import GitHub
from reconciler_github.sandbox.edits import Settings
from reconciler_github.sandbox.reads import expected_reads

EVERYTHING = ("rulesets", "environments", "actions_variables", "actions_secrets")
WANTED: dict[str, Any] = {
    "rulesets/a": {
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~ALL"]}},
        "rules": {"deletion": {}},
    },
    "rulesets/main": {"enforcement": "active", "rules": {"non_fast_forward": {}}},
    "environments/production": {
        "reviewers": ["User/alice", "Team/platform"],
        "deployment_branch_policy": "custom_branch_policies",
        "branch_policies": {"branch": ["main"]},
    },
    "environments/preview": {},
    **{f"actions_variables/V{n}": {"value": "x"} for n in range(31)},
    **{f"actions_variables/P{n}": {"value": "x", "environment": "preview"} for n in range(3)},
    "actions_secrets/TOKEN": {"environment": "preview", "value": {"secret": "OTHER"}},
}


def request(**more: Any) -> SandboxRequest:
    settings = {"repository": "o/r", "expect": {"repository": "o/r", "id": "12"}, "token": {"secret": "MY_TOKEN"}}
    return SandboxRequest("github", GitHubSettings.model_validate(settings), {"reviewers": ("User/Ada",)}, **more)


async def test_it_serves_on_loopback_what_is_expected_and_needed() -> None:
    async with GitHub.sandbox(request(seed=5)) as service:
        assert set(service.exports) == {"GITHUB_API_URL", "MY_TOKEN"}
        url, token = service.exports["GITHUB_API_URL"], service.exports["MY_TOKEN"]
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"token {token}"}) as client:
            found = (await client.get("/repos/o/r")).json()
            assert (found["full_name"], found["id"], found["owner"]["type"]) == ("o/r", 12, "Organization")
            assert "Ada" in [user["login"] for user in (await client.get("/repos/o/r/collaborators")).json()]
            assert (await client.get("/users/ada")).json()["login"] == "Ada"
            assert (await client.get("/users/nobody")).status_code == 404
            assert (await client.get("/repos/o/other")).status_code == 404
            assert (await client.get("/repositories/13")).status_code == 404
            await client.put("/repos/o/r/environments/a", json={"wait_timer": 1})
            assert len((await client.get("/_sandbox/state")).json()["environments"]) == 1
            await client.post("/_sandbox/reset")
            assert (await client.get("/_sandbox/state")).json()["environments"] == []
    async with GitHub.sandbox(request(seed=6)) as other:
        assert other.exports["MY_TOKEN"] != token


async def test_pages_are_linked_as_github_does(account: Any) -> None:
    for number in range(5):
        await account.on("PUT", f"/environments/e{number}", {})
    answer = await account.client.get("/repos/ai-gurus/production/environments?per_page=2&page=2")
    assert answer.json()["total_count"] == 5
    assert {relation: link["url"].rpartition("page=")[2] for relation, link in answer.links.items()} == {
        "prev": "1",
        "next": "3",
        "last": "3",
        "first": "1",
    }
    whole = await account.client.get("/repos/ai-gurus/production/environments")
    assert "link" not in whole.headers
    assert int(whole.headers["x-ratelimit-limit"]) == 5000
    assert int(whole.headers["x-ratelimit-remaining"]) < 5000


async def test_a_plan_with_nothing_to_do_reads_exactly_what_is_expected(account: Any, desk: Any) -> None:
    desk.want(WANTED)
    await desk.applied()
    expected = expected_reads(account.store, EVERYTHING, reviewers=True)
    assert expected == {
        "whoami (the repository)": 1,
        "rulesets": 1,
        "each ruleset": 2,
        "environments": 1,
        "branch policies": 1,
        "variables, of each place": 4,
        "secrets, of each place": 3,
        "collaborators and teams": 2,
    }
    plan = await desk.plan()
    assert plan.changes == ()
    assert plan.providers["github"].requests == sum(expected.values())


@pytest.mark.parametrize("collection", EVERYTHING)
async def test_a_plan_of_one_collection_reads_only_what_it_needs(account: Any, desk: Any, collection: str) -> None:
    desk.want(WANTED)
    await desk.applied()
    for number in range(90):
        await account.on("POST", "/environments/preview/variables", {"name": f"X{number}", "value": "1"}, 201)
    expected = expected_reads(account.store, [collection], reviewers=False)
    before = account.provider.requests
    await account.provider.whoami()
    await account.listed(collection)
    assert account.provider.requests - before == sum(expected.values())


async def test_hand_edits_change_what_was_applied_and_are_found(account: Any, desk: Any) -> None:
    resources = [account.resource(*address.split("/", 1), fields) for address, fields in WANTED.items()]
    edits = Settings(account.app, account.store, account.simulated.token).edits(resources)
    assert [edit.mentions for edit in edits] == [
        ("rulesets/main", "non_fast_forward"),
        ("environments/production", "reviewers"),
    ]
    for edit in edits:
        with pytest.raises(LookupError, match="apply first"):
            await edit.perform()
    desk.want(WANTED)
    await desk.applied()
    for edit in edits:
        await edit.perform()
    drift = {str(d.address): {".".join(map(str, f.path)) for f in d.fields} for d in (await desk.plan()).drift}
    assert drift == {"rulesets/main": {"rules.non_fast_forward"}, "environments/production": {"reviewers"}}
    await desk.applied()


async def test_a_bad_day_ends_well(account: Any, desk: Any) -> None:
    for seed in range(3):
        account.store.reset()
        desk.store.__init__()
        desk.want({k: v for k, v in WANTED.items() if not k.startswith("actions_variables/V")})
        wire = account.wire.inner
        account.wire.inner = httpx.ASGITransport(Troubled(account.app, account.simulated.refusal, seed=seed))
        for _ in range(6):
            await desk.apply()
        account.wire.inner = wire
        await desk.apply()
        assert await desk.planned() == []


REFUSED = [
    pytest.param("POST", "/rulesets", {"name": "x"}, 422, "/enforcement", id="no-enforcement"),
    pytest.param("POST", "/rulesets", {"name": "x", "enforcement": "on"}, 422, "possible value", id="enforcement"),
    pytest.param("POST", "/actions/variables", {"name": "a-b", "value": "1"}, 422, "alphanumeric", id="name"),
    pytest.param("POST", "/actions/variables", {"name": "GitHub_X", "value": "1"}, 422, "GITHUB_", id="reserved"),
    pytest.param("POST", "/actions/variables", {"name": "X", "value": ""}, 422, "missing_field", id="no-value"),
    pytest.param("PATCH", "/actions/variables/X", {"value": "1"}, 404, "Not Found", id="no-variable"),
    pytest.param("PUT", "/actions/secrets/X", {"encrypted_value": "aaaa", "key_id": "1"}, 422, "key_id", id="key"),
    pytest.param("DELETE", "/actions/secrets/X", None, 404, "Not Found", id="no-secret"),
    pytest.param("GET", "/environments/none/variables", None, 404, "Not Found", id="no-environment"),
    pytest.param("DELETE", "/rulesets/1", None, 404, "Not Found", id="no-ruleset"),
]
BY_REQUEST = {"actor_type": "OrganizationAdmin", "bypass_mode": "pull_request"}
BAD_RULES = [
    pytest.param({"rules": [{"type": "levitation"}]}, "no possible input", id="type"),
    pytest.param({"rules": [{"type": "pull_request", "parameters": {}}]}, "missing required key", id="parameters"),
    pytest.param({"rules": [{"type": "max_file_size"}]}, "not allowed", id="target"),
    pytest.param({"rules": "all"}, "type `array`", id="no-list"),
    pytest.param({"conditions": {"ref_name": {"include": []}}}, "include and exclude", id="half-conditions"),
    pytest.param({"conditions": {"ref_name": {"include": ["main"], "exclude": []}}}, "target patterns", id="pattern"),
    pytest.param({"bypass_actors": [{"actor_type": "Team", "actor_id": 1}]}, "must have access", id="no-such-team"),
    pytest.param({"bypass_actors": [{"actor_type": "DeployKey", "actor_id": 1}]}, "has no id", id="deploy-key"),
    pytest.param({"bypass_actors": [{"actor_type": "DeployKey"}] * 2}, "must be unique", id="actor-twice"),
    pytest.param({"target": "tag", "bypass_actors": [BY_REQUEST]}, "only for branches", id="mode"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "message"), REFUSED)
async def test_it_refuses_what_github_refuses(
    account: Any, method: str, path: str, body: Any, status: int, message: str
) -> None:
    answer = await account.on(method, path, body, status)
    assert message in str(answer)
    assert {"message", "documentation_url", "status"} <= set(answer)


@pytest.mark.parametrize(("wrong", "message"), BAD_RULES)
async def test_it_refuses_rulesets_that_github_refuses(account: Any, wrong: Any, message: str) -> None:
    before = account.store.state()
    answer = await account.on("POST", "/rulesets", {"name": "x", "enforcement": "active", **wrong}, 422)
    assert message in str(answer)
    assert account.store.state() == before


async def test_a_name_is_taken_once(account: Any) -> None:
    await account.on("POST", "/rulesets", {"name": "x", "enforcement": "active"}, 201)
    assert "unique" in str(await account.on("POST", "/rulesets", {"name": "x", "enforcement": "active"}, 422))


async def test_the_effective_rules_come_from_the_repository_and_from_above(account: Any) -> None:
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    body = {"name": "x", "enforcement": "active", "conditions": conditions, "rules": [{"type": "deletion"}]}
    await account.on("POST", "/rulesets", body, 201)
    found = await account.on("GET", "/rules/branches/main")
    assert [(r["type"], r["ruleset_source_type"]) for r in found] == [
        ("non_fast_forward", "Organization"),
        ("deletion", "Repository"),
    ]
    assert [r["type"] for r in await account.on("GET", "/rules/branches/other")] == ["non_fast_forward"]
