"""What holds for every kind of Better Stack: tokens, teams, envelopes, ids, paging, errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reconciler import CredentialRejected, NotFound, ProtocolError, ReadOnlyViolation, Refused
from reconciler_betterstack.convert.kinds import error_text
from reconciler_betterstack.models import BetterStackSettings
from reconciler_betterstack.sandbox.app import connect_slack

URL = "https://shop.example.com/"
MONITOR = {"monitor_type": "status", "url": URL}


def replying(body: Any, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, json=body, request=request))


@pytest.mark.trap("betterstack", "1: a Telemetry token looks alike and is rejected here")
async def test_a_wrong_token_is_a_rejected_credential(account: Any) -> None:
    stranger = await account.connect(environ={"BETTERSTACK_API_TOKEN": "logs-token-of-another-product"})
    with pytest.raises(CredentialRejected, match="Invalid Team API token"):
        await stranger.whoami()


async def test_a_missing_token_is_told_by_its_name(account: Any) -> None:
    with pytest.raises(CredentialRejected, match="BETTERSTACK_API_TOKEN is not set"):
        await account.connect(environ={"BETTERSTACK_API_TOKEN": ""})


async def test_the_team_is_read_from_the_urgencies_every_account_has(account: Any) -> None:
    assert (await account.provider.whoami()).fields == {"team": "AI Gurus"}


@pytest.mark.trap("betterstack", "1: a global token opens every team")
async def test_a_token_that_opens_several_teams_needs_one_named(account: Any) -> None:
    rows = [{"id": str(n), "attributes": {"name": "High", "team_name": team}} for n, team in enumerate(("A", "B"))]
    provider = await account.connect(transport=replying({"data": rows, "pagination": {"next": None, "last": None}}))
    with pytest.raises(CredentialRejected, match="opens 2 teams: A, B"):
        await provider.whoami()


async def test_a_team_that_is_not_there_is_an_error_and_not_an_empty_account(account: Any) -> None:
    with pytest.raises(ProtocolError, match="team 'Elsewhere' was not found"):
        await (await account.connect(team="Elsewhere")).whoami()


@pytest.mark.trap("betterstack", "1: team_name is sent on create and as a filter, and ignored on update")
async def test_with_a_global_token_team_name_is_sent_on_create_and_as_filter_but_not_on_update(
    account: Any, make: Any
) -> None:
    provider = await account.connect(team="AI Gurus")
    live = await provider.create(make("monitors", "homepage", MONITOR))
    assert account.requests("POST")[-1][1]["team_name"] == "AI Gurus"
    await provider.update(account.change(live, {**MONITOR, "recovery_period": 0}, ["recovery_period"]))
    assert account.requests("PATCH")[-1][1] == {"recovery_period": 0}
    assert [m.title async for m in provider.list("monitors")] == ["homepage"]


@pytest.mark.trap("betterstack", "7: pages take no team_name")
async def test_status_pages_take_no_team_name(account: Any, make: Any) -> None:
    provider = await account.connect(team="AI Gurus")
    page = {"company_name": "Shop", "company_url": URL, "timezone": "UTC"}
    await provider.create(make("status_pages", "shop", page))
    assert "team_name" not in account.requests("POST")[-1][1]


@pytest.mark.trap("betterstack", "1: requests are flat; a PATCH changes only what it names")
async def test_requests_are_flat_and_an_update_sends_only_what_changed(account: Any) -> None:
    live = await account.create("monitors", "homepage", MONITOR)
    assert account.requests("POST")[-1][1] == {**MONITOR, "pronounceable_name": "homepage"}
    await account.update(live, {**MONITOR, "check_frequency": 60, "regions": ["us"]}, ["check_frequency"])
    assert account.requests("PATCH") == [(f"/api/v2/monitors/{live.id}", {"check_frequency": 60})]


@pytest.mark.trap("betterstack", "1: the type of a payload cannot be relied on: a new monitor is an endpoint")
async def test_the_type_of_a_payload_is_not_relied_on(account: Any) -> None:
    answer = await account.api("POST", "/api/v2/monitors", MONITOR, 201)
    assert answer["data"]["type"] == "endpoint"
    assert (await account.create("monitors", "second", MONITOR)).kind == "monitors"


@pytest.mark.trap("betterstack", "1: an id is a text; a reference to it is a number, a text or null")
async def test_ids_are_text_whatever_form_a_reference_comes_in(account: Any) -> None:
    policy = await account.create("escalations", "quiet", {"steps": []})
    group = await account.create("monitor_groups", "shop", {})
    fields = {**MONITOR, "policy": policy.id, "monitor_group": group.id, "expiration_policy": policy.id}
    live = await account.create("monitors", "homepage", fields)
    listed = (await account.api("GET", "/api/v2/monitors"))["data"][0]["attributes"]
    single = (await account.api("GET", f"/api/v2/monitors/{live.id}"))["data"]["attributes"]
    assert {type(a["monitor_group_id"]) for a in (listed, single)} == {int, str}
    assert {type(a["policy_id"]) for a in (listed, single)} == {int, str}
    for seen in (live, (await account.listed("monitors"))["homepage"]):
        named = [seen.values[n] for n in ("policy", "monitor_group", "expiration_policy")]
        assert named == [policy.id, group.id, policy.id]


@pytest.mark.trap("betterstack", "1: DELETE of a missing id is a 404, and done")
async def test_deleting_what_is_gone_is_done(account: Any) -> None:
    live = await account.create("monitors", "homepage", MONITOR)
    await account.api("DELETE", f"/api/v2/monitors/{live.id}", status=204)
    await account.provider.delete(live)
    assert await account.listed("monitors") == {}


async def test_updating_what_is_gone_says_so(account: Any) -> None:
    live = await account.create("monitors", "homepage", MONITOR)
    await account.api("DELETE", f"/api/v2/monitors/{live.id}", status=204)
    with pytest.raises(NotFound, match="Resource with provided ID was not found"):
        await account.update(live, {**MONITOR, "check_frequency": 60}, ["check_frequency"])


@pytest.mark.trap("betterstack", "1: a page holds 50 unless asked, and next has to be followed")
async def test_every_page_of_a_listing_is_read_with_250_to_a_page(account: Any) -> None:
    for number in range(260):
        account.store.create(account.store.all("urgencies")[0].schema, {"name": f"Urgency {number:03}"})
    before = account.provider.requests
    assert len(await account.listed("urgencies")) == 262
    assert account.provider.requests - before == 2


@pytest.mark.trap("betterstack", "1: next is a whole URL, to be followed on the same host only")
async def test_a_next_page_on_another_host_is_not_followed(account: Any) -> None:
    page = {"data": [], "pagination": {"next": "https://evil.example.com/?page=2", "last": None}}
    provider = await account.connect(transport=replying(page))
    with pytest.raises(ProtocolError, match="another host"):
        _ = [live async for live in provider.list("monitors")]


@pytest.mark.parametrize(
    "item",
    [{"id": "1"}, {"attributes": {}}, {"id": None, "attributes": {}}, {"id": "1", "attributes": []}, "1", None],
    ids=["no-attributes", "no-id", "null-id", "list", "text", "null"],
)
async def test_a_payload_of_another_form_is_a_protocol_error(account: Any, item: Any) -> None:
    provider = await account.connect(transport=replying({"data": [item], "pagination": {"next": None, "last": None}}))
    with pytest.raises(ProtocolError):
        _ = [live async for live in provider.list("monitors")]


@pytest.mark.trap("betterstack", "1: errors are an object by field, or a text")
@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param({"errors": {"url": ["is invalid", "is long"]}}, "url is invalid, is long", id="by-field"),
        pytest.param({"errors": {"base": ["Nope"], "name": ["is taken"]}}, "Nope; name is taken", id="base"),
        pytest.param({"errors": "Resource not found"}, "Resource not found", id="string"),
        pytest.param({"errors": ["one", "two"]}, "one, two", id="list"),
        pytest.param({"error": "old form"}, "old form", id="error"),
        pytest.param({}, "", id="nothing"),
        pytest.param(["?"], "", id="no-object"),
    ],
)
def test_both_error_shapes_are_read(body: Any, text: str) -> None:
    assert error_text(body) == text


@pytest.mark.trap("betterstack", "2: a value outside the server's list is a 422")
async def test_a_refusal_tells_what_the_server_said_of_which_field(account: Any) -> None:
    with pytest.raises(Refused, match=r"422.*check_frequency is not included in the list"):
        await account.create("monitors", "homepage", {**MONITOR, "check_frequency": 31})


@pytest.mark.trap("betterstack", "1: no rate limit is published; the vendor's own client sends 8 a second")
async def test_the_documented_rate_is_the_default(account: Any) -> None:
    rate = BetterStackSettings.default_rate
    assert rate is not None
    assert (rate.per_second, rate.burst) == (8, 16)


async def test_settings_default_to_the_usual_token_variable() -> None:
    assert BetterStackSettings().secrets()["token"].name == "BETTERSTACK_API_TOKEN"


@pytest.mark.trap("betterstack", "9: a Slack connection may be inactive; it is made in the web application")
async def test_a_slack_channel_is_found_by_name_while_its_connection_is_active(account: Any) -> None:
    connect_slack(account.store, "general")
    connect_slack(account.store, "#gone", status="account_inactive")
    found = {item.name: item.id async for item in account.provider.externals("slack_channels")}
    assert set(found) == {"#alerts-prod", "#general"}
    assert all(isinstance(live_id, str) for live_id in found.values())


@pytest.mark.trap("betterstack", "9: two Slack connections may have one channel")
async def test_two_slack_channels_of_one_name_are_both_reported(account: Any) -> None:
    connect_slack(account.store, "alerts-prod")
    names = [item.name async for item in account.provider.externals("slack_channels")]
    assert names == ["#alerts-prod", "#alerts-prod"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [("on_call_calendars", ["Primary on-call"]), ("policy_groups", ["Products"]), ("unheard_of", [])],
    ids=["calendars", "policy-groups", "unknown"],
)
async def test_unmanaged_objects_are_listed_by_name(account: Any, kind: str, names: list[str]) -> None:
    assert [item.name async for item in account.provider.externals(kind)] == names


async def test_a_read_only_connection_sends_no_write(account: Any, make: Any) -> None:
    reader = await account.connect(read_only=True)
    sent = account.wire.writes
    with pytest.raises(ReadOnlyViolation):
        await reader.create(make("monitors", "homepage", MONITOR))
    assert account.wire.writes == sent


async def test_the_token_is_in_no_error_and_no_object(account: Any) -> None:
    provider = await account.connect(transport=replying({"errors": f"bad token {account.app.token}"}, 403))
    with pytest.raises(CredentialRejected) as caught:
        await provider.whoami()
    assert account.app.token not in f"{caught.value!r} {caught.value} {vars(provider)!r}"
    assert json.dumps(account.app.token)[1:-1] not in str(caught.value.__context__)
