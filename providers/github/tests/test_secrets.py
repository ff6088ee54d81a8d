"""Secrets of Actions: sealed for the key of the moment, never read back, watched by when they changed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import Refused, SecretValue
from reconciler_github.convert.actions import sealed

SECRET = {"value": {"secret": "NEXTAUTH_SECRET"}}
VALUE = "next-auth-secret-value-1"


def kept(account: Any, environment: str | None = None) -> dict[str, str]:
    """Return the values that the simulator has opened, by name."""
    return {name: one.value for name, one in account.store.place(environment).secrets.items()}


@pytest.mark.trap("github", "5 secrets: values are never readable, and are stored as sealed boxes")
async def test_a_value_arrives_sealed_is_opened_there_and_shows_nowhere(account: Any) -> None:
    live = await account.create("actions_secrets", "NEXTAUTH_SECRET", SECRET)
    assert kept(account) == {"NEXTAUTH_SECRET": VALUE}
    assert "value" not in live.values
    ((path, sent),) = account.requests("PUT")
    assert path == "/repos/ai-gurus/production/actions/secrets/NEXTAUTH_SECRET"
    assert VALUE not in json.dumps(sent)
    state = json.dumps((await account.api("GET", "/_sandbox/state"))["actions_secrets"])
    assert VALUE not in state
    assert "fingerprint" in state
    assert VALUE not in repr(account.store.vault)


@pytest.mark.trap("github", "5 secrets: the same value is sealed differently each time")
async def test_ciphertexts_differ_and_open_to_the_same(account: Any) -> None:
    key = await account.on("GET", "/actions/secrets/public-key")
    value = SecretValue(VALUE, "secret")
    assert sealed(value, key) != sealed(value, key)
    for _ in range(2):
        await account.on("PUT", "/actions/secrets/A", sealed(value, key), 204 if "A" in kept(account) else 201)
        assert kept(account)["A"] == VALUE


@pytest.mark.trap("github", "5 secrets: each repository and each environment has a key of its own")
async def test_an_environment_has_its_own_key_and_secrets(account: Any, desk: Any) -> None:
    desk.want(
        {
            "environments/production": {},
            "actions_secrets/TOKEN": {"value": {"secret": "NEXTAUTH_SECRET"}},
            "actions_secrets/TOKEN-production": {
                "name": "TOKEN",
                "environment": "production",
                "value": {"secret": "OTHER"},
            },
        }
    )
    await desk.applied()
    assert kept(account) == {"TOKEN": VALUE}
    assert kept(account, "production") == {"TOKEN": "another-secret-value-2"}
    assert account.store.vault.key_id != account.store.place("production").key_id


@pytest.mark.trap("github", "5 secrets: a key can be replaced between reading it and writing: 422, and read once more")
async def test_a_key_that_was_replaced_meanwhile_is_read_again(account: Any) -> None:
    async def rotating(request: httpx.Request) -> httpx.Response:
        answer = await account.wire.inner.handle_async_request(request)
        content = await answer.aread()
        if request.url.path.endswith("/public-key") and not rotated:
            rotated.append(account.store.rotate_key(account.store.vault))
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    rotated: list[None] = []
    provider = await account.connect(transport=httpx.MockTransport(rotating))
    await provider.create(account.sending("actions_secrets", "NEXTAUTH_SECRET", SECRET))
    assert kept(account) == {"NEXTAUTH_SECRET": VALUE}


@pytest.mark.trap("github", "5 secrets: 100 in a repository; a 422 is not always a stale key")
async def test_a_422_with_the_key_still_good_is_no_stale_key(account: Any) -> None:
    account.store.vault.secrets = {f"S{n}": None for n in range(100)}
    with pytest.raises(Refused, match="more than 100 secrets"):
        await account.create("actions_secrets", "NEXTAUTH_SECRET", SECRET)
    assert len(account.requests("PUT")) == 1


@pytest.mark.trap("github", "5 secrets: a PUT has no body; updated_at is read after it, a later one is drift")
async def test_a_value_that_was_replaced_outside_is_opaque_drift(account: Any, desk: Any) -> None:
    desk.want({"actions_secrets/NEXTAUTH_SECRET": SECRET})
    await desk.applied()
    account.clock.advance(10)
    assert (await desk.plan()).drift == ()
    key = await account.on("GET", "/actions/secrets/public-key")
    await account.on("PUT", "/actions/secrets/NEXTAUTH_SECRET", sealed(SecretValue("by hand"), key), 204)
    (drift,) = (await desk.plan()).drift
    assert (str(drift.address), drift.type) == ("actions_secrets/NEXTAUTH_SECRET", "opaque")
    desk.want({"actions_secrets/NEXTAUTH_SECRET": {"value": {"secret": "NEXTAUTH_SECRET", "rotate": 1}}})
    await desk.applied()
    assert kept(account) == {"NEXTAUTH_SECRET": VALUE}
    assert (await desk.plan()).drift == ()


async def test_a_secret_that_was_deleted_outside_is_missing_and_put_back(account: Any, desk: Any) -> None:
    desk.want({"actions_secrets/NEXTAUTH_SECRET": SECRET})
    await desk.applied()
    await account.on("DELETE", "/actions/secrets/NEXTAUTH_SECRET", None, 204)
    plan = await desk.plan()
    assert [d.type for d in plan.drift] == ["missing"]
    await desk.applied()
    assert kept(account) == {"NEXTAUTH_SECRET": VALUE}


async def test_a_secret_that_is_there_is_taken_as_it_stands(account: Any, desk: Any) -> None:
    key = await account.on("GET", "/actions/secrets/public-key")
    await account.on("PUT", "/actions/secrets/NEXTAUTH_SECRET", sealed(SecretValue("by hand"), key), 201)
    desk.want({"actions_secrets/NEXTAUTH_SECRET": SECRET})
    (change,) = (await desk.plan()).changes
    assert (change.action, [h.gate for h in change.held]) == ("adopt", ["adopt"])
    desk.want({"actions_secrets/NEXTAUTH_SECRET": {**SECRET, "lifecycle": {"adopt": True}}})
    await desk.applied()
    assert kept(account) == {"NEXTAUTH_SECRET": "by hand"}


@pytest.mark.trap("github", "5 secrets: names are kept in upper case, and compared without case")
async def test_a_name_in_lower_case_is_the_same_secret(account: Any, desk: Any) -> None:
    desk.want({"actions_secrets/nextauth_secret": SECRET})
    await desk.applied()
    assert list(kept(account)) == ["NEXTAUTH_SECRET"]
    desk.want(
        {"actions_secrets/x": {"name": "NextAuth_Secret", **SECRET, "lifecycle": {"moved_from": "nextauth_secret"}}}
    )
    await desk.applied()
    assert list(kept(account)) == ["NEXTAUTH_SECRET"]


@pytest.mark.trap("github", "5 secrets: the environment has to exist first (404)")
async def test_a_secret_waits_for_its_environment(account: Any, desk: Any) -> None:
    await account.on("GET", "/environments/production/secrets/public-key", None, 404)
    desk.want(
        {
            "actions_secrets/TOKEN": {"environment": "production", **SECRET},
            "environments/production": {},
        }
    )
    plan = await desk.plan()
    assert [str(c.address) for c in plan.changes if c.depends_on] == ["actions_secrets/TOKEN"]
    await desk.applied()


async def test_moving_a_secret_to_another_environment_replaces_it(account: Any, desk: Any) -> None:
    environments: dict[str, Any] = {"environments/a": {}, "environments/b": {}}
    desk.want({**environments, "actions_secrets/TOKEN": {"environment": "a", **SECRET}})
    await desk.applied()
    desk.want({**environments, "actions_secrets/TOKEN": {"environment": "b", **SECRET}})
    await desk.applied()
    assert (kept(account, "a"), kept(account, "b")) == ({}, {"TOKEN": VALUE})


@pytest.mark.trap("github", "5 secrets: 48 KB each, of bytes in UTF-8 and not of characters")
async def test_a_value_over_48_kb_is_refused_before_anything_is_sent(account: Any) -> None:
    spec = account.sending("actions_secrets", "BIG", SECRET)
    for text, size in (("x" * 49_153, 49_153), ("ü" * 24_577, 49_154)):
        value = SecretValue(text, "secret BIG")
        with pytest.raises(Refused, match=rf"\(secret BIG\) has {size} bytes in UTF-8, and GitHub takes 49152"):
            await account.provider.create(replace(spec, spec={**spec.spec, "value": value}))
        assert (account.requests("GET"), kept(account)) == ([], {})
    key = await account.on("GET", "/actions/secrets/public-key")
    await account.on("PUT", "/actions/secrets/BIG", sealed(SecretValue("ü" * 24_576), key), 201)


@pytest.mark.trap("github", "5 secrets: one of an environment comes before one of the repository: two secrets")
async def test_one_name_in_two_places_is_two_secrets_that_come_and_go_alone(account: Any, desk: Any) -> None:
    here = {"value": {"secret": "NEXTAUTH_SECRET"}}
    there = {"name": "TOKEN", "environment": "production", "value": {"secret": "OTHER"}}
    desk.want({"environments/production": {}, "actions_secrets/TOKEN": here, "actions_secrets/TOKEN-p": there})
    await desk.applied()
    desk.want({"environments/production": {}, "actions_secrets/TOKEN": here})
    await desk.applied()
    assert (kept(account), kept(account, "production")) == ({"TOKEN": VALUE}, {})


@pytest.mark.trap("github", "1 rates: writes go one at a time")
async def test_writes_do_not_overlap(account: Any) -> None:
    under_way, most = 0, 0

    async def counting(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        writes = request.method != "GET"
        under_way += writes
        most = max(most, under_way)
        await asyncio.sleep(0)
        try:
            return await account.wire.inner.handle_async_request(request)
        finally:
            under_way -= writes

    provider = await account.connect(transport=httpx.MockTransport(counting))
    secrets = [account.sending("actions_secrets", f"S{n}", SECRET) for n in range(6)]
    variables = [account.sending("actions_variables", f"V{n}", {"value": "x"}) for n in range(6)]
    rulesets = [account.sending("rulesets", f"r{n}", {"enforcement": "disabled"}) for n in range(3)]
    await asyncio.gather(*(provider.create(one) for one in (*secrets, *variables, *rulesets)))
    assert (most, len(kept(account)), len(account.store.vault.variables)) == (1, 6, 6)
