"""Requests, models and simulator against the vendor's field list, which is not part of this repository.

`VENDOR_OPENAPI_DIR` names the folder that holds it; without one these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler import OneOfIf
from reconciler_betterstack.convert.kinds import EXTERNALS, KINDS
from reconciler_betterstack.convert.pages import TYPE_OF
from reconciler_betterstack.models.common import BetterStackSettings
from reconciler_betterstack.models.escalations import MetadataValue, Step, StepMember
from reconciler_betterstack.models.monitors import Monitor
from reconciler_betterstack.models.status_pages import PageResource, Section, StatusPage
from reconciler_betterstack.sandbox.kinds import ROW, SECTION, TOP

DEFAULT = Path(__file__).resolve().parents[3] / ".." / "shared" / "vendor-apis" / "openapi"
FILE = Path(os.environ.get("VENDOR_OPENAPI_DIR") or DEFAULT) / "betterstack-fields.json"

NAMES = {
    "monitors": "monitor",
    "monitor_groups": "monitor_group",
    "heartbeats": "heartbeat",
    "heartbeat_groups": "heartbeat_group",
    "escalations": "policy",
    "urgencies": "severity",
    "status_pages": "status_page",
}
SIMULATED = {
    **{kind: name for kind, name in NAMES.items() if kind != "escalations"},
    "policies": "policy",
    "on_calls": "on_call_calendar",
    "slack_integrations": "slack_integration",
    "outgoing_webhooks": "outgoing_webhook",
    "policy_groups": "policy_group",
    "urgency_groups": "severity_group",
    "status_page_groups": "status_page_group",
    "sections": "status_page_section",
    "resources": "status_page_resource",
}
SETTINGS_FIELDS = {"team_name"}  # written in environment.yaml, once for all
LEFT_OUT = {
    "status_page_resource": {"history": "deprecated by widget_type", "status_page_section_id": "the section it is in"},
    "status_page_section": {"position": "the order of the list"},
}
PARTS_BY_REFERENCE = {"id", "team_id"}  # of step members: written as policy, slack_channel, calendar


@pytest.fixture(scope="module")
def vendor() -> Mapping[str, Any]:
    if not FILE.is_file():
        pytest.skip(f"the vendor's field list is not here: set VENDOR_OPENAPI_DIR (looked for {FILE.name})")
    found: Mapping[str, Any] = json.loads(FILE.read_text())["resources"]
    return found


def writable(fields: Mapping[str, Any]) -> set[str]:
    return {name for name, field in fields.items() if not field.get("read_only") and not field.get("deprecated")}


def api_names(collection: str) -> dict[str, str]:
    """Return the fields of a kind, YAML name to API name; sugar and what is no attribute left out."""
    codec = KINDS[collection]
    names = {name: name for name in codec.model.model_fields}
    names |= {name: reference.attribute for name, reference in codec.references.items()}
    for name in ("failures_before_incident", "sections"):
        names.pop(name, None)
    return names


@pytest.mark.parametrize("collection", NAMES)
def test_every_writable_field_can_be_written_and_no_other(vendor: Mapping[str, Any], collection: str) -> None:
    expected = writable(vendor[NAMES[collection]]["fields"]) - SETTINGS_FIELDS
    assert set(api_names(collection).values()) == expected


def test_sections_and_rows_have_every_writable_field(vendor: Mapping[str, Any]) -> None:
    for part, name in ((Section, "status_page_section"), (PageResource, "status_page_resource")):
        expected = writable(vendor[name]["fields"]) - {"fixed_position", "position"} - set(LEFT_OUT[name])
        assert set(part.model_fields) - {"resource", "resources"} == expected


def test_steps_and_members_have_every_writable_field(vendor: Mapping[str, Any]) -> None:
    steps = vendor["policy"]["fields"]["steps"]["items"]
    renamed = {"urgency_id": "urgency", "policy_id": "policy"}
    assert set(Step.model_fields) == {renamed.get(name, name) for name in writable(steps)}
    members = writable(steps["step_members"]["items"]) - PARTS_BY_REFERENCE
    assert set(StepMember.model_fields) - {"policy", "slack_channel", "calendar", "id"} == members
    assert set(MetadataValue.model_fields) == set(steps["metadata_values"]["items"])


@pytest.mark.parametrize("collection", NAMES)
def test_paths_are_the_documented_ones(vendor: Mapping[str, Any], collection: str) -> None:
    documented = vendor[NAMES[collection]]["endpoints"]
    path = KINDS[collection].path
    assert documented["list"] == f"GET {path}"
    assert documented["create"] == f"POST {path}"
    assert documented["update"] == f"PATCH {path}/{{id}}"
    assert documented["delete"] == f"DELETE {path}/{{id}}"


def test_what_is_only_listed_is_listed_at_the_documented_path(vendor: Mapping[str, Any]) -> None:
    kinds = {
        "slack_channels": "slack_integration",
        "on_call_calendars": "on_call_calendar",
        "policy_groups": "policy_group",
        "urgency_groups": "severity_group",
        "status_page_groups": "status_page_group",
    }
    assert {k: f"GET {path}" for k, (path, _) in EXTERNALS.items()} == {
        k: vendor[name]["endpoints"]["list"] for k, name in kinds.items()
    }


def listed_values(schema: Any) -> set[Any]:
    """Return all enumerated values in a JSON schema."""
    if isinstance(schema, Mapping):
        own = set(schema.get("enum", ())) | ({schema["const"]} if "const" in schema else set())
        return own.union(*(listed_values(v) for k, v in schema.items() if k not in ("enum", "default")), set())
    return set().union(*(listed_values(v) for v in schema)) if isinstance(schema, list) else set()


def enumerations(fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        name: field.get("enum") or field["items_enum"]
        for name, field in fields.items()
        if (field.get("enum") or field.get("items_enum")) and not field.get("read_only") and not field.get("deprecated")
    }


@pytest.mark.parametrize(
    ("model", "name", "inner"),
    [
        (Monitor, "monitor", ()),
        (StatusPage, "status_page", ()),
        (Step, "policy", ("steps",)),
        (StepMember, "policy", ("steps", "step_members")),
        (MetadataValue, "policy", ("steps", "metadata_values")),
    ],
    ids=["monitor", "status-page", "step", "member", "metadata-value"],
)
def test_documented_value_lists_are_the_models(
    vendor: Mapping[str, Any], model: Any, name: str, inner: tuple[str, ...]
) -> None:
    fields = vendor[name]["fields"]
    for step in inner:
        fields = fields[step]["items"]
    schema = model.model_json_schema()
    for field, values in enumerations(fields).items():
        assert listed_values(schema["properties"][field]) == set(values), field


def test_the_types_of_rows_are_the_documented_ones(vendor: Mapping[str, Any]) -> None:
    schema = PageResource.model_json_schema()
    fields = vendor["status_page_resource"]["fields"]
    ours = listed_values(schema["properties"]["resource_type"]) | set(TYPE_OF.values())
    assert ours == set(fields["resource_type"]["enum"])
    for field in ("widget_type", "mark_as_down_for", "mark_as_degraded_for"):
        assert listed_values(schema["properties"][field]) == set(fields[field]["enum"])


def test_timeouts_and_ports_are_the_documented_ones_for_each_type(vendor: Mapping[str, Any]) -> None:
    fields = vendor["monitor"]["fields"]
    rules = [rule for rule in Monitor.rules if isinstance(rule, OneOfIf)]
    for types, allowed in fields["request_timeout"]["allowed_by_monitor_type"].items():
        kind = "status" if types == "other" else types.split(",")[0]
        rule = next(r for r in rules if r.field == "request_timeout" and kind in r.when["monitor_type"])
        assert (rule.unit, list(rule.values)) == (allowed["unit"], allowed["enum"])
    for kind, ports in fields["port"]["allowed_by_monitor_type"].items():
        found = [r for r in rules if r.field == "port" and kind in r.when["monitor_type"]]
        assert {v for r in found for v in r.values if "," not in v} == (set() if ports == "any" else set(ports))


@pytest.mark.trap("betterstack", "2: value lists of check_frequency vary by type and plan")
def test_lists_that_are_not_confirmed_are_not_enforced_by_the_model(vendor: Mapping[str, Any]) -> None:
    for name in ("check_frequency", "confirmation_period", "recovery_period"):
        assert "values_reported_unconfirmed" in vendor["monitor"]["fields"][name]
        assert not listed_values(Monitor.model_json_schema()["properties"][name])
        description = Monitor.model_fields[name].description
        assert description is not None
        assert "unconfirmed" in description
        said = [int(n) for n in re.findall(r"\d+", description.split("reported values:")[1])]
        assert said == vendor["monitor"]["fields"][name]["values_reported_unconfirmed"]


@pytest.mark.parametrize("kind", SIMULATED)
def test_the_simulator_takes_and_returns_the_documented_attributes(vendor: Mapping[str, Any], kind: str) -> None:
    schema = {**TOP, "sections": SECTION, "resources": ROW}[kind]
    fields = vendor[SIMULATED[kind]]["fields"]
    expected = {n for n, f in fields.items() if not f.get("read_only")} - SETTINGS_FIELDS
    taken = {name for name, attribute in schema.attributes.items() if not attribute.read_only}
    assert taken == expected
    required = {n for n, f in fields.items() if f.get("required") is True}
    assert set(schema.required) == required


async def test_what_the_simulator_returns_is_documented_attribute_by_attribute(
    account: Any, vendor: Mapping[str, Any]
) -> None:
    made = {
        "monitors": {"monitor_type": "status", "url": "https://shop.example.com/"},
        "heartbeats": {"name": "h", "period": 3600, "grace": 0},
        "status_pages": {
            "company_name": "S",
            "company_url": "https://s.example.com",
            "subdomain": "s",
            "timezone": "UTC",
        },
        "outgoing_webhooks": {"name": "w", "url": "https://w.example.com", "trigger_type": "monitor_change"},
    }
    checked = set()
    for kind, schema in TOP.items():
        if kind != "slack_integrations":
            await account.api("POST", schema.path, made.get(kind, {"name": "x"}), 201)
        for payload in (await account.api("GET", schema.path))["data"]:
            conforms(payload, vendor[SIMULATED[kind]]["fields"])
            checked.add(kind)
    page = account.store.all("status_pages")[0].id
    base = f"/api/v2/status-pages/{page}"
    await account.api("POST", f"{base}/sections", {"name": "A"}, 201)
    row = {"resource_type": "ManuallyTrackedItem", "public_name": "x"}
    await account.api("POST", f"{base}/resources", row, 201)
    for kind in ("sections", "resources"):
        for payload in (await account.api("GET", f"{base}/{kind}"))["data"]:
            conforms(payload, vendor[SIMULATED[kind]]["fields"])
            checked.add(kind)
    assert checked == set(SIMULATED)


TYPES: Mapping[str, Any] = dict(string=str, integer=int, boolean=bool, array=list, object=dict, number=int | float)


def conforms(payload: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Check one payload: text id, only documented attributes, documented types (ids in any form)."""
    assert isinstance(payload["id"], str)
    assert payload["id"].isdecimal()
    attributes = payload["attributes"]
    assert set(attributes) <= set(fields), set(attributes) - set(fields)
    unwritten = {n for n, f in fields.items() if f.get("write_only") or n in ("id", "paused", "auth_password", "url")}
    missing = set(fields) - set(attributes) - unwritten
    assert not missing - {"team_name", "created_at", "updated_at"}, missing
    for name, value in attributes.items():
        if value is not None and not name.endswith("_id"):
            assert isinstance(value, TYPES[fields[name]["type"]]), (name, value)


