"""What is not ours on a repository and stays as it is, and what GitHub cannot show."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from reconciler import Refused, SecretValue
from reconciler_github.convert.actions import sealed
from reconciler_github.sandbox.store import Variable

RULESET: dict[str, Any] = {
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH", "refs/heads/release/*"]}},
    "rules": {"deletion": {}, "non_fast_forward": {}, "creation": {}},
    "bypass_actors": [{"actor_type": "RepositoryRole", "actor_id": 5}, {"actor_type": "DeployKey"}],
}
SECRET = {"value": {"secret": "NEXTAUTH_SECRET"}}
OURS = re.compile(
    r"/repos/ai-gurus/production"
    r"(|/rulesets.*|/environments.*|/actions/(secrets|variables).*|/collaborators|/teams)"
)


@pytest.mark.trap("github", "2 branch protection: the classic one stands beside rulesets, and is left alone")
@pytest.mark.trap("github", "3 rulesets: classic protection and rulesets stack, and only rulesets are written")
@pytest.mark.trap("github", "5 secrets: those of the organisation and of Dependabot are other stores, left alone")
async def test_nothing_but_what_is_managed_is_read_or_written(account: Any, desk: Any) -> None:
    desk.want(
        {
            "rulesets/main": RULESET,
            "environments/production": {"deployment_branch_policy": "protected_branches"},
            "actions_secrets/TOKEN": SECRET,
            "actions_variables/REGION": {"value": "fra1"},
        }
    )
    await desk.applied()
    desk.want({"environments/production": {}, "rulesets/main": {**RULESET, "enforcement": "disabled"}})
    await desk.plan()
    paths = {sent.path for sent in account.wire.sent}
    assert len(paths) > 10
    assert [path for path in paths if not OURS.fullmatch(path)] == []


@pytest.mark.trap("github", "3 rulesets: rules compare by type, actors as a set of type and number, in any order")
async def test_the_order_in_which_github_lists_is_no_drift(account: Any, desk: Any) -> None:
    desk.want({"rulesets/main": RULESET})
    await desk.applied()
    (whole,) = (one for one in account.store.rulesets.values() if one.source_type == "Repository")
    whole.rules.reverse()
    whole.bypass_actors.reverse()
    whole.conditions["ref_name"]["include"].reverse()
    plan = await desk.plan()
    assert (plan.changes, plan.drift) == ((), ())


@pytest.mark.trap("github", "4 environments: settings are read back as protection rules; a rule that is absent is 0")
async def test_what_an_environment_does_not_have_reads_as_nothing(account: Any) -> None:
    await account.on("PUT", "/environments/bare", {})
    assert (await account.on("GET", "/environments/bare"))["protection_rules"] == []
    live = (await account.listed("environments"))["bare"]
    assert (live.values["wait_timer"], live.values["reviewers"], live.values["prevent_self_review"]) == (0, (), False)
    await account.on("PUT", "/environments/bare", {"wait_timer": 30})
    rules = (await account.on("GET", "/environments/bare"))["protection_rules"]
    assert [(r["type"], r.get("wait_timer")) for r in rules] == [("wait_timer", 30)]
    assert (await account.listed("environments"))["bare"].values["wait_timer"] == 30


@pytest.mark.trap("github", "5 secrets: a change by somebody else within the second of ours goes unseen")
async def test_a_replacement_within_the_same_second_is_invisible_and_one_later_is_not(account: Any, desk: Any) -> None:
    desk.want({"actions_secrets/TOKEN": SECRET})
    await desk.applied()
    store = account.store.vault.secrets
    ours = store["TOKEN"].updated_at
    for later, drift in ((0, []), (1, ["opaque"])):
        key = await account.on("GET", "/actions/secrets/public-key")
        await account.on("PUT", "/actions/secrets/TOKEN", sealed(SecretValue("by hand", "theirs"), key), 204)
        store["TOKEN"].updated_at = ours.replace(microsecond=999_999) if not later else ours + timedelta(seconds=later)
        assert [d.type for d in (await desk.plan()).drift] == drift


@pytest.mark.trap("github", "5 secrets: 201 makes one, 204 changes one, and a second delete is 404 and done")
@pytest.mark.trap("github", "6 variables: writes are answered with nothing, so a variable is read after them")
async def test_what_is_written_is_read_back_and_deleting_twice_is_done(account: Any) -> None:
    secret = await account.create("actions_secrets", "TOKEN", SECRET)
    variable = await account.create("actions_variables", "REGION", {"value": "a"})
    assert (variable.values["value"], variable.identity) == ("a", ("REGION", ""))
    changed = await account.update(variable, {"value": "b"}, ["value"], handle="REGION")
    assert changed.values["value"] == "b"
    again = await account.update(secret, {"value": {"secret": "OTHER"}}, ["value"], handle="TOKEN")
    assert again.changed_at is not None
    for live in (again, again, changed, changed):
        await account.provider.delete(live)
    assert (account.store.vault.secrets, account.store.vault.variables) == ({}, {})


@pytest.mark.trap("github", "6 variables: 500 in a repository, as it seems; more are refused in GitHub's words")
async def test_one_variable_too_many_is_told(account: Any) -> None:
    now = account.clock.now()
    account.store.vault.variables = {f"V{n}": Variable("x", now, now) for n in range(500)}
    with pytest.raises(Refused, match="more than 500 variables"):
        await account.create("actions_variables", "REGION", {"value": "a"})
    assert len(account.store.vault.variables) == 500
