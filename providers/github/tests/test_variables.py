"""Variables of Actions: readable, made and changed by different calls, listed in small pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import NotFound, OutputRef, Refused, SecretValue
from reconciler.model import FieldDiff


def kept(account: Any, environment: str | None = None) -> dict[str, str]:
    return {name: one.value for name, one in account.store.place(environment).variables.items()}


@pytest.mark.trap("github", "6 variables: pages hold 10, and never more than 30")
@pytest.mark.parametrize("count", [0, 1, 30, 31, 95])
async def test_every_variable_is_listed(account: Any, count: int) -> None:
    for number in range(count):
        await account.on("POST", "/actions/variables", {"name": f"V{number}", "value": "x"}, 201)
    before = account.provider.requests
    assert len(await account.listed("actions_variables")) == count
    assert account.provider.requests - before == 1 + max(1, -(-count // 30)), "the environments, and the pages"


@pytest.mark.trap("github", "6 variables: creating one that is there already fails with 409 or 422; there is no upsert")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(409, {"message": "Already exists - Variable already exists"}, id="409"),
        pytest.param(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}, id="422"),
    ],
)
async def test_one_that_was_made_meanwhile_is_not_overwritten(account: Any, status: int, body: Any) -> None:
    await account.on("POST", "/actions/variables", {"name": "REGION", "value": "theirs"}, 201)

    async def refusing(request: httpx.Request) -> httpx.Response:
        answer = await account.wire.inner.handle_async_request(request)
        return httpx.Response(status, json=body) if request.method == "POST" else answer

    provider = await account.connect(transport=httpx.MockTransport(refusing))
    with pytest.raises(Refused) as caught:
        await provider.create(account.sending("actions_variables", "REGION", {"value": "ours"}))
    assert "adopt: true" in caught.value.fix
    assert kept(account) == {"REGION": "theirs"}


@pytest.mark.trap("github", "6 variables: changing one that is gone fails with 404")
async def test_one_that_was_deleted_meanwhile_is_not_found(account: Any) -> None:
    live = await account.create("actions_variables", "REGION", {"value": "a"})
    await account.on("DELETE", "/actions/variables/REGION", None, 204)
    with pytest.raises(NotFound) as caught:
        await account.update(live, {"value": "b"}, ["value"], handle="REGION")
    assert "it is gone, or GITHUB_TOKEN lacks Variables: write" in caught.value.fix
    await account.provider.delete(live)


@pytest.mark.trap("github", "6 variables: names read back in upper case")
async def test_a_name_in_lower_case_is_the_same_variable(account: Any, desk: Any) -> None:
    await account.on("POST", "/actions/variables", {"name": "region", "value": "iad1"}, 201)
    desk.want({"actions_variables/Region": {"value": "iad1"}})
    assert await desk.planned() == ["record actions_variables/Region"]
    await desk.applied()


@pytest.mark.trap("github", "6 variables: a PATCH can rename")
async def test_a_rename_keeps_the_variable(account: Any, desk: Any) -> None:
    desk.want({"actions_variables/region": {"value": "iad1"}})
    await desk.applied()
    desk.want({"actions_variables/place": {"value": "fra1", "lifecycle": {"moved_from": "region"}}})
    assert await desk.planned() == ["update actions_variables/place: name, value"]
    await desk.applied()
    assert kept(account) == {"PLACE": "fra1"}
    assert [method for method in ("POST", "DELETE") if len(account.requests(method)) > (method == "POST")] == []


async def test_a_value_changed_by_hand_is_drift(account: Any, desk: Any) -> None:
    desk.want(
        {
            "environments/production": {},
            "actions_variables/REGION": {"value": "iad1"},
            "actions_variables/REGION-production": {"name": "REGION", "environment": "production", "value": "fra1"},
        }
    )
    await desk.applied()
    await account.on("PATCH", "/environments/production/variables/REGION", {"value": "sin1"}, 204)
    plan = await desk.plan()
    assert [(str(d.address), d.type) for d in plan.drift] == [("actions_variables/REGION-production", "changed")]
    await desk.applied()
    assert (kept(account), kept(account, "production")) == ({"REGION": "iad1"}, {"REGION": "fra1"})


async def test_deleting_an_environment_takes_its_variables_along(account: Any, desk: Any) -> None:
    wanted: dict[str, Any] = {"environments/a": {}, "environments/b": {}}
    desk.want({**wanted, "actions_variables/X": {"environment": "b", "value": "1"}})
    await desk.applied()
    desk.want({"environments/a": {}})
    await desk.applied()
    assert [e["name"] for e in account.store.state()["environments"]] == ["a"]


async def test_an_output_that_is_too_large_is_refused_before_it_is_sent(account: Any) -> None:
    wanted = account.sending("actions_variables", "BIG", {"value": "x"})
    with pytest.raises(Refused, match="its value has 49154 bytes in UTF-8, and GitHub takes 49152"):
        await account.provider.create(replace(wanted, spec={**wanted.spec, "value": "ü" * 24_577}))
    assert account.requests("POST") == []


async def test_a_secret_output_never_becomes_a_variable(account: Any) -> None:
    creation = account.creation("actions_variables", "DATABASE_URL", {"value": {"from": "database/main.pooled_url"}})
    value = OutputRef("database/main", "pooled_url")
    secret = replace(creation, fields=(FieldDiff(("value",), None, value, secret=True),))
    assert "whoever reads the repository" in account.provider.preview(secret).hold
    assert account.provider.preview(creation).hold == ""
    wanted = account.sending("actions_variables", "DATABASE_URL", {"value": "x"})
    leaking = replace(wanted, spec={**wanted.spec, "value": SecretValue("postgres://u:p@h/d", "pooled_url")})
    with pytest.raises(Refused, match="readable by everybody"):
        await account.provider.create(leaking)
    assert kept(account) == {}


async def test_collections_that_are_read_together_share_one_listing_of_the_environments(account: Any) -> None:
    await account.on("PUT", "/environments/a", {})
    for collection in ("environments", "actions_variables", "actions_secrets"):
        await account.listed(collection)
    paths = [path for path, _ in account.requests("GET")]
    assert paths.count("/repos/ai-gurus/production/environments") == 1
    await account.on("PUT", "/environments/b", {})
    await account.on("POST", "/environments/b/variables", {"name": "X", "value": "1"}, 201)
    assert set(await account.listed("actions_variables")) == {"b/X"}, "who asks again reads again"
    live = await account.create("environments", "c", {})
    await account.on("POST", "/environments/c/variables", {"name": "Y", "value": "1"}, 201)
    await account.listed("actions_secrets")
    assert set(await account.listed("actions_variables")) == {"b/X", "c/Y"}
    await account.provider.delete(live)
    assert set(await account.listed("environments")) == {"a", "b"}