@pytest.mark.trap("betterstack", "1: read-only attributes come back and must not be sent")
async def test_nothing_but_writable_attributes_is_ever_sent(account: Any, vendor: Mapping[str, Any]) -> None:
    policy = await account.create("escalations", "p", {"steps": [], "repeat_count": 1})
    urgency = await account.create("urgencies", "u", {"sms": True})
    monitor = await account.create("monitors", "m", {"monitor_type": "status", "url": "https://a.example.com/"})
    heartbeat = await account.create("heartbeats", "h", {"period": 3600, "grace": 1})
    page = {
        "company_name": "S",
        "company_url": "https://s.example.com",
        "timezone": "UTC",
        "sections": [{"name": "A", "resources": [{"public_name": "x", "resource": f"monitors/{monitor.id}"}]}],
    }
    await account.create("status_pages", "s", page)
    await account.update(policy, {"steps": [], "repeat_count": 2}, ["repeat_count"])
    await account.update(urgency, {"sms": False}, ["sms"])
    await account.update(heartbeat, {"period": 7200, "grace": 1, "policy": policy.id}, ["period", "policy"])
    kinds = {**{KINDS[c].path: n for c, n in NAMES.items()}}
    sent = account.requests("POST") + account.requests("PATCH")
    assert len(sent) >= 10
    for path, body in sent:
        name = next(
            n
            for pattern, n in [
                (r".*/sections(/\d+)?$", "status_page_section"),
                (r".*/resources(/\d+)?$", "status_page_resource"),
                *((re.escape(p) + r"(/\d+)?$", n) for p, n in kinds.items()),
            ]
            if re.match(pattern, path)
        )
        assert set(body) <= writable(vendor[name]["fields"]) | {"history"}, (path, body)


def test_the_base_url_and_paging_are_the_documented_ones() -> None:
    if not FILE.is_file():
        pytest.skip("the vendor's field list is not here: set VENDOR_OPENAPI_DIR")
    about = json.loads(FILE.read_text())["about"]
    assert about["base_url"] == BetterStackSettings.base_url
    assert {s.per_page for s in TOP.values()} == {about["pagination"]["per_page_default"]}
    assert {s.most_per_page for s in TOP.values()} == {about["pagination"]["per_page_max"]}
