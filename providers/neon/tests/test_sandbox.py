"""The simulator as `reconcile sandbox` serves it: what it is seeded with, what reading it costs, hand edits."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from reconciler import SandboxRequest
from reconciler.sandbox import HandEdit
from reconciler_neon.models import NeonSettings
from reconciler_neon.provider import Neon
from reconciler_neon.sandbox import NeonSandbox
from reconciler_neon.sandbox.reads import expected_reads
from reconciler_neon.sandbox.stock import NAME, PROJECT

COLLECTIONS = ("database", "branches", "endpoints", "roles", "databases", "backups")
SEEDS = [
    pytest.param({"project": "calm-sea-20000001"}, "calm-sea-20000001", NAME, id="an-id"),
    pytest.param({"project": "my-shop"}, PROJECT, "my-shop", id="a-name"),
    pytest.param(
        {"project": "my-shop", "expect": {"project_id": "calm-sea-20000001"}}, "calm-sea-20000001", "my-shop", id="both"
    ),
    pytest.param({"project": "odd-id", "expect": {"project_id": "odd-id"}}, "odd-id", NAME, id="an-id-of-another-form"),
]


def sandbox_of(settings: dict[str, Any], **more: Any) -> NeonSandbox:
    made = NeonSettings.model_validate({"type": "neon", "token": {"secret": "OTHER_KEY"}, **settings})
    return NeonSandbox(SandboxRequest("neon", made, **more))


@pytest.mark.parametrize(("settings", "project", "name"), SEEDS)
def test_the_project_that_the_settings_name_is_there(settings: Any, project: str, name: str) -> None:
    made = sandbox_of(settings)
    estate = made.api.world.estates[project]
    assert estate.payload["name"] == name
    assert [b["name"] for b in estate.branches.values()] == ["production"]


async def test_it_is_served_on_loopback_and_opened_by_the_exported_key() -> None:
    made = sandbox_of({"project": PROJECT}, seed=3)
    async with made as service:
        assert set(service.exports) == {"NEON_API_URL", "OTHER_KEY"}
        url, key = service.exports["NEON_API_URL"], service.exports["OTHER_KEY"]
        assert url.startswith("http://127.0.0.1:")
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}) as client:
            assert (await client.get(f"{url}/projects/{PROJECT}")).json()["project"]["name"] == NAME
            client.headers["authorization"] = "Bearer napi_other"
            refused = await client.get(f"{url}/projects/{PROJECT}")
            assert (refused.status_code, refused.json()["code"]) == (401, "")
    assert service.exports == dict(sandbox_of({"project": PROJECT}, seed=3).exports(url.removesuffix("/api/v2")))
    assert Neon.sandbox(made_request := SandboxRequest("neon", NeonSettings(type="neon", project=PROJECT)))
    assert made_request.seed == 0


@pytest.mark.parametrize("collections", [*((c,) for c in COLLECTIONS), ("databases", "database"), COLLECTIONS])
async def test_reading_costs_what_is_expected_whatever_is_read(account: Any, collections: tuple[str, ...]) -> None:
    for name in ("one", "two"):
        await account.create("branches", name, {})
    await account.create("branches", "root", {"init_source": "schema-only"})
    provider = await account.connect(read_only=True)
    await provider.whoami()

    async def drained(collection: str) -> list[Any]:
        return [live async for live in provider.list(collection)]

    await asyncio.gather(*(drained(c) for c in collections))
    assert provider.requests == sum(expected_reads(account.world, account.estate, collections).values())


async def test_more_branches_than_a_page_cost_another_page(account_on: Any) -> None:
    async with account_on(most_on_page=2) as account:
        for name in ("one", "two"):
            await account.create("branches", name, {})
        assert expected_reads(account.world, account.estate, ["branches"])["pages of branches"] == 2


async def test_a_connection_that_reads_again_sees_what_has_changed(account: Any) -> None:
    provider = await account.connect(read_only=True)
    for expected in ({"production"}, {"production", "later"}):
        assert {live.id async for live in provider.list("branches")} == expected
        if "later" not in expected:
            await account.by_hand("POST", "/branches", {"branch": {"name": "later"}}, 201)


async def test_hand_edits_are_made_through_the_api_and_change_what_they_name(account: Any) -> None:
    made = sandbox_of({"project": PROJECT})
    weekly = {"frequency": "weekly", "day": 7, "hour": 4, "retention_seconds": "4w"}
    daily = {"frequency": "daily", "hour": 0, "retention_seconds": "7d"}
    desired = [
        account.resource("database", "main", {"history_retention_seconds": "7d"}),
        account.resource("backups", "production", {"branch": "production", "schedule": [daily, weekly]}),
        account.resource("roles", "app", {"branch": "production"}),
    ]
    edits: list[HandEdit] = list(made.hand_edits(desired))
    assert [edit.mentions for edit in edits] == [
        ("backups/production", "schedule"),
        ("database/main", "history_retention_seconds"),
    ]
    for edit in edits:
        await edit.perform()
    estate = made.api.world.estates[PROJECT]
    [branch] = estate.branches
    assert [entry["retention_seconds"] for entry in estate.schedules[branch]] == [86_400]
    assert estate.payload["history_retention_seconds"] == 3_600
    assert made.hand_edits(desired[2:]) == []


async def test_a_hand_edit_before_anything_is_applied_says_what_to_do(account: Any) -> None:
    made = sandbox_of({"project": PROJECT})
    entries = [{"frequency": "daily", "hour": hour, "retention_seconds": "7d"} for hour in (0, 12)]
    [edit] = made.hand_edits([account.resource("backups", "later", {"branch": "later", "schedule": entries})])
    with pytest.raises(LookupError, match="no branch later: apply first"):
        await edit.perform()


async def test_what_a_schedule_takes_expires_as_it_says(account: Any) -> None:
    entry = {"frequency": "daily", "hour": 2, "retention_seconds": "7d"}
    await account.create("backups", "production", {"branch": "production", "schedule": [entry]})
    for _ in range(3):
        account.clock.advance(5 * 86_400)
        found = (await account.by_hand("GET", "/snapshots"))["snapshots"]
    assert 6 <= len(found) <= 8
    assert {s["manual"] for s in found} == {False}
    assert {s["source_branch_id"] for s in found} == {account.branch()["id"]}


async def test_state_holds_every_object_and_no_password_and_reset_starts_again(account: Any) -> None:
    await account.create("roles", "app", {"branch": "production"})
    state = await account.api("GET", "/_sandbox/state")
    assert {"projects", "branches", "endpoints", "roles", "databases", "backup_schedules"} <= set(state)
    assert {"app", "neondb_owner", "neon_superuser"} == {r["name"] for r in state["roles"]}
    assert "npg_" not in str(state)
    await account.api("POST", "/_sandbox/reset", status=204)
    again = await account.api("GET", "/_sandbox/state")
    assert {r["name"] for r in again["roles"]} == {"neondb_owner", "neon_superuser"}


async def test_a_request_id_that_is_sent_comes_back_in_an_error(account: Any) -> None:
    path = f"{account.project}/branches/br-nowhere-1"
    told = await account.api("GET", path, status=404, headers={"x-request-id": "of-ours"})
    assert told == {"request_id": "of-ours", "code": "", "message": "branch not found"}
