"""What the models refuse, and what they turn into what."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Address, Live, Removal, SecretRef
from reconciler_betterstack.convert.kinds import KINDS
from reconciler_betterstack.models import BetterStackSettings
from reconciler_betterstack.models.checks import registered_domain

STATUS = {"monitor_type": "status", "url": "https://shop.example.com/"}
DAILY = {"period": 86400, "grace": 600}
PAGE = {"company_name": "Shop", "company_url": "https://shop.example.com", "timezone": "UTC"}


def step(**fields: Any) -> dict[str, Any]:
    return {"steps": [{"type": "escalation", "step_members": [], **fields}]}


def member(**fields: Any) -> dict[str, Any]:
    return step(step_members=[fields])


def row(**fields: Any) -> dict[str, Any]:
    return {**PAGE, "sections": [{"name": "A", "resources": [{"public_name": "x", **fields}]}]}


REFUSED = [
    pytest.param("monitors", {"url": "https://x/"}, "monitor_type", "required", id="type-is-required"),
    pytest.param("monitors", {"monitor_type": "status"}, "url", "url is required", id="url-is-required"),
    pytest.param(
        "monitors", {"monitor_type": "playwright"}, "url", "one of url, scenario_name", id="playwright-target"
    ),
    pytest.param("monitors", {"monitor_type": "keyword", "url": "x"}, "required_keyword", "required", id="keyword"),
    pytest.param("monitors", {"monitor_type": "udp", "url": "x", "port": "53"}, "required_keyword", "udp", id="udp"),
    pytest.param("monitors", {"monitor_type": "dns", "url": "x"}, "request_body", "required", id="dns-name"),
    pytest.param("monitors", {"monitor_type": "tcp", "url": "x"}, "port", "required", id="tcp-port"),
    pytest.param("monitors", {"monitor_type": "smtp", "url": "x", "port": "26"}, "port", "26", id="smtp-port"),
    pytest.param("monitors", {"monitor_type": "pop", "url": "x", "port": "110,111"}, "port", "pop", id="pop-ports"),
    pytest.param("monitors", {**STATUS, "port": 443}, "port", "string", id="port-is-a-text"),
    pytest.param(
        "monitors", {"monitor_type": "expected_status_code", "url": "x"}, "expected_status_codes", "", id="codes"
    ),
    pytest.param(
        "monitors", {**STATUS, "expected_status_codes": [200]}, "expected_status_codes", "only", id="codes-only"
    ),
    pytest.param("monitors", {**STATUS, "request_timeout": 500}, "request_timeout", "500", id="seconds-not-ms"),
    pytest.param(
        "monitors", {"monitor_type": "ping", "url": "x", "request_timeout": 5}, "request_timeout", "5", id="ms"
    ),
    pytest.param("monitors", {**STATUS, "check_frequency": 10}, "check_frequency", "30", id="frequency-under-30"),
    pytest.param("monitors", {**STATUS, "ssl_expiration": 10}, "ssl_expiration", "14", id="expiration-list"),
    pytest.param("monitors", {**STATUS, "ssl_expiration": -1}, "ssl_expiration", "", id="terraforms-minus-one"),
    pytest.param("monitors", {**STATUS, "regions": ["us", "mars"]}, "regions", "us", id="region"),
    pytest.param(
        "monitors", {**STATUS, "maintenance_timezone": "Europe/Berlin"}, "maintenance_timezone", "Berlin", id="zone"
    ),
    pytest.param("monitors", {**STATUS, "policy": "p", "call": False}, "call", "drop call", id="policy-overrides-call"),
    pytest.param("heartbeats", {**DAILY, "policy": "p", "sms": True}, "sms", "drop sms", id="policy-overrides-sms"),
    pytest.param("monitors", {**STATUS, "auth_password": "hunter2"}, "auth_password", "by name", id="literal-password"),
    pytest.param(
        "monitors", {**STATUS, "failures_before_incident": 2}, "check_frequency", "required", id="sugar-needs"
    ),
    pytest.param(
        "monitors",
        {**STATUS, "check_frequency": 60, "failures_before_incident": 2, "confirmation_period": 60},
        "confirmation_period",
        "cannot stand together",
        id="sugar-and-vendor-field",
    ),
    pytest.param("heartbeats", {"period": 60}, "grace", "required", id="grace-is-required"),
    pytest.param("heartbeats", {"period": 10, "grace": 0}, "period", "30", id="period-under-30"),
    pytest.param("heartbeats", {**DAILY, "server_timezone": "Berlin"}, "server_timezone", "Europe/Berlin", id="iana"),
    pytest.param("escalations", step(wait_before=1, wait_until_time="08:00"), "steps", "together", id="two-waits"),
    pytest.param("escalations", step(wait_until_time="8:00"), "steps", "pattern", id="time-of-day"),
    pytest.param("escalations", step(days=["mon"]), "steps", "only allowed", id="days-of-an-escalation"),
    pytest.param("escalations", {"steps": [{"type": "time_branching"}]}, "steps", "timezone", id="branch"),
    pytest.param("escalations", member(type="user", email="a@b.c", id=3), "steps", "id", id="user-by-id-and-email"),
    pytest.param("escalations", member(type="user"), "steps", "email", id="user-without-email"),
    pytest.param("escalations", member(type="slack_integration"), "steps", "slack_channel", id="channel"),
    pytest.param("escalations", member(type="policy"), "steps", "policy", id="policy-of-a-member"),
    pytest.param("escalations", member(type="webhook"), "steps", "id", id="webhook-id"),
    pytest.param("escalations", member(type="incident_metadata"), "steps", "metadata_key", id="metadata-key"),
    pytest.param("status_pages", {**PAGE, "password_enabled": True}, "password", "required", id="password"),
    pytest.param(
        "status_pages",
        {**PAGE, "password_enabled": True, "password": {"secret": "P"}, "require_sso": True},
        "password_enabled",
        "require_sso",
        id="sso-excludes-password",
    ),
    pytest.param("status_pages", {**PAGE, "timezone": "America/New_York"}, "timezone", "Eastern Time", id="page-zone"),
    pytest.param("status_pages", {**PAGE, "history": 5}, "history", "7", id="history"),
    pytest.param(
        "status_pages",
        {**PAGE, "navigation_links": [{"text": "a", "href": "/"}] * 5},
        "navigation_links",
        "4",
        id="links",
    ),
    pytest.param("status_pages", row(), "sections", "resource", id="row-of-nothing"),
    pytest.param(
        "status_pages", row(resource="monitors/a", resource_type="LogsChart"), "sections", "together", id="row-of-two"
    ),
    pytest.param("status_pages", row(resource_type="LogsChart"), "sections", "resource_id", id="row-without-id"),
    pytest.param(
        "status_pages",
        row(resource="monitors/a", mark_as_down_for="incident_matching_metadata"),
        "sections",
        "mark_as_down_metadata_rule",
        id="rule-is-required",
    ),
]


@pytest.mark.parametrize(("collection", "fields", "field", "text"), REFUSED)
def test_what_the_api_would_refuse_or_ignore_is_refused_at_the_door(
    collection: str, fields: dict[str, Any], field: str, text: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        KINDS[collection].model.model_validate(fields)
    problems = [error for error in caught.value.errors() if error["loc"][0] == field]
    assert problems, caught.value
    assert text in " ".join(f"{e['loc']} {e['msg']}" for e in problems)


ACCEPTED = [
    pytest.param("monitors", {**STATUS, "check_frequency": 77}, id="unconfirmed-list-is-left-to-the-server"),
    pytest.param("monitors", {**STATUS, "confirmation_period": "6m"}, id="unconfirmed-confirmation-period"),
    pytest.param("monitors", {"monitor_type": "imap", "url": "x", "port": "993,143"}, id="several-ports"),
    pytest.param("monitors", {**STATUS, "ssl_expiration": None}, id="null-disables"),
    pytest.param("monitors", {**STATUS, "policy": None, "call": True}, id="no-policy-and-channels"),
    pytest.param("escalations", {"steps": []}, id="silent-policy"),
    pytest.param("escalations", member(type="entire_team", id=3), id="team-by-id"),
    pytest.param("status_pages", row(resource_type="ManuallyTrackedItem"), id="item-by-hand"),
    pytest.param("urgencies", {"name": "High Severity"}, id="built-in-urgency"),
]


@pytest.mark.parametrize(("collection", "fields"), ACCEPTED)
def test_what_the_api_may_accept_is_accepted(collection: str, fields: dict[str, Any]) -> None:
    assert KINDS[collection].model.model_validate(fields).expand().spec


@pytest.mark.parametrize(
    ("failures", "frequency", "period"),
    [(1, 180, 0), (2, "3m", 180), (3, 60, 120), (2, 30, 30)],
    ids=["one", "two-of-three-minutes", "three-of-one", "two-of-thirty-seconds"],
)
def test_failures_become_a_confirmation_period_that_says_where_it_comes_from(
    failures: int, frequency: Any, period: int
) -> None:
    fields = {**STATUS, "check_frequency": frequency, "failures_before_incident": failures}
    expansion = KINDS["monitors"].model.model_validate(fields).expand()
    assert expansion.spec["confirmation_period"] == period
    assert "failures_before_incident" not in expansion.spec
    assert expansion.origins["confirmation_period"].startswith(f"failures_before_incident: {failures} at")


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [("ping", "5s", 5000), ("ping", 500, 500), ("status", "1m", 60), ("playwright", "2m", 120), ("dns", "500ms", 500)],
    ids=["ping-duration", "ping-number", "status", "playwright", "dns"],
)
def test_a_timeout_is_in_the_unit_of_its_monitor_type(kind: str, value: Any, sent: int) -> None:
    fields = {"monitor_type": kind, "url": "x", "request_body": "x", "request_timeout": value}
    assert KINDS["monitors"].model.model_validate(fields).expand().spec["request_timeout"] == sent


def test_a_slack_channel_has_its_hash_however_it_is_written() -> None:
    for written in ("alerts-prod", "#alerts-prod"):
        fields = member(type="slack_integration", slack_channel=written)
        spec: Any = KINDS["escalations"].model.model_validate(fields).expand().spec
        assert spec["steps"][0]["step_members"][0]["slack_channel"] == "#alerts-prod"


def problems(collection: str, *resources: Any) -> list[tuple[str, str]]:
    found = KINDS[collection].model.cross_check(resources, BetterStackSettings())
    return [(str(address), field) for address, field, _, _ in found]


def test_two_monitors_of_one_domain_may_not_disagree_about_the_expiration_policy(make: Any) -> None:
    urls = {"a": "https://www.example.com/", "b": "https://shop.example.com/x", "c": "https://example.org/"}
    policies = {"a": "first", "b": "second", "c": "second"}
    made = [
        make("monitors", h, {"monitor_type": "status", "url": u, "expiration_policy": policies[h]})
        for h, u in urls.items()
    ]
    assert problems("monitors", *made) == [("monitors/b", "expiration_policy")]
    silent = make("monitors", "d", {"monitor_type": "status", "url": "https://d.example.com/"})
    null = make("monitors", "e", {"monitor_type": "status", "url": "https://example.com/", "expiration_policy": None})
    assert problems("monitors", made[0], silent, null) == [("monitors/e", "expiration_policy")]


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.example.com/x", "example.com"),
        ("https://example.com:8443", "example.com"),
        ("mail.example.co.uk", "example.co.uk"),
        ("https://203.0.113.5/", "203.0.113.5"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
    ids=["www", "port", "second-level", "ipv4", "ipv6", "single-label", "nothing"],
)
def test_subdomains_share_their_domain(address: str, domain: str) -> None:
    assert registered_domain(address) == domain


@pytest.mark.parametrize(
    ("members", "groups", "field", "fields"),
    [
        ("monitors", "monitor_groups", "monitor_group", STATUS),
        ("heartbeats", "heartbeat_groups", "heartbeat_group", DAILY),
    ],
    ids=["monitors", "heartbeats"],
)
def test_paused_stands_on_the_group_or_on_its_members(
    make: Any, members: str, groups: str, field: str, fields: dict[str, Any]
) -> None:
    group = make(groups, "shop", {"paused": True})
    both = make(members, "both", {**fields, field: "shop", "paused": False})
    one = make(members, "one", {**fields, field: "shop"})
    assert problems(members, group, both, one) == [(f"{members}/both", "paused")]
    assert problems(members, make(groups, "shop", {}), both) == []


def test_a_time_zone_needs_a_period_of_an_hour(make: Any) -> None:
    short = make("heartbeats", "a", {"period": 600, "grace": 0, "server_timezone": "Europe/Berlin"})
    long = make("heartbeats", "b", {"period": 3600, "grace": 0, "server_timezone": "Europe/Berlin"})
    assert problems("heartbeats", short, long) == [("heartbeats/a", "server_timezone")]


def test_a_header_that_may_carry_a_secret_is_not_written_out(make: Any) -> None:
    fields = {**STATUS, "request_headers": [{"name": "X-Api-Key", "value": "abc"}, {"name": "accept", "value": "*/*"}]}
    found = list(KINDS["monitors"].model.cross_check((make("monitors", "a", fields),), BetterStackSettings()))
    assert [(field, "abc" in message + fix) for _, field, message, fix in found] == [("request_headers", False)]
    named = {**STATUS, "request_headers": [{"name": "X-Api-Key", "value": {"secret": "KEY"}}]}
    spec = make("monitors", "b", named)
    assert spec.spec["request_headers"][0]["value"] == SecretRef("KEY")
    assert problems("monitors", spec) == []


def test_a_page_shows_each_object_once_and_with_a_fitting_widget(make: Any) -> None:
    rows = [
        {"public_name": "a", "resource": "monitors/m"},
        {"public_name": "b", "resource": "monitors/m"},
        {"public_name": "c", "resource": "heartbeats/h", "widget_type": "response_times"},
        {"public_name": "d", "resource_type": "ManuallyTrackedItem"},
        {"public_name": "e", "resource_type": "ManuallyTrackedItem"},
    ]
    page = make("status_pages", "shop", {**PAGE, "sections": [{"name": "A", "resources": rows}]})
    assert problems("status_pages", page) == [("status_pages/shop", "sections")] * 2


def test_a_script_needs_a_custom_domain(make: Any) -> None:
    page = make("status_pages", "shop", {**PAGE, "custom_javascript": "alert()"})
    assert problems("status_pages", page) == [("status_pages/shop", "custom_javascript")]


def test_the_urgencies_of_every_account_are_never_deleted(make: Any) -> None:
    lives = [Live("urgencies", str(n), (name,), {}) for n, name in enumerate(("High Severity", "Loud"))]
    removals = tuple(Removal(Address("urgencies", live.title), live, None) for live in lives)
    refused = KINDS["urgencies"].model.guards(removals, tuple(lives), BetterStackSettings())
    assert [str(address) for address in refused] == ["urgencies/High Severity"]
