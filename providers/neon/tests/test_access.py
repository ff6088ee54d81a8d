"""Roles and databases."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Address, Refused, Removal
from reconciler.kind.shape import shape_of
from reconciler_neon.models import Database, NeonSettings, Role
from reconciler_neon.sandbox.stock import PROJECT

trap = pytest.mark.trap
SETTINGS = NeonSettings(type="neon", project=PROJECT)


@trap("neon", "5: roles have no update")
async def test_no_field_of_a_role_can_change(account: Any) -> None:
    fields = shape_of(Role).fields
    assert {name for name, shape in fields.items() if shape.mutable != "never"} == set()
    live = await account.create("roles", "app", {"branch": "production"})
    with pytest.raises(Refused, match="no update for roles"):
        await account.update(live, {"branch": "production", "no_login": True}, ["no_login"])


@trap("neon", "5: a password comes in the answer to a create")
async def test_a_password_never_shows(account: Any) -> None:
    live = await account.create("roles", "app", {"branch": "production"})
    password = account.estate.roles[account.branch()["id"], "app"]["_password"]
    assert password.startswith("npg_")
    for thing in (live, (await account.by_id("roles"))[live.id], account.provider):
        assert password not in repr(thing)
    assert "password" not in live.values
    assert password not in account.harness.runtime.redactor.clean(f"log: {password}")


@trap("neon", "5: protected roles are the system's")
async def test_system_roles_are_neither_deleted_nor_imported(account: Any) -> None:
    live = (await account.by_id("roles"))["production/neon_superuser"]
    assert Role.unimportable(live)
    removal = Removal(Address("roles", "neon_superuser"), live, None)
    assert Role.guards((removal,), (live,), SETTINGS) == {removal.address: "it is a system role of Neon"}
    owner = (await account.by_id("roles"))["production/neondb_owner"]
    assert not Role.unimportable(owner)
    assert not Role.guards((Removal(removal.address, owner, None),), (owner,), SETTINGS)


@trap("neon", "5: the owner of a database has to exist first")
def test_a_database_waits_for_its_owner() -> None:
    assert shape_of(Database).fields["owner_name"].ref == ("roles",)
    assert shape_of(Role).fields["branch"].ref == ("branches",)


@trap("neon", "5: renaming a database changes the key in its path")
async def test_a_database_is_found_under_its_new_name(account: Any) -> None:
    owner = {"branch": "production", "owner_name": "production/neondb_owner"}
    live = await account.create("databases", "shop", owner)
    changed = await account.update(live, {"name": "store", **owner}, ["name"])
    assert (changed.id, changed.identity) == ("production/store", ("store", "production"))
    assert set(await account.by_id("databases")) == {"production/neondb", "production/store"}


@trap("neon", "5: both the owner and the name of a database can change")
async def test_a_database_gets_another_owner_of_its_own_branch(account: Any) -> None:
    await account.create("branches", "staging", {})
    app = await account.create("roles", "app", {"branch": "staging"})
    live = (await account.by_id("databases"))["staging/neondb"]
    await account.update(live, {"branch": "staging", "owner_name": app.id}, ["owner_name"])
    assert account.estate.databases[account.branch("staging")["id"], "neondb"]["owner_name"] == "app"
    assert account.estate.databases[account.branch()["id"], "neondb"]["owner_name"] == "neondb_owner"


@trap("neon", "5: every branch has its own roles and databases")
async def test_roles_of_one_name_on_two_branches_are_two(account: Any) -> None:
    await account.create("branches", "staging", {})
    for branch in ("production", "staging"):
        await account.create("roles", "app", {"branch": branch})
    live = (await account.by_id("roles"))["staging/app"]
    await account.provider.delete(live)
    await account.provider.delete(live)
    assert {"production/app"} == {key for key in await account.by_id("roles") if key.endswith("/app")}


@trap("neon", "3: a branch starts as a copy of its parent, roles and databases included")
async def test_what_came_with_a_new_branch_is_taken_for_made(account: Any) -> None:
    for name in ("app", "other"):
        await account.create("roles", name, {"branch": "production"})
    await account.create("databases", "shop", {"branch": "production", "owner_name": "production/app"})
    await account.create("branches", "staging", {})
    role = await account.create("roles", "app", {"branch": "staging"})
    database = await account.create("databases", "shop", {"branch": "staging", "owner_name": "staging/other"})
    assert (role.id, database.values["owner_name"]) == ("staging/app", "staging/other")
    with pytest.raises(Refused, match="came with a role other of its parent"):
        await account.create("roles", "other", {"branch": "staging", "no_login": True})
    with pytest.raises(Refused, match="already exists"):
        await account.create("roles", "app", {"branch": "production"})


@trap("neon", "1: roles, databases, endpoints and snapshots come in one piece")
@pytest.mark.parametrize("what", ["roles", "databases", "endpoints"])
async def test_what_is_not_paged_is_read_in_one_call(account: Any, what: str) -> None:
    branch = account.branch()["id"]
    for number in range(150):
        if what == "endpoints":
            new = {**account.endpoint(), "id": f"ep-{number}", "type": "read_only", "name": f"n{number}"}
            account.estate.endpoints[new["id"]] = new
        else:
            kept = getattr(account.estate, what)
            kept[branch, f"n{number}"] = {**next(iter(kept.values())), "name": f"n{number}"}
    assert len(await account.by_id(what)) >= 151
    assert sum(path.endswith(f"/{what}") for path, _ in account.requests("GET")) == 1


@trap("neon", "5: the key of a role or database is its name, in a path")
async def test_names_that_need_quoting_in_a_path_are_found_again(account: Any) -> None:
    for name in ("a/b", "q?x=1", "100%", "ümlaut"):
        role = await account.create("roles", name, {"branch": "production"})
        database = await account.create("databases", name, {"branch": "production", "owner_name": role.id})
        assert {role.id, database.id} == {f"production/{name}"}
        await account.provider.delete(database)
        await account.provider.delete(role)
        assert role.id not in await account.by_id("roles")
