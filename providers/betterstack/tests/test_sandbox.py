"""The simulator itself: what it accepts, refuses, normalises and remembers, and its bad days."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from reconciler import ServerDefault
from reconciler_betterstack.convert.kinds import KINDS
from reconciler_betterstack.models.escalations import Step
from reconciler_betterstack.models.status_pages import PageResource
from reconciler_betterstack.sandbox.kinds import ROW, TOP

MONITOR = {"monitor_type": "status", "url": "https://shop.example.com/"}
PAGE = {"company_name": "S", "company_url": "https://s.example.com", "subdomain": "s", "timezone": "UTC"}


def server_defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {n: m.value for n, info in model.model_fields.items() for m in info.metadata if isinstance(m, ServerDefault)}


@pytest.mark.parametrize("collection", KINDS)
def test_the_models_and_the_simulator_fill_in_the_same_defaults(collection: str) -> None:
    schema = TOP["policies" if collection == "escalations" else collection]
    codec = KINDS[collection]
    for name, value in server_defaults(codec.model).items():
        if name in codec.apart:
            continue
        attribute = codec.references[name].attribute if name in codec.references else name
        default = schema.attributes[attribute].default
        assert (tuple(default) if isinstance(default, list) else default) == value, name


def test_rows_and_steps_have_the_defaults_of_the_simulator() -> None:
    for name, value in server_defaults(PageResource).items():
        assert ROW.attributes[name].default == value
    assert server_defaults(Step)["wait_before"] == 0


async def test_a_listing_has_50_to_a_page_and_at_most_250_with_full_links(account: Any) -> None:
    for number in range(300):
        account.store.create(TOP["urgencies"], {"name": str(number)})
    first = await account.api("GET", "/api/v2/urgencies")
    assert len(first["data"]) == 50
    assert first["pagination"]["prev"] is None
    assert first["pagination"]["next"].startswith("https://uptime.betterstack.com/api/v2/urgencies?page=2")
    most = await account.api("GET", "/api/v2/urgencies?per_page=1000")
    assert len(most["data"]) == 250
    last = await account.api("GET", most["pagination"]["last"])
    assert len(last["data"]) == 52
    assert last["pagination"]["next"] is None
    assert len((await account.api("GET", "/api/v3/incidents"))["data"]) == 0


async def test_monitors_are_filtered_by_url_name_and_team(account: Any) -> None:
    await account.api("POST", "/api/v2/monitors", {**MONITOR, "pronounceable_name": "a"}, 201)
    await account.api("POST", "/api/v2/monitors", {**MONITOR, "url": "https://b.test", "pronounceable_name": "b"}, 201)
    for query, names in [
        ("url=https://b.test", ["b"]),
        ("pronounceable_name=a", ["a"]),
        ("team_name=AI Gurus", ["a", "b"]),
        ("team_name=Other", []),
    ]:
        found = (await account.api("GET", f"/api/v2/monitors?{query}"))["data"]
        assert [m["attributes"]["pronounceable_name"] for m in found] == names


REFUSED = [
    pytest.param("/api/v2/monitors", {}, 422, {"monitor_type": ["can't be blank"]}, id="blank"),
    pytest.param("/api/v2/monitors", {**MONITOR, "x": 1}, 422, {"base": ["Unpermitted parameter: x"]}, id="unknown"),
    pytest.param(
        "/api/v2/monitors", {**MONITOR, "verify_ssl": "yes"}, 422, {"verify_ssl": ["is not a boolean"]}, id="type"
    ),
    pytest.param("/api/v2/monitors", {**MONITOR, "policy_id": 1}, 422, {"policy": ["must exist"]}, id="reference"),
    pytest.param(
        "/api/v2/monitors",
        {**MONITOR, "maintenance_timezone": "Europe/Berlin"},
        422,
        {"maintenance_timezone": ["is not included in the list"]},
        id="iana-zone",
    ),
    pytest.param(
        "/api/v2/monitors",
        {**MONITOR, "check_frequency": 31},
        422,
        {"check_frequency": ["is not included in the list"]},
        id="list",
    ),
    pytest.param("/api/v2/monitors", {**MONITOR, "team_name": "No"}, 422, {"base": ["Team not found"]}, id="team"),
    pytest.param("/api/v2/monitors/1", None, 404, "Resource with provided ID was not found", id="no-such-id"),
    pytest.param("/api/v2/status-pages/1/sections", None, 404, "Resource with provided ID was not found", id="no-page"),
    pytest.param(
        "/api/v3/policies",
        {"name": "a", "steps": [{"type": "?"}]},
        422,
        {"steps": ["[0] type is not included in the list"]},
        id="step",
    ),
    pytest.param(
        "/api/v2/heartbeats",
        {"name": "a", "period": 3, "grace": 0},
        422,
        {"period": ["must be greater than or equal to 30"]},
        id="low",
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "errors"), REFUSED)
async def test_errors_have_the_two_documented_shapes(
    account: Any, path: str, body: Any, status: int, errors: Any
) -> None:
    answer = await account.api("GET" if body is None else "POST", path, body, status)
    assert answer == {"errors": errors}


async def test_broken_json_is_a_400_with_a_text(account: Any) -> None:
    answer = await account.client.post("/api/v2/monitors", content=b"{")
    assert answer.status_code == 400
    assert isinstance(answer.json()["errors"], str)


async def test_success_codes_are_200_201_and_204(account: Any) -> None:
    made = await account.api("POST", "/api/v2/monitors", MONITOR, 201)
    path = f"/api/v2/monitors/{made['data']['id']}"
    await account.api("PATCH", path, {"recovery_period": 0}, 200)
    await account.api("GET", path)
    await account.api("DELETE", path, status=204)
    await account.api("DELETE", path, status=404)


async def test_only_the_exact_token_opens_it(account: Any) -> None:
    for header in ({}, {"authorization": "Bearer x"}, {"authorization": account.app.token}):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(account.app), base_url="http://sandbox") as stranger:
            answer = await stranger.get("/api/v2/monitors", headers=header)
            assert (answer.status_code, answer.json()) == (401, {"errors": "Invalid Team API token"})


async def test_the_state_shows_every_object_by_kind_and_reset_starts_again(account: Any) -> None:
    made = await account.api("POST", "/api/v2/status-pages", PAGE, 201)
    await account.api("POST", f"/api/v2/status-pages/{made['data']['id']}/sections", {"name": "A"}, 201)
    state = await account.api("GET", "/_sandbox/state")
    assert {kind: len(objects) for kind, objects in state.items() if objects} == {
        "status_pages": 1,
        "sections": 1,
        "urgencies": 2,
        "on_calls": 1,
        "policy_groups": 1,
        "slack_integrations": 1,
    }
    await account.api("POST", "/_sandbox/reset", status=204)
    again = await account.api("GET", "/_sandbox/state")
    assert not again["status_pages"]
    assert [u["attributes"]["name"] for u in again["urgencies"]] == ["High Severity", "Low Severity"]


@pytest.mark.trap("betterstack", "7: without fixed_position an insert shifts the siblings")
async def test_without_fixed_position_the_siblings_make_room(account: Any) -> None:
    page = (await account.api("POST", "/api/v2/status-pages", PAGE, 201))["data"]["id"]
    path = f"/api/v2/status-pages/{page}/sections"
    for name, more in (
        ("a", {}),
        ("b", {}),
        ("shifting", {"position": 0}),
        ("fixed", {"position": 0, "fixed_position": True}),
    ):
        await account.api("POST", path, {"name": name, **more}, 201)
    found = {s["attributes"]["name"]: s["attributes"]["position"] for s in (await account.api("GET", path))["data"]}
    assert found == {"a": 1, "b": 2, "shifting": 0, "fixed": 0}


@pytest.mark.trap("betterstack", "7: a row without a section goes to the first one")
async def test_a_row_without_a_section_goes_to_the_first_one_which_is_made_at_need(account: Any) -> None:
    page = (await account.api("POST", "/api/v2/status-pages", PAGE, 201))["data"]["id"]
    row = {"resource_type": "ManuallyTrackedItem", "public_name": "x"}
    made = await account.api("POST", f"/api/v2/status-pages/{page}/resources", row, 201)
    section = account.store.all("sections")[0]
    assert made["data"]["attributes"]["status_page_section_id"] == section.id
    assert 0.0 <= made["data"]["attributes"]["availability"] <= 1.0


@pytest.mark.trap("betterstack", "2: availability is a percentage; dates it cannot use are a 400 with a text")
async def test_reports_have_their_documented_form(account: Any) -> None:
    monitor = (await account.api("POST", "/api/v2/monitors", MONITOR, 201))["data"]["id"]
    heartbeat = (await account.api("POST", "/api/v2/heartbeats", {"name": "h", "period": 60, "grace": 0}, 201))["data"]
    sla = (await account.api("GET", f"/api/v2/monitors/{monitor}/sla?from=2025-12-01&to=2025-12-08"))["data"]
    assert (sla["type"], sla["attributes"]["availability"]) == ("monitor_sla", 100.0)
    for query in ("from=yesterday", "from=2027-01-01", "from=2025-12-08&to=2025-12-01"):
        refused = await account.api("GET", f"/api/v2/monitors/{monitor}/sla?{query}", status=400)
        assert isinstance(refused["errors"], str)
    share = await account.api("GET", f"/api/v2/heartbeats/{heartbeat['id']}/availability")
    assert share["data"]["type"] == "heartbeat_availability"
    times = await account.api("GET", f"/api/v2/monitors/{monitor}/response-times")
    assert {r["region"] for r in times["data"]["attributes"]["regions"]} == {"us", "eu", "as", "au"}


@pytest.mark.trap("betterstack", "6: a calendar without rotation is a 404")
async def test_calendars_metadata_members_and_public_pages_answer(account: Any) -> None:
    calendar = (await account.api("GET", "/api/v2/on-calls/default"))["data"]["id"]
    await account.api("GET", f"/api/v2/on-calls/{calendar}/rotation", status=404)
    rotation = {
        "users": ["a@example.com"],
        "rotation_length": 1,
        "rotation_interval": "week",
        "start_rotations_at": "2026-01-01T00:00:00Z",
        "end_rotations_at": "2027-01-01T00:00:00Z",
    }
    await account.api("POST", f"/api/v2/on-calls/{calendar}/rotation", rotation, 201)
    assert await account.api("GET", f"/api/v2/on-calls/{calendar}/rotation") == rotation
    assert (await account.api("GET", f"/api/v2/on-calls/{calendar}/events"))["data"] == []
    mark = {"owner_type": "Monitor", "owner_id": "1", "key": "managed-by", "values": [{"value": "reconciler"}]}
    await account.api("POST", "/api/v3/metadata", mark, 201)
    await account.api("POST", "/api/v3/metadata", mark, 200)
    assert len((await account.api("GET", "/api/v3/metadata?owner_type=Monitor&owner_id=1"))["data"]) == 1
    await account.api("POST", "/api/v3/metadata", {**mark, "values": None}, 204)
    group = (await account.api("POST", "/api/v2/monitor-groups", {"name": "g"}, 201))["data"]["id"]
    await account.api("POST", "/api/v2/monitors", {**MONITOR, "monitor_group_id": int(group)}, 201)
    assert len((await account.api("GET", f"/api/v2/monitor-groups/{group}/monitors"))["data"]) == 1
    await account.api("POST", "/api/v2/status-pages", {**PAGE, "custom_domain": "status.example.com"}, 201)
    public = await account.client.get("https://status.example.com/index.json", headers={"authorization": ""})
    assert public.json()["data"]["attributes"]["aggregate_state"] == "operational"


async def test_a_monitor_is_up_after_its_first_check_and_not_while_paused(account: Any) -> None:
    monitor = (await account.api("POST", "/api/v2/monitors", MONITOR, 201))["data"]["id"]
    path = f"/api/v2/monitors/{monitor}"

    async def status() -> str:
        found: str = (await account.api("GET", path))["data"]["attributes"]["status"]
        return found

    assert await status() == "pending"
    account.clock.advance(60)
    assert await status() == "up"
    await account.api("PATCH", path, {"paused": True})
    assert await status() == "paused"


async def test_what_is_deleted_is_no_longer_referred_to(account: Any) -> None:
    policy = (await account.api("POST", "/api/v3/policies", {"name": "p"}, 201))["data"]["id"]
    body = {**MONITOR, "policy_id": policy, "expiration_policy_id": int(policy)}
    monitor = (await account.api("POST", "/api/v2/monitors", body, 201))["data"]["id"]
    await account.api("DELETE", f"/api/v3/policies/{policy}", status=204)
    seen = (await account.api("GET", f"/api/v2/monitors/{monitor}"))["data"]["attributes"]
    assert (seen["policy_id"], seen["expiration_policy_id"]) == (None, None)
