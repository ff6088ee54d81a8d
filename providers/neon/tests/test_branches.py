"""Branches: their ids come and go, and production must not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import Address, NotFound, Refused, Removal
from reconciler_neon.models import Branch, NeonSettings
from reconciler_neon.sandbox.stock import PROJECT
from reconciler_neon.sandbox.world import stamp

trap = pytest.mark.trap
SETTINGS = NeonSettings(type="neon", project=PROJECT)
DAILY = {"frequency": "daily", "hour": 0, "retention_seconds": "7d"}


async def snapshot_of_production(account: Any) -> tuple[str, str]:
    """Take a snapshot by hand, and return its id and that of the branch."""
    branch = account.branch()["id"]
    told = await account.by_hand("POST", f"/branches/{branch}/snapshot?name=before")
    return told["snapshot"]["id"], branch


@trap("neon", "3: the id of production changes when a snapshot is restored")
@pytest.mark.parametrize("steps", [1, 2], ids=["one-step", "two-steps"])
async def test_production_stays_itself_when_a_snapshot_is_restored(account: Any, steps: int) -> None:
    await account.create("backups", "production", {"branch": "production", "schedule": [DAILY]})
    before = {
        kind: set(await account.by_id(kind)) for kind in ("branches", "endpoints", "roles", "databases", "backups")
    }
    snapshot, old = await snapshot_of_production(account)
    body = {"target_branch_id": old, "finalize_restore": steps == 1}
    restored = await account.by_hand("POST", f"/snapshots/{snapshot}/restore", body)
    if steps == 2:
        await account.by_hand("POST", f"/branches/{restored['branch']['id']}/finalize_restore", {})
    assert account.branch()["id"] != old
    assert account.branch("production (old)")["id"] == old
    for kind, ids in before.items():
        assert ids <= set(await account.by_id(kind)), kind
    live = (await account.by_id("branches"))["production"]
    assert live.values["default"] is True
    await account.create("roles", "afterwards", {"branch": "production"})
    assert (account.branch()["id"], "afterwards") in account.estate.roles
    assert (old, "afterwards") not in account.estate.roles


@trap("neon", "6: whether a point-in-time restore keeps the branch id is not documented")
async def test_production_stays_itself_when_it_is_put_back_in_time(account: Any) -> None:
    old, endpoint = account.branch()["id"], account.endpoint()["id"]
    body = {"source_branch_id": old, "source_timestamp": "2026-01-01T00:00:00Z", "preserve_under_name": "earlier"}
    await account.by_hand("POST", f"/branches/{old}/restore", body)
    assert account.branch()["id"] != old
    live = (await account.by_id("branches"))["production"]
    changed = await account.update(live, {"protected": True}, ["protected"], handle="production")
    assert changed.id == "production"
    assert account.branch()["protected"] is True
    assert account.estate.branches[old]["protected"] is False
    assert (await account.by_id("endpoints"))[endpoint].values["branch"] == "production"


@trap("neon", "3: `default` cannot be patched; set_as_default takes it from the old one")
async def test_another_default_branch_takes_it_from_the_old_one(account: Any) -> None:
    made = await account.create("branches", "next", {"default": True})
    assert made.values["default"] is True
    live = await account.by_id("branches")
    assert {name: branch.values["default"] for name, branch in live.items()} == {"production": False, "next": True}
    await account.update(live["production"], {"default": True}, ["default"], handle="production")
    assert (await account.by_id("branches"))["production"].values["default"] is True
    assert all("default" not in (body or {}).get("branch", {}) for _, body in account.requests("PATCH"))


@trap("neon", "3: no endpoint is made with a branch unless asked for")
async def test_a_branch_is_made_without_a_compute(account: Any) -> None:
    await account.create("branches", "staging", {})
    assert {e["branch_id"] for e in account.estate.endpoints.values()} == {account.branch()["id"]}


@trap("neon", "3: expires_at is to the second, and null clears it")
async def test_a_branch_stops_expiring_when_the_yaml_says_null(account: Any) -> None:
    live = await account.create("branches", "trial", {"expires_at": "2027-01-31T00:00:00Z"})
    account.branch("trial")["expires_at"] = "2027-01-31T01:00:00.123+01:00"
    assert (await account.by_id("branches"))["trial"].values["expires_at"] == live.values["expires_at"]
    await account.update(live, {"expires_at": None}, ["expires_at"])
    assert account.branch("trial")["expires_at"] is None


@trap("neon", "3: a branch that is deleted is there until its operations have ended")
async def test_a_deleted_branch_is_gone_when_delete_returns(account: Any) -> None:
    live = await account.create("branches", "trial", {})
    await account.provider.delete(live)
    assert "trial" not in await account.by_id("branches")
    await account.provider.delete(live)


@trap("neon", "3: a deleted branch can be recovered for 7 days, unless hard_delete is asked for")
async def test_a_branch_is_never_deleted_for_good(account: Any) -> None:
    live = await account.create("branches", "trial", {})
    queries: list[bytes] = []
    inner = account.wire.inner.handle_async_request

    async def noting(request: httpx.Request) -> Any:
        if request.method == "DELETE":
            queries.append(request.url.query)
        return await inner(request)

    account.wire.inner.handle_async_request = noting
    await account.provider.delete(live)
    assert set(queries) == {b""}


async def guarded(account: Any, name: str, *also: str) -> str:
    """Return why a branch must not be deleted, in a plan that deletes it and others."""
    live = await account.by_id("branches")
    removals = tuple(Removal(Address("branches", n), live[n], None) for n in (name, *also))
    return Branch.guards(removals, tuple(live.values()), SETTINGS).get(Address("branches", name), "")


@trap("neon", "3: the default, the root, protected branches and those with children are never deleted")
async def test_what_production_stands_on_is_never_deleted(account: Any) -> None:
    await account.create("branches", "staging", {"protected": True})
    await account.create("branches", "parent", {})
    await account.create("branches", "child", {"parent": "parent"})
    assert "default branch" in await guarded(account, "production")
    assert "protected" in await guarded(account, "staging")
    assert "children" in await guarded(account, "parent")
    assert await guarded(account, "parent", "child") == ""
    assert await guarded(account, "child") == ""
    await account.create("branches", "next", {"default": True})
    assert "other branches were made from it" in await guarded(account, "production")
    for name in ("child", "parent", "staging"):
        live = (await account.by_id("branches"))[name]
        if name == "staging":
            with pytest.raises(Refused, match="protected"):
                await account.provider.delete(live)
        else:
            await account.provider.delete(live)


@trap("neon", "3: a branch that expires is deleted: never the default one")
async def test_the_default_branch_never_gets_an_end(account: Any) -> None:
    live = (await account.by_id("branches"))["production"]
    after = account.resource("branches", "production", {"expires_at": "2027-01-31T00:00:00Z"})
    held = Branch.guards((Removal(after.address, live, after),), (live,), SETTINGS)
    assert held == {after.address: "it is the default branch, and Neon would delete it when it expires"}


@trap("neon", "1: branches come by `pagination.next`, and Neon's own order moves them from page to page")
async def test_branches_on_many_pages_are_all_found_although_they_change_meanwhile(account_on: Any) -> None:
    async with account_on(Moving, most_on_page=3) as account:
        account.wire.inner.account = account
        for number in range(7):
            await account.by_hand("POST", "/branches", {"branch": {"name": f"b{number}"}}, 201)
        assert set(await account.by_id("branches")) == {"production", *(f"b{n}" for n in range(7))}
        assert sum(s.path.endswith("/branches") for s in account.wire.sent) == 3


class Moving(httpx.AsyncBaseTransport):
    """Changes a branch of the second page whenever a page of branches has been read."""

    account: Any

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if request.method == "GET" and request.url.path.endswith("/branches"):
            self.account.clock.advance(1)
            self.account.branch("b2")["updated_at"] = stamp(self.account.clock.now())
        return response


async def test_a_rename_is_one_update_and_the_record_can_follow_it(account: Any) -> None:
    live = await account.create("branches", "trial", {})
    changed = await account.update(live, {"name": "experiment"}, ["name"])
    assert (changed.id, changed.identity) == ("experiment", ("experiment",))


async def test_what_is_on_a_branch_that_is_not_there_says_which_branches_there_are(account: Any) -> None:
    with pytest.raises(NotFound, match="no branch 'staging' in this project; it has production"):
        await account.create("roles", "app", {"branch": "staging"})


async def test_a_branch_that_vanishes_while_it_is_read_has_nothing_on_it(account: Any) -> None:
    await account.create("branches", "preview", {})
    provider = await account.connect(read_only=True)
    assert {live.id async for live in provider.list("branches")} == {"production", "preview"}
    account.world.drop_branch(account.estate, account.branch("preview")["id"])
    found = {live.identity[1] async for live in provider.list("roles")}
    assert found == {"production"}
