"""Environments: always sent whole, read back from three kinds of rules, with their branch policies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, Refused
from reconciler_github.convert.environments import to_live

FULL = {
    "wait_timer": "30m",
    "reviewers": ["User/Alice", "Team/platform"],
    "prevent_self_review": True,
    "deployment_branch_policy": "custom_branch_policies",
    "branch_policies": {"branch": ["main"], "tag": ["v*"]},
}


def only(account: Any) -> dict[str, Any]:
    (found,) = account.store.state()["environments"]
    return dict(found)


@pytest.mark.trap("github", "4 environments: a PUT resets what it leaves out, so the whole object is sent")
@pytest.mark.parametrize(
    ("changed", "field", "after"),
    [
        pytest.param({"wait_timer": 60}, "wait_timer", 60, id="wait"),
        pytest.param({"prevent_self_review": False}, "prevent_self_review", False, id="self-review"),
        pytest.param(
            {"branch_policies": {"branch": ["main", "next"], "tag": ["v*"]}}, "branch_policies", None, id="policies"
        ),
    ],
)
async def test_an_update_of_one_field_leaves_the_others(
    account: Any, desk: Any, changed: Any, field: str, after: Any
) -> None:
    desk.want({"environments/production": FULL})
    await desk.applied()
    before = only(account)
    assert before["wait_timer"] == 30
    account.store.environments["production"].gates[1] = 99  # a custom gate, which nobody manages
    desk.want({"environments/production": {**FULL, **changed}})
    await desk.applied()
    now = only(account)
    assert {k: v for k, v in now.items() if k not in (field, "gates")} == {
        k: v for k, v in before.items() if k not in (field, "gates")
    }
    assert now["gates"] == [99]
    if after is not None:
        assert now[field] == after


async def test_what_nobody_wrote_is_left_as_it_is(account: Any, desk: Any) -> None:
    bob = next(number for number, login in account.store.users.items() if login == "bob")
    body = {"wait_timer": 7, "reviewers": [{"type": "User", "id": bob}], "deployment_branch_policy": None}
    await account.on("PUT", "/environments/production", body)
    desk.want({"environments/production": {"wait_timer": 8, "lifecycle": {"adopt": True}}})
    await desk.applied()
    assert only(account)["reviewers"] == [{"type": "User", "id": bob}]
    assert only(account)["wait_timer"] == 8


@pytest.mark.trap("github", "4 environments: a protection rule removed by hand is drift, each of the three kinds")
@pytest.mark.parametrize(
    ("by_hand", "drifted"),
    [
        pytest.param({"wait_timer": 0}, ["wait_timer"], id="wait-timer"),
        pytest.param({"reviewers": None}, ["prevent_self_review", "reviewers"], id="required-reviewers"),
        pytest.param(
            {"deployment_branch_policy": None},
            ["branch_policies.branch", "branch_policies.tag", "deployment_branch_policy"],
            id="branch-policy",
        ),
    ],
)
async def test_removed_rules_are_found_and_put_back(account: Any, desk: Any, by_hand: Any, drifted: Any) -> None:
    desk.want({"environments/production": FULL})
    await desk.applied()
    before = only(account)
    body = {k: before[k] for k in ("wait_timer", "prevent_self_review", "reviewers", "deployment_branch_policy")}
    await account.on("PUT", "/environments/production", {**body, **by_hand})
    assert await desk.planned() == [f"update environments/production: {', '.join(drifted)}"]
    await desk.applied()
    assert only(account) == before


@pytest.mark.trap("github", "4 environments: exactly one of two policies is true; null lets every branch deploy")
async def test_the_branch_policy_is_one_of_two_or_none(account: Any, desk: Any) -> None:
    for policy, sent in (
        ("protected_branches", {"protected_branches": True, "custom_branch_policies": False}),
        ("custom_branch_policies", {"protected_branches": False, "custom_branch_policies": True}),
        (None, None),
    ):
        desk.want({"environments/production": {"deployment_branch_policy": policy}})
        await desk.applied()
        assert only(account)["deployment_branch_policy"] == sent


@pytest.mark.trap("github", "4 environments: branch policies are refused (404) before the environment has custom ones")
async def test_policies_come_after_the_environment_and_follow_a_switch(account: Any, desk: Any) -> None:
    desk.want({"environments/production": {"deployment_branch_policy": "protected_branches"}})
    await desk.applied()
    await account.on("POST", "/environments/production/deployment-branch-policies", {"name": "main"}, 404)
    desk.want({"environments/production": FULL})
    await desk.applied()
    desk.want({"environments/production": {"deployment_branch_policy": "protected_branches"}})
    await desk.applied()
    # GitHub may keep the old patterns for when custom ones are chosen again: they must not come back with them.
    policies = {"branch": ["release/*"], "tag": []}
    desk.want(
        {"environments/production": {"deployment_branch_policy": "custom_branch_policies", "branch_policies": policies}}
    )
    await desk.applied()
    assert only(account)["branch_policies"] == [{"name": "release/*", "type": "branch"}]


@pytest.mark.trap("github", "4 environments: a branch policy that is there already is answered with 303")
async def test_a_pattern_that_somebody_added_meanwhile_is_fine(account: Any) -> None:
    await account.create("environments", "production", {"deployment_branch_policy": "custom_branch_policies"})
    calls = account.provider.calls["environments"]
    path = f"{account.provider.repository.environment('production')}/deployment-branch-policies"
    for _ in range(2):
        await calls._add(path, {"name": "main", "type": "branch"})
    assert only(account)["branch_policies"] == [{"name": "main", "type": "branch"}]


@pytest.mark.trap("github", "4 environments: names are part of paths, and may hold slashes")
@pytest.mark.parametrize("name", ["release/eu-west", "100%-sure?", "ünïcode#1"])
async def test_any_name_can_be_made_changed_and_deleted(account: Any, name: str) -> None:
    fields = {"name": name, **FULL, "reviewers": []}
    fields.pop("prevent_self_review")
    live = await account.create("environments", "odd", fields)
    assert (live.id, only(account)["name"]) == (name, name)
    await account.update(live, {**fields, "wait_timer": 1}, ["wait_timer"])
    assert only(account)["wait_timer"] == 1
    variable = await account.create("actions_variables", "REGION", {"environment": name, "value": "iad1"})
    assert (await account.listed("actions_variables"))[variable.title].values["environment"] == name
    await account.provider.delete(variable)
    await account.provider.delete(live)
    assert account.store.state()["environments"] == []


@pytest.mark.trap("github", "4 environments: names are told apart without case")
async def test_names_are_not_told_apart_by_case(account: Any, desk: Any) -> None:
    await account.on("PUT", "/environments/Production", {"wait_timer": 5})
    desk.want({"environments/production": {"wait_timer": 5}})
    assert await desk.planned() == ["record environments/production"]
    desk.want({"environments/production": {"wait_timer": 6, "lifecycle": {"adopt": True}}})
    await desk.applied()
    assert (only(account)["name"], only(account)["wait_timer"]) == ("Production", 6)


@pytest.mark.trap("github", "4 environments: reviewers are numbers in the API; here they are found by login and slug")
async def test_a_reviewer_without_access_holds_the_change_and_says_what_to_do(account: Any, desk: Any) -> None:
    desk.want({"environments/production": {"reviewers": ["User/ALICE", "Team/nobody"]}, "environments/other": {}})
    held, other = sorted((await desk.plan()).changes, key=lambda c: str(c.address), reverse=True)
    assert "Team/nobody" in held.held[0].reason
    assert "read access to the repository" in held.held[0].next
    assert other.held == ()
    account.store.add_team("nobody")
    await desk.applied()
    assert {r["type"] for r in only_named(account, "production")["reviewers"]} == {"User", "Team"}


def only_named(account: Any, name: str) -> dict[str, Any]:
    return next(dict(e) for e in account.store.state()["environments"] if e["name"] == name)


async def test_a_person_who_owns_a_repository_has_no_teams_to_ask_for(account: Any) -> None:
    account.store.organization = False
    await account.provider.whoami()
    before = account.provider.requests
    found = [one.name async for one in account.provider.externals("reviewers")]
    assert found == ["User/admin-of-the-sandbox", "User/alice", "User/bob"]
    assert account.provider.requests - before == 1
    assert [one async for one in account.provider.externals("planets")] == []


@pytest.mark.trap("github", "4 environments: the name is immutable")
async def test_a_rename_is_refused_with_a_reason(account: Any, desk: Any) -> None:
    desk.want({"environments/production": {"name": "production"}})
    await desk.applied()
    desk.want({"environments/production": {"name": "prod"}})
    (change,) = (await desk.plan()).changes
    assert "cannot rename an environment" in change.held[0].reason


async def test_a_delete_says_what_is_lost(account: Any, desk: Any) -> None:
    desk.want({"environments/a": {}, "environments/b": {}})
    await desk.applied()
    desk.want({"environments/a": {}})
    (change,) = (await desk.plan()).changes
    assert "secrets, variables, custom gates and the history" in change.danger


@pytest.mark.trap("github", "4 environments: a PUT makes or resets, so one that is there is never created")
async def test_one_that_was_made_meanwhile_is_not_reset(account: Any) -> None:
    await account.on("PUT", "/environments/Production", {"wait_timer": 9})
    with pytest.raises(Refused, match="was made meanwhile"):
        await account.create("environments", "production", {})
    assert only(account)["wait_timer"] == 9


async def test_an_environment_whose_policies_fail_was_made_all_the_same(account: Any) -> None:
    async def no_policies(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(422, json={"message": "Validation Failed"})
        return await account.wire.inner.handle_async_request(request)

    provider = await account.connect(transport=httpx.MockTransport(no_policies))
    wanted = account.sending("environments", "production", {**FULL, "reviewers": [], "prevent_self_review": False})
    with pytest.raises(AnswerLost, match="environment production was written, and then: refused by GitHub"):
        await provider.create(wanted)
    assert only(account)["name"] == "production"


@pytest.mark.trap("github", "4 environments: protection rules of an unknown type are ignored")
def test_rules_of_a_kind_that_nobody_knows_are_ignored() -> None:
    payload = {
        "name": "x",
        "created_at": "2026-01-01T00:00:00Z",
        "protection_rules": [{"type": "levitation", "id": 1}],
        "deployment_branch_policy": None,
    }
    live = to_live(payload, None)
    assert live.values == {"name": "x", "wait_timer": 0, "reviewers": (), "prevent_self_review": False}


@pytest.mark.trap("github", "4 environments: at most 6 reviewers, 43200 minutes, and no flag for admins")
async def test_more_than_six_reviewers_and_too_long_a_wait_are_refused_by_github_too(account: Any) -> None:
    for body, what in (
        ({"wait_timer": 43_201}, "Wait timer"),
        ({"reviewers": [{"type": "User", "id": n} for n in range(7)]}, "No more than 6"),
        ({"deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": True}}, "the same value"),
        ({"can_admins_bypass": False}, "not a permitted key"),
    ):
        answer = await account.on("PUT", "/environments/x", body, 422)
        assert what in str(answer)
    with pytest.raises(Refused):
        await account.provider.client.put("/repos/ai-gurus/production/environments/x", json={"wait_timer": -1})
