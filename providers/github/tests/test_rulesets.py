"""Rulesets: read one by one, compared by what is written, and sent whole."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, Unknown
from reconciler_github.convert.rulesets import merged_rules
from reconciler_github.sandbox.rights import Rights

MAIN: dict[str, Any] = {
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
    "rules": {"deletion": {}, "non_fast_forward": {}},
}
REVIEWED = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}
CHECKED = {"required_status_checks": [{"context": "Lint"}], "strict_required_status_checks_policy": True}


def rule_types(account: Any) -> dict[str, list[str]]:
    own = account.store.state()["rulesets"]
    return {one["name"]: [rule["type"] for rule in one["rules"]] for one in own}


@pytest.mark.trap("github", "3 rulesets: a listing holds neither rules, conditions nor bypass actors")
async def test_each_ruleset_is_read_whole(account: Any) -> None:
    await account.create("rulesets", "main", {**MAIN, "bypass_actors": [{"actor_type": "DeployKey"}]})
    summary = (await account.on("GET", "/rulesets?includes_parents=false"))[0]
    assert not {"rules", "conditions", "bypass_actors"} & set(summary)
    (live,) = (await account.listed("rulesets")).values()
    assert live.values["rules"] == {"deletion": {}, "non_fast_forward": {}}
    assert live.values["conditions"] == {"ref_name": {"include": ("~DEFAULT_BRANCH",), "exclude": ()}}
    assert live.values["bypass_actors"] == ({"actor_type": "DeployKey", "bypass_mode": "always"},)


@pytest.mark.trap("github", "3 rulesets: those of the organisation are listed along unless includes_parents=false")
async def test_a_ruleset_of_the_organisation_is_never_ours(account: Any, desk: Any) -> None:
    account.store.add_above("main")
    assert len(await account.on("GET", "/rulesets")) == 2
    assert await account.listed("rulesets") == {}
    desk.want({"rulesets/main": MAIN})
    assert await desk.planned() == ["create rulesets/main: conditions, enforcement, name, rules"]
    await desk.applied()


@pytest.mark.trap("github", "3 rulesets: bypass_actors are shown only to who may write; absent is not empty")
async def test_hidden_bypass_actors_are_unknown_and_no_drift(account: Any, desk: Any) -> None:
    actors = [{"actor_type": "RepositoryRole", "actor_id": 5}]
    desk.want({"rulesets/main": {**MAIN, "bypass_actors": actors}})
    await desk.applied()
    reader = await account.connect(read_only=True, environ=account.token(Rights(writes=frozenset())))
    (live,) = [one async for one in reader.list("rulesets")]
    assert isinstance(live.values["bypass_actors"], Unknown)
    assert "may write the ruleset" in live.values["bypass_actors"].reason

    account.harness.environ = {**account.harness.environ, **account.token(Rights(writes=frozenset()))}
    plan = await desk.plan()
    assert plan.changes == ()
    assert plan.drift == ()
    assert [(str(u.subject), u.needed) for u in plan.unknown] == [("rulesets/main.bypass_actors", False)]


@pytest.mark.trap("github", "3 rulesets: bypass_actors are shown only to who may write; absent is not empty")
async def test_what_is_hidden_is_left_out_of_a_put(account: Any) -> None:
    live = await account.create("rulesets", "main", {**MAIN, "bypass_actors": [{"actor_type": "DeployKey"}]})
    whole = account.store.rulesets[int(live.id)]

    async def hiding(request: httpx.Request) -> httpx.Response:
        answer = await account.wire.inner.handle_async_request(request)
        body = json.loads(await answer.aread())
        return httpx.Response(answer.status_code, json={k: v for k, v in body.items() if k != "bypass_actors"})

    writer = await account.connect(transport=httpx.MockTransport(hiding))
    await writer.update(account.change(live, {**MAIN, "enforcement": "disabled"}, ["enforcement"]))
    assert (whole.enforcement, [a["actor_type"] for a in whole.bypass_actors]) == ("disabled", ["DeployKey"])
    assert [rule["type"] for rule in whole.rules] == ["deletion", "non_fast_forward"]


@pytest.mark.trap("github", "3 rulesets: actors of a new type, or with new members, are kept by leaving them out")
async def test_actors_that_nobody_changes_are_not_sent_back(account: Any) -> None:
    live = await account.create("rulesets", "main", MAIN)
    whole = account.store.rulesets[int(live.id)]
    newer = {"actor_type": "Hologram", "actor_id": 3, "bypass_mode": "always", "until": "2027-01-01"}
    whole.bypass_actors = [newer]
    seen = (await account.listed("rulesets"))["main"]
    assert seen.values["bypass_actors"] == ({"actor_type": "Hologram", "bypass_mode": "always"},)
    await account.update(seen, {**MAIN, "enforcement": "disabled"}, ["enforcement"])
    ((_, sent),) = account.requests("PUT")
    assert "bypass_actors" not in sent
    assert (whole.enforcement, whole.bypass_actors) == ("disabled", [newer])


@pytest.mark.trap("github", "3 rulesets: OrganizationAdmin reads back as actor 1, DeployKey has to be null")
async def test_actors_without_a_number_need_none(account: Any, desk: Any) -> None:
    actors = [{"actor_type": "OrganizationAdmin", "bypass_mode": "pull_request"}, {"actor_type": "DeployKey"}]
    desk.want({"rulesets/main": {**MAIN, "bypass_actors": actors}})
    await desk.applied()
    kept = account.store.state()["rulesets"][0]["bypass_actors"]
    assert {(a["actor_type"], a["actor_id"], a["bypass_mode"]) for a in kept} == {
        ("OrganizationAdmin", 1, "pull_request"),
        ("DeployKey", None, "always"),
    }


@pytest.mark.trap("github", "3 rulesets: only an explicit [] clears the bypass actors")
async def test_nobody_may_bypass_when_nobody_is_written(account: Any, desk: Any) -> None:
    actors = [{"actor_type": "RepositoryRole", "actor_id": 5}, {"actor_type": "Integration", "actor_id": 7}]
    desk.want({"rulesets/main": {**MAIN, "bypass_actors": actors}})
    await desk.applied()
    desk.want({"rulesets/main": {**MAIN, "bypass_actors": list(reversed(actors))}})
    assert await desk.planned() == [], "actors have no order, and are kept in one"
    desk.want({"rulesets/main": {**MAIN, "bypass_actors": []}})
    await desk.applied()
    assert account.store.state()["rulesets"][0]["bypass_actors"] == []


@pytest.mark.trap("github", "3 rulesets: GitHub adds parameters with defaults; only written ones are compared")
async def test_what_github_fills_in_is_no_drift_and_survives_an_update(account: Any, desk: Any) -> None:
    rules = {**MAIN["rules"], "pull_request": REVIEWED, "required_status_checks": CHECKED}
    desk.want({"rulesets/main": {**MAIN, "rules": rules}})
    await desk.applied()
    found = account.store.rulesets[int(account.store.state()["rulesets"][0]["id"])]
    reviews = next(rule for rule in found.rules if rule["type"] == "pull_request")
    assert reviews["parameters"]["allowed_merge_methods"] == ["merge", "squash", "rebase"]
    reviews["parameters"] |= {"allowed_merge_methods": ["squash"], "required_reviewers": [{"minimum_approvals": 2}]}
    found.rules.append({"type": "creation"})
    assert await desk.planned() == []
    rules = {**rules, "pull_request": {**REVIEWED, "required_approving_review_count": 2}}
    desk.want({"rulesets/main": {**MAIN, "rules": rules}})
    assert await desk.planned() == ["update rulesets/main: rules.pull_request.required_approving_review_count"]
    await desk.applied()
    reviews = next(rule["parameters"] for rule in found.rules if rule["type"] == "pull_request")
    assert reviews["required_approving_review_count"] == 2
    assert reviews["allowed_merge_methods"] == ["squash"], "made in the settings, written by nobody"
    assert reviews["required_reviewers"] == [{"minimum_approvals": 2}]
    assert "creation" in [rule["type"] for rule in found.rules]


@pytest.mark.trap("github", "3 rulesets: the lists of a PUT replace what is there")
async def test_a_rule_that_was_removed_by_hand_comes_back_and_null_removes_one(account: Any, desk: Any) -> None:
    desk.want({"rulesets/main": MAIN})
    await desk.applied()
    number = account.store.state()["rulesets"][0]["id"]
    await account.on("PUT", f"/rulesets/{number}", {"rules": [{"type": "non_fast_forward"}, {"type": "creation"}]})
    assert await desk.planned() == ["update rulesets/main: rules.deletion"]
    await desk.applied()
    assert rule_types(account) == {"main": ["non_fast_forward", "creation", "deletion"]}
    desk.want({"rulesets/main": {**MAIN, "rules": {"deletion": None, "non_fast_forward": {}}}})
    await desk.applied()
    assert rule_types(account) == {"main": ["non_fast_forward", "creation"]}


NEW = {"type": "levitation", "parameters": {"x": 1}}


def checks(*found: Any) -> dict[str, Any]:
    return {"type": "required_status_checks", "parameters": {"required_status_checks": list(found)}}


MERGES = [
    pytest.param([], {"deletion": {}}, [{"type": "deletion"}], id="new"),
    pytest.param(
        [{"type": "levitation", "parameters": {"x": 1}}],
        {},
        [{"type": "levitation", "parameters": {"x": 1}}],
        id="unknown-types-stay",
    ),
    pytest.param([{"type": "deletion"}], {"deletion": None}, [], id="null-removes"),
    pytest.param(
        [{"type": "workflows", "parameters": {"a": 1}}, {"type": "workflows", "parameters": {"b": 2}}],
        {},
        [{"type": "workflows", "parameters": {"a": 1}}, {"type": "workflows", "parameters": {"b": 2}}],
        id="a-type-that-stands-twice-stays-twice",
    ),
    pytest.param(
        [
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": [{"context": "a", "integration_id": 1}, {"context": "b"}]},
            }
        ],
        {"required_status_checks": {"required_status_checks": ({"context": "c"}, {"context": "a"})}},
        [
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": [{"context": "c"}, {"context": "a", "integration_id": 1}]},
            }
        ],
        marks=pytest.mark.trap(
            "github", "9 checks: the app that has to report a check stays as it is when not written"
        ),
        id="a-check-keeps-the-app-that-nobody-wrote",
    ),
    pytest.param(
        [{"type": "commit_message_pattern", "parameters": {"operator": "regex", "pattern": "a", "name": "old"}}],
        {"commit_message_pattern": {"operator": "regex", "pattern": "b", "name": None}},
        [{"type": "commit_message_pattern", "parameters": {"operator": "regex", "pattern": "b"}}],
        id="a-parameter-at-null-goes",
    ),
]


@pytest.mark.parametrize(("live", "wanted", "sent"), MERGES)
@pytest.mark.trap("github", "3 rulesets: types of rules are open: those that nobody knows stay as they are")
def test_rules_are_merged_into_what_is_there(live: Any, wanted: Any, sent: Any) -> None:
    assert merged_rules(live, wanted) == sent


@pytest.mark.trap("github", "9 checks: a ruleset requires a check by its context")
async def test_a_check_is_matched_by_its_name_in_any_order(account: Any, desk: Any) -> None:
    def checks(*names: str) -> dict[str, Any]:
        listed = [{"context": name} for name in names]
        return {**MAIN, "rules": {"required_status_checks": {**CHECKED, "required_status_checks": listed}}}

    desk.want({"rulesets/main": checks("Lint", "Build")})
    await desk.applied()
    desk.want({"rulesets/main": checks("Build", "Lint")})
    assert await desk.planned() == ["record rulesets/main"], "nothing is sent"
    desk.want({"rulesets/main": checks("Build", "E2E")})
    (planned,) = await desk.planned()
    assert "required_status_checks.E2E" in planned
    assert "required_status_checks.Lint" in planned


async def test_the_last_ruleset_on_the_default_branch_is_not_taken_away(account: Any, desk: Any) -> None:
    desk.want({"rulesets/main": MAIN, "rulesets/tags": {"enforcement": "active", "target": "tag"}})
    await desk.applied()
    for weaker in ({}, {"rulesets/main": {**MAIN, "enforcement": "disabled"}}):
        desk.want({"rulesets/tags": {"enforcement": "active", "target": "tag"}, **weaker})
        (change,) = (await desk.plan()).changes
        assert [hold.gate for hold in change.held] == ["meaning"]
        assert "default branch" in change.held[0].reason
    desk.want({"rulesets/other": MAIN, "rulesets/tags": {"enforcement": "active", "target": "tag"}})
    await desk.apply()
    await desk.applied()
    assert set(rule_types(account)) == {"other", "tags"}


@pytest.mark.trap("github", "1 errors: 404 also means that the token may not see it: unknown, not gone")
async def test_a_ruleset_that_cannot_be_read_alone_is_unknown_not_gone(account: Any) -> None:
    await account.create("rulesets", "main", MAIN)

    async def gone(request: httpx.Request) -> httpx.Response:
        if request.url.path.rpartition("/")[2].isdecimal():
            return httpx.Response(404, json={"message": "Not Found"})
        return await account.wire.inner.handle_async_request(request)

    provider = await account.connect(transport=httpx.MockTransport(gone))
    (live,) = [one async for one in provider.list("rulesets")]
    assert live.identity == ("main",)
    assert "may not read it" in live.unknown


async def test_an_answer_of_another_form_means_that_it_may_be_there(account: Any) -> None:
    odd = httpx.MockTransport(lambda request: httpx.Response(201, json={"id": 1}))
    provider = await account.connect(transport=odd)
    with pytest.raises(AnswerLost, match="the ruleset was written, and then: GitHub sent a ruleset that is not"):
        await provider.create(account.sending("rulesets", "main", MAIN))


@pytest.mark.trap("github", "11 order: a ruleset that requires a missing check blocks merges")
async def test_a_plan_says_that_a_check_which_never_comes_blocks_every_merge(account: Any) -> None:
    rules = {"required_status_checks": CHECKED}
    creation = account.creation("rulesets", "main", {**MAIN, "rules": rules})
    assert account.provider.preview(creation).notes == (
        "a check that nobody reports under this name blocks every merge: Lint",
    )
    assert account.provider.preview(account.creation("rulesets", "main", MAIN)).notes == ()


async def test_a_name_can_be_changed_in_place(account: Any) -> None:
    live = await account.create("rulesets", "main", {**MAIN, "name": "main"})
    renamed = await account.update(live, {**MAIN, "name": "Main branch"}, ["name"])
    assert (renamed.id, renamed.identity) == (live.id, ("Main branch",))
