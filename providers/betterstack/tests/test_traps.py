"""Traps of the API that no other test shows."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import reconciler_betterstack
from reconciler import ExternalObject, Refused, SecretValue
from reconciler_betterstack.models import Monitor

MONITOR = {"monitor_type": "status", "url": "https://shop.example.com/"}
PAGE = {"company_name": "Shop", "company_url": "https://shop.example.com", "timezone": "UTC"}


@pytest.mark.trap("betterstack", "1: the vendor adds attributes without notice")
async def test_attributes_nobody_knows_are_ignored_and_never_sent_back(account: Any) -> None:
    live = await account.create("monitors", "homepage", MONITOR)
    show = account.store.show

    def shown(record: Any, *given: Any, **more: Any) -> Any:
        payload = show(record, *given, **more)
        return {**payload, "attributes": {**payload["attributes"], "new_attribute": {"a": 1}}}

    account.store.show = shown
    seen = (await account.listed("monitors"))["homepage"]
    assert seen.values == live.values
    after = await account.update(seen, {**MONITOR, "recovery_period": 0}, ["recovery_period"])
    assert account.requests("PATCH")[-1][1] == {"recovery_period": 0}
    assert "new_attribute" not in after.values


@pytest.mark.trap("betterstack", "1: policies are v3; v2 still answers, in another shape")
async def test_policies_are_written_and_read_as_v3(account: Any) -> None:
    live = await account.create("escalations", "p0", {"steps": []})
    await account.update(live, {"steps": [], "repeat_count": 1}, ["repeat_count"])
    assert [path for path, _ in account.requests("POST")] == ["/api/v3/policies"]
    assert [path for path, _ in account.requests("PATCH")] == [f"/api/v3/policies/{live.id}"]


@pytest.mark.trap("betterstack", "2: the server makes a name from the url when none is sent")
async def test_the_name_of_a_monitor_is_always_sent(account: Any) -> None:
    await account.create("monitors", "homepage", MONITOR)
    assert account.requests("POST")[-1][1]["pronounceable_name"] == "homepage"


@pytest.mark.trap("betterstack", "2: a maintenance window that passes midnight needs both days")
def test_the_window_says_that_both_days_have_to_be_named() -> None:
    assert "both days" in (Monitor.model_fields["maintenance_days"].description or "")


@pytest.mark.trap("betterstack", "4: availability of a heartbeat is at another path than that of a monitor")
async def test_the_reports_of_monitors_and_heartbeats_have_paths_of_their_own(account: Any) -> None:
    monitor = await account.create("monitors", "homepage", MONITOR)
    heartbeat = await account.create("heartbeats", "nightly", {"period": 60, "grace": 0})
    await account.api("GET", f"/api/v2/monitors/{monitor.id}/sla")
    await account.api("GET", f"/api/v2/heartbeats/{heartbeat.id}/availability")
    assert (await account.client.get(f"/api/v2/heartbeats/{heartbeat.id}/sla")).status_code == 404


@pytest.mark.trap("betterstack", "5: the incident token of a policy is a secret")
async def test_the_incident_token_is_a_secret_output(account: Any) -> None:
    live = await account.create("escalations", "p0", {"steps": []})
    token = live.outputs["incident_token"]
    assert isinstance(token, SecretValue)
    assert token.reveal() not in repr(live)
    assert "incident_token" not in live.values


@pytest.mark.trap("betterstack", "6: calendars carry personal data; only names and ids are taken")
async def test_of_a_calendar_only_name_and_id_are_taken(account: Any) -> None:
    raw = (await account.api("GET", "/api/v2/on-calls"))["data"]
    found = [item async for item in account.provider.externals("on_call_calendars")]
    assert [(item.name, item.id) for item in found] == [(c["attributes"]["name"], c["id"]) for c in raw]
    assert {field.name for field in fields(ExternalObject)} == {"kind", "name", "id"}


@pytest.mark.trap("betterstack", "7: JSON names differ from Terraform's: logo_remote_url")
async def test_a_logo_is_sent_under_its_json_name(account: Any) -> None:
    logo = {"logo_remote_url": "https://shop.example.com/logo.png"}
    await account.create("status_pages", "shop", {**PAGE, **logo})
    assert account.requests("POST")[0][1].items() >= logo.items()


@pytest.mark.trap("betterstack", "7: a subdomain is unique over all customers")
async def test_a_subdomain_that_is_taken_is_refused_with_its_field(account: Any) -> None:
    await account.create("status_pages", "shop", PAGE)
    with pytest.raises(Refused, match="subdomain"):
        await account.create("status_pages", "other", {**PAGE, "subdomain": "shop"})


@pytest.mark.trap("betterstack", "7: availability of a row is 0.0 to 1.0, not a percentage")
async def test_a_rows_availability_is_a_share_and_is_not_managed(account: Any) -> None:
    row = {"public_name": "Shop", "resource_type": "ManuallyTrackedItem"}
    live = await account.create("status_pages", "shop", {**PAGE, "sections": [{"name": "A", "resources": [row]}]})
    [shown] = (await account.api("GET", f"/api/v2/status-pages/{live.id}/resources"))["data"]
    assert 0.0 <= shown["attributes"]["availability"] <= 1.0
    assert "availability" not in live.values["sections"][0]["resources"][0]


@pytest.mark.trap("betterstack", "8: incidents can be acknowledged and resolved; a reconciler must not")
@pytest.mark.trap("betterstack", "9: a POST to metadata can delete")
def test_no_call_of_the_client_reaches_incidents_or_metadata() -> None:
    package = Path(reconciler_betterstack.__path__[0])
    sources = [file for file in package.rglob("*.py") if "sandbox" not in file.relative_to(package).parts]
    assert sources
    reached = re.compile(r"/(?:incidents|metadata)\b|/acknowledge|/resolve")
    assert [file.name for file in sources if reached.search(file.read_text(encoding="utf-8"))] == []
