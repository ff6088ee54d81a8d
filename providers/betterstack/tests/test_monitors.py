"""Monitors: each oddity of the API, against the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import SecretValue, Unreadable
from reconciler_betterstack.convert import checks
from reconciler_betterstack.convert.kinds import KINDS

STATUS = {"monitor_type": "status", "url": "https://shop.example.com/"}
HEADERS = [
    {"name": "X-Token", "value": {"secret": "HEADER_TOKEN"}},
    {"name": "Cache-Control", "value": "no-cache"},
]


def raw_headers(account: Any, live: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.store.get("monitors", live.id).extra["headers"]
    return found


@pytest.mark.trap("betterstack", "2: a header sent without its id is added again")
async def test_request_headers_are_changed_by_id_and_never_doubled(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "request_headers": HEADERS})
    first = raw_headers(account, live)[0]["id"]
    wanted = [
        {"name": "x-token", "value": {"secret": "MONITOR_PASSWORD"}},
        {"name": "User-Agent", "value": "probe"},
    ]
    after = await account.update(live, {**STATUS, "request_headers": wanted}, ["request_headers"])
    kept = {h["name"]: h for h in raw_headers(account, live)}
    assert set(kept) == {"x-token", "User-Agent"}
    assert kept["x-token"] == {"id": first, "name": "x-token", "value": "monitor-secret-value-2"}
    sent = account.requests("PATCH")[-1][1]["request_headers"]
    assert [("id" in h, h.get("_destroy", False)) for h in sent] == [(True, False), (False, False), (True, True)]
    assert {h["name"] for h in after.values["request_headers"]} == {"x-token", "User-Agent"}


@pytest.mark.trap("betterstack", "2: a header sent without its id is added again")
async def test_sending_the_same_headers_again_changes_nothing(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "request_headers": HEADERS})
    before = list(raw_headers(account, live))
    for _ in range(2):
        await account.update(live, {**STATUS, "request_headers": HEADERS}, ["request_headers"])
    assert raw_headers(account, live) == before
    assert account.requests("PATCH")[-1][1] == {"request_headers": []}


@pytest.mark.trap("betterstack", "2: a header goes only with _destroy")
async def test_no_header_is_left_of_an_empty_list(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "request_headers": HEADERS})
    after = await account.update(live, {**STATUS, "request_headers": []}, ["request_headers"])
    assert raw_headers(account, live) == []
    assert after.values["request_headers"] == ()


@pytest.mark.trap("betterstack", "2: a header sent without its id is added again")
async def test_headers_doubled_by_another_tool_show_and_are_removed(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "request_headers": HEADERS})
    again = {"request_headers": [{"name": "X-Token", "value": "doubled"}]}
    await account.api("PATCH", f"/api/v2/monitors/{live.id}", again)
    seen = (await account.listed("monitors"))["homepage"]
    names = [h["name"] for h in seen.values["request_headers"]]
    assert len(set(names)) == 3
    assert any(n.startswith("X-Token (again, id") for n in names)
    assert "several request headers" in KINDS["monitors"].model.unimportable(seen)
    after = await account.update(seen, {**STATUS, "request_headers": HEADERS}, ["request_headers"])
    assert [h["name"] for h in after.values["request_headers"]] == ["X-Token", "Cache-Control"]


async def test_header_values_are_secrets_unless_the_header_is_harmless(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "request_headers": HEADERS})
    values = {h["name"]: h["value"] for h in live.values["request_headers"]}
    assert isinstance(values["X-Token"], SecretValue)
    assert values["Cache-Control"] == "no-cache"
    assert "header-secret-value-1" not in repr(live)


@pytest.mark.trap("betterstack", "2: http_method comes back in lower case")
async def test_the_http_method_is_upper_case_though_the_api_says_it_in_lower_case(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "http_method": "HEAD"})
    raw = (await account.api("GET", f"/api/v2/monitors/{live.id}"))["data"]["attributes"]
    assert (raw["http_method"], live.values["http_method"]) == ("head", "HEAD")


@pytest.mark.trap("betterstack", "2: auth_password is taken for write-only")
async def test_the_password_is_sent_and_never_read(account: Any) -> None:
    fields = {**STATUS, "auth_username": {"secret": "HEADER_TOKEN"}, "auth_password": {"secret": "MONITOR_PASSWORD"}}
    live = await account.create("monitors", "homepage", fields)
    assert account.store.get("monitors", live.id).values["auth_password"] == "monitor-secret-value-2"
    assert "auth_password" not in live.values
    assert isinstance(live.values["auth_username"], SecretValue)
    assert isinstance(live.values["proxy_host"], Unreadable)


@pytest.mark.trap("betterstack", "2: paused is read back through paused_at and status")
async def test_paused_is_read_from_paused_at(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "paused": True})
    raw = (await account.api("GET", f"/api/v2/monitors/{live.id}"))["data"]["attributes"]
    assert "paused" not in raw
    assert live.values["paused"] is True
    after = await account.update(live, {**STATUS, "paused": False}, ["paused"])
    assert after.values["paused"] is False


@pytest.mark.trap("betterstack", "2: paused is read back through paused_at and status")
@pytest.mark.parametrize(
    ("attributes", "paused"),
    [
        ({"paused_at": None, "status": "up"}, False),
        ({"paused_at": "2026-01-01T00:00:00Z"}, True),
        ({"status": "paused"}, True),
        ({"status": "maintenance"}, False),
        ({"paused": True}, True),
        ({}, None),
    ],
    ids=["not-paused", "paused-at", "status-only", "maintenance-is-not-paused", "paused-only", "silent"],
)
def test_paused_is_told_by_whatever_the_api_sends(attributes: dict[str, Any], paused: bool | None) -> None:
    assert checks.paused(attributes) is paused


@pytest.mark.trap("betterstack", "1: a new monitor is pending until its first check")
async def test_a_new_monitor_is_pending_and_that_is_no_drift(account: Any) -> None:
    live = await account.create("monitors", "homepage", STATUS)
    raw = (await account.api("GET", f"/api/v2/monitors/{live.id}"))["data"]["attributes"]
    assert raw["status"] == "pending"
    assert live.pending == ()
    assert "status" not in live.values


@pytest.mark.trap("betterstack", "2: null disables an expiration alert; -1 is Terraform's spelling only")
async def test_null_disables_the_certificate_alert(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "ssl_expiration": 14})
    after = await account.update(live, {**STATUS, "ssl_expiration": None}, ["ssl_expiration"])
    assert account.requests("PATCH")[-1][1] == {"ssl_expiration": None}
    assert "ssl_expiration" not in after.values


@pytest.mark.trap("betterstack", "2: expiration_policy_id belongs to the domain, subdomains included")
async def test_the_expiration_policy_is_shared_by_the_whole_domain(account: Any) -> None:
    first = await account.create("escalations", "first", {"steps": []})
    second = await account.create("escalations", "second", {"steps": []})
    await account.create("monitors", "homepage", {**STATUS, "expiration_policy": first.id})
    www = {"monitor_type": "status", "url": "https://www.example.com/", "expiration_policy": second.id}
    await account.create("monitors", "www", www)
    seen = await account.listed("monitors")
    assert {m.values["expiration_policy"] for m in seen.values()} == {second.id}


@pytest.mark.trap("betterstack", "2: with a policy the channel flags are ignored")
async def test_the_channel_flags_do_not_count_while_a_policy_is_set(account: Any) -> None:
    policy = await account.create("escalations", "quiet", {"steps": []})
    live = await account.create("monitors", "homepage", {**STATUS, "call": True})
    assert live.values["call"] is True
    await account.api("PATCH", f"/api/v2/monitors/{live.id}", {"policy_id": policy.id})
    seen = (await account.listed("monitors"))["homepage"]
    assert not {"call", "sms", "email", "push"} & set(seen.values)
    held = account.provider.preview(account.change(seen, {**STATUS, "call": True}, ["call"]))
    assert "would be ignored" in held.hold
    freed = account.provider.preview(account.change(seen, {**STATUS, "call": True, "policy": None}, ["call", "policy"]))
    assert not freed.hold


async def test_a_policy_is_sent_as_text_and_null_takes_it_away(account: Any) -> None:
    policy = await account.create("escalations", "quiet", {"steps": []})
    live = await account.create("monitors", "homepage", {**STATUS, "policy": policy.id})
    assert account.requests("POST")[-1][1]["policy_id"] == policy.id
    after = await account.update(live, {**STATUS, "policy": None}, ["policy"])
    assert "policy" not in after.values


@pytest.mark.trap("betterstack", "2: regions come back in another order")
async def test_regions_are_a_set_whatever_their_order(account: Any) -> None:
    live = await account.create("monitors", "homepage", {**STATUS, "regions": ["as", "us", "eu"]})
    raw = (await account.api("GET", f"/api/v2/monitors/{live.id}"))["data"]["attributes"]
    assert raw["regions"] == ["us", "eu", "as"]
    assert live.values["regions"] == ("as", "eu", "us")


@pytest.mark.trap("betterstack", "2: url is not unique; the name is the identity")
async def test_one_address_may_have_several_monitors_told_apart_by_name(account: Any) -> None:
    await account.create("monitors", "one", STATUS)
    await account.create("monitors", "two", STATUS)
    assert set(await account.listed("monitors")) == {"one", "two"}


@pytest.mark.trap("betterstack", "2: two live monitors may have one name")
async def test_monitors_of_one_name_are_both_reported(account: Any) -> None:
    for _ in range(2):
        await account.create("monitors", "same", STATUS)
    live = [m async for m in account.provider.list("monitors")]
    assert [m.identity for m in live] == [("same",), ("same",)]


@pytest.mark.trap("betterstack", "2: how environment variables are removed is not known, so unnamed ones stay")
async def test_environment_variables_that_are_not_named_stay(account: Any) -> None:
    fields = {"monitor_type": "playwright", "scenario_name": "Sign in"}
    both = {"A": {"secret": "HEADER_TOKEN"}, "B": {"secret": "HEADER_TOKEN"}}
    live = await account.create("monitors", "script", {**fields, "environment_variables": both})
    less = {**fields, "environment_variables": {"A": {"secret": "MONITOR_PASSWORD"}}}
    after = await account.update(live, less, ["environment_variables"])
    kept = account.store.get("monitors", live.id).values["environment_variables"]
    assert kept == {"A": "monitor-secret-value-2", "B": "header-secret-value-1"}
    assert all(isinstance(v, SecretValue) for v in after.values["environment_variables"].values())


@pytest.mark.trap("betterstack", "2: expected_status_codes are ignored for every other type")
async def test_fields_that_another_type_ignores_are_not_read(account: Any) -> None:
    fields = {"monitor_type": "expected_status_code", "url": STATUS["url"], "expected_status_codes": [200]}
    live = await account.create("monitors", "homepage", fields)
    assert live.values["expected_status_codes"] == (200,)
    after = await account.update(live, STATUS, ["monitor_type"])
    assert "expected_status_codes" not in after.values


@pytest.mark.trap("betterstack", "7: what a page does with a deleted monitor is not known")
async def test_a_monitor_is_taken_off_every_status_page_before_it_is_deleted(account: Any) -> None:
    live = await account.create("monitors", "homepage", STATUS)
    page = {
        "company_name": "Shop",
        "company_url": "https://shop.example.com",
        "timezone": "UTC",
        "sections": [{"name": "Shop", "resources": [{"public_name": "Home", "resource": f"monitors/{live.id}"}]}],
    }
    await account.create("status_pages", "shop", page)
    await account.provider.delete(live)
    assert account.store.all("resources") == []
    paths = [path for path, _ in account.requests("DELETE")]
    assert "/resources/" in paths[0]
    assert paths[-1] == f"/api/v2/monitors/{live.id}"


@pytest.mark.trap("betterstack", "3: paused of a group acts on its present members only")
async def test_pausing_a_group_acts_on_the_members_it_has_then(account: Any) -> None:
    group = await account.create("monitor_groups", "shop", {})
    await account.create("monitors", "early", {**STATUS, "monitor_group": group.id})
    await account.update(group, {"paused": True}, ["paused"])
    await account.create("monitors", "late", {**STATUS, "monitor_group": group.id})
    seen = await account.listed("monitors")
    assert (seen["early"].values["paused"], seen["late"].values["paused"]) == (True, False)
    note = account.provider.preview(account.change(group, {"paused": True}, ["paused"])).notes
    assert "not on later ones" in note[0]
