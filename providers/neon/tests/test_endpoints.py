"""Compute endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Address, Refused, Removal
from reconciler_neon.models import Endpoint, NeonSettings
from reconciler_neon.sandbox.stock import PROJECT

trap = pytest.mark.trap
SETTINGS = NeonSettings(type="neon", project=PROJECT)


@trap("neon", "4: a branch has one read_write endpoint, found by branch and type; read_only ones by name or id")
async def test_endpoints_are_told_apart_by_branch_and_type_or_by_name(account: Any) -> None:
    await account.by_hand(
        "POST", "/endpoints", {"endpoint": {"branch_id": account.branch()["id"], "type": "read_only"}}, 201
    )
    made = await account.create("endpoints", "reports", {"branch": "production", "type": "read_only"})
    found = {live.identity for live in (await account.by_id("endpoints")).values()}
    assert ("", "production", "read_write") in found
    assert made.identity == ("reports", "production", "read_only")
    [unnamed] = [identity for identity in found if identity[0].startswith("ep-")]
    assert unnamed[1:] == ("production", "read_only")
    assert Endpoint.identify("any", {"branch": "production", "name": "x"}) == ("", "production", "read_write")


@trap("neon", "4: a second read_write endpoint on a branch is refused")
async def test_a_second_read_write_endpoint_is_refused(account: Any) -> None:
    with pytest.raises(Refused, match="already exists"):
        await account.create("endpoints", "second", {"branch": "production"})


@trap("neon", "4: the pooler fields are deprecated and not managed")
async def test_pooler_fields_are_neither_read_nor_sent(account: Any) -> None:
    account.endpoint()["pooler_enabled"] = True
    live = await account.only("endpoints")
    assert not [name for name in live.values if "pool" in name or "bouncer" in name]
    assert not [name for name in Endpoint.model_fields if "pool" in name or "bouncer" in name]
    fields = {"branch": "production", "autoscaling_limit_max_cu": 4, "settings": {"pg_settings": {"work_mem": "8MB"}}}
    await account.update(live, fields, ["autoscaling_limit_max_cu", "settings"], handle="production")
    assert account.endpoint()["pooler_enabled"] is True
    [(_, body)] = account.requests("PATCH")
    assert set(body["endpoint"]) == {"autoscaling_limit_max_cu", "settings"}


@trap("neon", "4: type cannot change, and moving an endpoint is deprecated")
@pytest.mark.parametrize("field", ["type", "branch"])
def test_type_and_branch_never_change(field: str) -> None:
    marks = [m for m in Endpoint.model_fields[field].metadata if type(m).__name__ == "Never"]
    assert len(marks) == 1


@trap("neon", "2: PATCH may replace the nested `settings` of an endpoint")
@pytest.mark.parametrize("merges", [False, True], ids=["replaces", "merges"])
async def test_settings_that_are_not_written_stay(account: Any, merges: bool) -> None:
    account.world.merges = merges
    settings = {"pg_settings": {"log_statement": "ddl"}, "preload_libraries": {"enabled_libraries": ["pg_cron"]}}
    await account.by_hand("PATCH", f"/endpoints/{account.endpoint()['id']}", {"endpoint": {"settings": settings}})
    live = await account.only("endpoints")
    fields = {"branch": "production", "settings": {"pg_settings": {"work_mem": "8MB"}}}
    await account.update(live, fields, ["settings"], handle="production")
    assert account.endpoint()["settings"] == {
        "pg_settings": {"log_statement": "ddl", "work_mem": "8MB"},
        "preload_libraries": {"enabled_libraries": ["pg_cron"]},
    }


SUSPENDS = [
    pytest.param(-1, True, id="never"),
    pytest.param(0, True, id="default"),
    pytest.param(60, True, id="shortest"),
    pytest.param("7d", True, id="longest"),
    pytest.param(59, False, id="too-short"),
    pytest.param(1, False, id="one-second"),
    pytest.param("8d", False, id="too-long"),
    pytest.param(-2, False, id="less-than-never"),
]


@trap("neon", "4: suspend_timeout_seconds is -1, 0, or one minute to a week")
@pytest.mark.parametrize(("value", "fine"), SUSPENDS)
async def test_suspend_times_are_checked_before_anything_is_sent(account: Any, value: Any, fine: bool) -> None:
    def written() -> Any:
        return account.resource("endpoints", "production", {"branch": "production", "suspend_timeout_seconds": value})

    if not fine:
        with pytest.raises(ValueError, match=r"suspend_timeout_seconds|too short"):
            written()
        return
    live = await account.only("endpoints")
    spec = written().spec
    changed = await account.update(live, dict(spec), ["suspend_timeout_seconds"], handle="production")
    assert changed.values["suspend_timeout_seconds"] == spec["suspend_timeout_seconds"]


async def test_sizes_that_cannot_go_together_are_refused(account: Any) -> None:
    fields = {"branch": "production", "autoscaling_limit_min_cu": 4, "autoscaling_limit_max_cu": 1}
    with pytest.raises(ValueError, match="autoscaling_limit_min_cu 4 is more than autoscaling_limit_max_cu 1"):
        account.resource("endpoints", "production", fields)


@trap("neon", "4: DELETE drops connections, and the host name is gone")
async def test_the_server_of_the_default_branch_is_never_deleted(account: Any) -> None:
    await account.create("branches", "staging", {})
    staging = await account.create("endpoints", "staging", {"branch": "staging"})
    live = (await account.by_id("endpoints")).values()
    production = next(e for e in live if e.values["branch"] == "production")
    removals = tuple(Removal(Address("endpoints", e.id), e, None) for e in (production, staging))
    held = Endpoint.guards(removals, tuple(live), SETTINGS)
    assert list(held) == [Address("endpoints", production.id)]


@trap("neon", "4: DELETE of what is gone is a 204 without a body")
async def test_deleting_an_endpoint_twice_is_done(account: Any) -> None:
    await account.create("branches", "staging", {})
    live = await account.create("endpoints", "staging", {"branch": "staging"})
    await account.provider.delete(live)
    await account.provider.delete(live)
    assert live.id not in await account.by_id("endpoints")


async def test_an_endpoint_of_a_type_that_is_not_known_is_read_and_not_imported(account: Any) -> None:
    account.endpoint()["type"] = "serverless_gpu"
    live = await account.only("endpoints")
    assert "not known" in Endpoint.unimportable(live)
