"""The project: found by id or name, settings with nested objects, and where its data is reached."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Address, Live, NotFound, Refused, Removal, SecretValue, Unavailable, Unknown
from reconciler_neon.models import NeonSettings, Project
from reconciler_neon.sandbox.stock import NAME, PROJECT, found_project

trap = pytest.mark.trap
QUOTAS = (
    "active_time_seconds",
    "compute_time_seconds",
    "written_data_bytes",
    "data_transfer_bytes",
    "logical_size_bytes",
)


async def whoami(account: Any, **settings: Any) -> str:
    provider = await account.connect(read_only=True, **settings)
    fields: dict[str, str] = (await provider.whoami()).fields
    return fields["project_id"]


async def change(account: Any, fields: dict[str, Any], **settings: Any) -> Live:
    live = await account.only("database")
    made: Live = await account.update(live, fields, list(fields), handle="main")
    return made


@trap("neon", "2: a project is meant by its id; a name only where it is unique")
async def test_the_project_is_found_by_id_and_by_a_name_that_only_it_has(account: Any) -> None:
    assert await whoami(account, project=PROJECT) == PROJECT
    assert await whoami(account, project=NAME) == PROJECT
    found_project(account.world, "calm-sea-20000001", f"{NAME}-old")  # a search for the name finds it too
    assert await whoami(account, project=NAME) == PROJECT


@trap("neon", "2: project names are not unique")
async def test_a_name_that_two_projects_have_is_refused_with_both_ids(account: Any) -> None:
    found_project(account.world, "calm-sea-20000001", NAME)
    with pytest.raises(Refused, match=f"2 Neon projects are called {NAME}: calm-sea-20000001, {PROJECT}"):
        await whoami(account, project=NAME)
    assert await whoami(account, project=PROJECT) == PROJECT


async def test_a_project_that_the_key_does_not_show_is_said_to_be_so(account: Any) -> None:
    with pytest.raises(NotFound, match="no project with the id or name other-sea-1"):
        await whoami(account, project="other-sea-1")


@trap("neon", "1: projects come by cursor; the end is a short page, although it has a cursor too")
async def test_a_name_is_looked_for_on_every_page_of_projects(account: Any) -> None:
    for number in range(801):
        found_project(account.world, f"a-{number:04}", f"wanted-{number}" if number < 800 else "wanted")
    assert await whoami(account, project="wanted") == "a-0800"
    assert sum(path.endswith("/projects") for path, _ in account.requests("GET")) == 3


@trap("neon", "1: a list of projects may be partial (unavailable_project_ids)")
async def test_a_partial_list_of_projects_is_not_taken_for_all_of_them(account: Any) -> None:
    found_project(account.world, "calm-sea-20000001", f"{NAME}-old")
    account.world.unavailable = ["calm-sea-20000001"]
    with pytest.raises(Unavailable, match="could not read these projects in time: calm-sea-20000001"):
        await whoami(account, project=NAME)
    assert await whoami(account, project=PROJECT) == PROJECT


@trap("neon", "1: a personal key has to name the organization to list projects")
async def test_a_personal_key_finds_a_name_in_the_organization_of_the_settings(account: Any) -> None:
    account.world.personal = True
    with pytest.raises(Refused, match="org_id is required"):
        await whoami(account, project=NAME)
    assert await whoami(account, project=NAME, org_id="org-quiet-leaf-48120377") == PROJECT


@trap("neon", "2: whether PATCH merges or replaces a nested object is not documented")
@pytest.mark.parametrize("merges", [False, True], ids=["replaces", "merges"])
async def test_what_is_not_written_inside_a_nested_object_stays(account: Any, merges: bool) -> None:
    account.world.merges = merges
    settings = {
        "quota": {"active_time_seconds": 36_000, "written_data_bytes": 5},
        "preload_libraries": {"use_defaults": True, "enabled_libraries": ["pg_cron"]},
    }
    await account.by_hand("PATCH", "", {"project": {"settings": settings}})
    before = {name: value for name, value in account.estate.payload["settings"].items() if name != "quota"}
    sizes = dict(account.estate.payload["default_endpoint_settings"])
    wanted = {
        "default_endpoint_settings": {"autoscaling_limit_max_cu": 4},
        "settings": {"quota": {"active_time_seconds": "20h"}},
    }
    await change(account, wanted)
    now = account.estate.payload
    assert now["settings"]["quota"]["active_time_seconds"] == 72_000
    assert now["settings"]["quota"]["written_data_bytes"] == 5
    assert {name: value for name, value in now["settings"].items() if name != "quota"} == before
    assert now["default_endpoint_settings"] == {**sizes, "autoscaling_limit_max_cu": 4}


@trap("neon", "2: what somebody changed a moment ago inside a nested object must not be undone")
async def test_a_nested_object_is_read_again_before_it_is_sent(account: Any) -> None:
    live = await account.only("database")
    await account.by_hand("PATCH", "", {"project": {"settings": {"quota": {"written_data_bytes": 7}}}})
    fields = {"settings": {"quota": {"active_time_seconds": "1h"}}}
    await account.update(live, fields, ["settings"], handle="main")
    assert account.estate.payload["settings"]["quota"]["written_data_bytes"] == 7


@trap("neon", "2: allowed_ips that were never set read as everyone, and quotas as unlimited")
async def test_what_was_never_set_reads_as_neon_means_it(account: Any) -> None:
    account.estate.payload["settings"] = {}
    settings = (await account.only("database")).values["settings"]
    assert settings["allowed_ips"] == {"ips": (), "protected_branches_only": False}
    assert settings["quota"] == dict.fromkeys(QUOTAS, 0)
    assert settings["enable_logical_replication"] is False


@trap("neon", "2: a quota of 0 is unlimited, not nothing")
async def test_a_quota_of_zero_takes_a_limit_away(account: Any) -> None:
    await change(account, {"settings": {"quota": {"active_time_seconds": "10h"}}})
    live = await change(account, {"settings": {"quota": {"active_time_seconds": 0}}})
    assert live.values["settings"]["quota"]["active_time_seconds"] == 0
    assert account.estate.payload["settings"]["quota"]["active_time_seconds"] == 0


@trap("neon", "2: logical replication cannot be turned off")
async def test_logical_replication_is_never_turned_off(account: Any) -> None:
    live = await change(account, {"settings": {"enable_logical_replication": True}})
    off = account.resource("database", "main", {"settings": {"enable_logical_replication": False}})
    settings = NeonSettings(type="neon", project=PROJECT)
    held = Project.guards((Removal(Address("database", "main"), live, off),), (live,), settings)
    assert list(held.values()) == [
        "logical replication cannot be turned off again; write enable_logical_replication: true"
    ]
    with pytest.raises(Refused, match="cannot be disabled"):
        await change(account, {"settings": {"enable_logical_replication": False}})
    on = account.resource("database", "main", {"settings": {"enable_logical_replication": True}})
    assert not Project.guards((Removal(Address("database", "main"), live, on),), (live,), settings)


@trap("neon", "2: POST /projects answers with passwords; a project is never made or deleted here")
async def test_a_project_is_neither_made_nor_deleted(account: Any) -> None:
    live = await account.only("database")
    with pytest.raises(Exception, match="is never deleted"):
        await account.provider.delete(live)
    await account.create("database", "main", {"history_retention_seconds": "2d"})
    assert list(account.world.estates) == [PROJECT]
    assert account.estate.payload["history_retention_seconds"] == 172_800
    assert {path for path, _ in account.requests("POST") + account.requests("DELETE")} == set()


def problems(account: Any, fields: dict[str, Any], **settings: Any) -> list[str]:
    resources = (
        account.resource("database", "main", fields),
        account.resource("databases", "shop-handle", {"name": "shop", "branch": "production", "owner_name": "x"}),
        account.resource("roles", "app", {"branch": "production"}),
    )
    chosen = NeonSettings(type="neon", **settings)
    return [f"{field}: {message}" for _, field, message, _ in Project.cross_check(resources, chosen)]


CHOICES = [
    pytest.param({"database": "shop-handle"}, {"database": "shop"}, "", id="the-same-by-its-name"),
    pytest.param({"database": "shop-handle"}, {}, "", id="the-only-one"),
    pytest.param({"database": "shop-handle"}, {"database": "other"}, "serves.database is shop, and", id="another"),
    pytest.param({"database": "shop-handle", "role": "app"}, {"role": "app"}, "", id="the-same-role"),
    pytest.param({"database": "shop-handle", "role": "app"}, {}, "settings choose the owner", id="no-role-chosen"),
]


@pytest.mark.parametrize(("serves", "settings", "said"), CHOICES)
def test_what_serves_says_is_what_the_settings_choose(account: Any, serves: Any, settings: Any, said: str) -> None:
    found = problems(account, {"serves": serves}, project=PROJECT, **settings)
    assert bool(found) == bool(said)
    assert said in "".join(found)


@trap("neon", "2: a project that is found by its name must not be renamed away")
def test_a_project_that_is_found_by_its_name_keeps_it(account: Any) -> None:
    assert problems(account, {"name": "new"}, project=NAME) == [
        f"name: the project would be called new, and the provider looks for one called {NAME}"
    ]
    assert problems(account, {"name": "new"}, project=PROJECT) == []
    assert problems(account, {"name": NAME}, project=NAME) == []


URLS = [
    pytest.param({}, None, "neondb", "neondb_owner", id="the-only-database"),
    pytest.param({"database": "shop"}, "shop", "shop", "app", id="chosen-database-and-its-owner"),
    pytest.param({"database": "shop", "role": "reader"}, "shop", "shop", "reader", id="chosen-role"),
]


@trap("neon", "4: pooling is no setting: it is in the host name")
@pytest.mark.parametrize(("settings", "second", "database", "role"), URLS)
async def test_the_outputs_lead_to_the_chosen_database(
    account: Any, settings: dict[str, Any], second: str | None, database: str, role: str
) -> None:
    for name in ("app", "reader"):
        await account.create("roles", name, {"branch": "production"})
    if second:
        await account.create("databases", second, {"branch": "production", "owner_name": "production/app"})
    provider = await account.connect(read_only=True, **settings)
    [live] = [one async for one in provider.list("database")]
    host = account.endpoint()["host"]
    endpoint, _, domain = host.partition(".")
    pooled, direct = live.outputs["pooled_url"].reveal(), live.outputs["direct_url"].reveal()
    assert f"//{role}:npg_" in pooled
    assert f"@{endpoint}-pooler.{domain}/{database}?" in pooled
    assert "sslmode=require" in pooled
    assert direct == pooled.replace("-pooler.", ".")
    assert live.values["serves"]["database"] == f"production/{database}"


UNDECIDED = [
    pytest.param({}, "has several databases \\(neondb, shop\\); choose one with `database:`", id="several"),
    pytest.param({"database": "later"}, "branch production has no database later yet", id="not-there-yet"),
    pytest.param({"database": "shop", "role": "nobody"}, "role not found", id="no-such-role"),
]


@pytest.mark.parametrize(("settings", "reason"), UNDECIDED)
async def test_outputs_that_cannot_be_told_are_unknown_and_say_why(
    account: Any, settings: dict[str, Any], reason: str
) -> None:
    await account.create("databases", "shop", {"branch": "production", "owner_name": "production/neondb_owner"})
    provider = await account.connect(read_only=True, **settings)
    [live] = [one async for one in provider.list("database")]
    for value in live.outputs.values():
        assert isinstance(value, Unknown)
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(value.reason)
    assert "serves" not in live.values


@trap("neon", "5: a connection URI holds a password")
async def test_no_password_shows_in_the_outputs_and_it_is_redacted_everywhere(account: Any) -> None:
    live = await account.only("database")
    url = live.outputs["pooled_url"]
    assert isinstance(url, SecretValue)
    password = url.reveal().split(":")[2].split("@")[0]
    assert password.startswith("npg_")
    assert password not in f"{live!r} {live} {url}"
    assert password not in account.harness.runtime.redactor.clean(f"could not connect with {password}")
