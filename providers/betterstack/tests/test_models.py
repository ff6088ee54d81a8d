"""What the models refuse, and what they turn into what."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.trap("betterstack", "2: request_timeout is in milliseconds for some types, in seconds for others")
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


@pytest.mark.trap("betterstack", "2: expiration_policy_id belongs to the domain, subdomains included")
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


@pytest.mark.trap("betterstack", "3: paused on a group and on its members conflict")
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


@pytest.mark.trap("betterstack", "4: server_timezone is dropped when the period is under an hour")
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


@pytest.mark.trap("betterstack", "7: response_times are for monitors only")
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


@pytest.mark.trap("betterstack", "7: custom_javascript works on a custom domain only")
def test_a_script_needs_a_custom_domain(make: Any) -> None:
    page = make("status_pages", "shop", {**PAGE, "custom_javascript": "alert()"})
    assert problems("status_pages", page) == [("status_pages/shop", "custom_javascript")]


@pytest.mark.trap("betterstack", "5: High Severity and Low Severity exist in every account")
def test_the_urgencies_of_every_account_are_never_deleted(make: Any) -> None:
    lives = [Live("urgencies", str(n), (name,), {}) for n, name in enumerate(("High Severity", "Loud"))]
    removals = tuple(Removal(Address("urgencies", live.title), live, None) for live in lives)
    refused = KINDS["urgencies"].model.guards(removals, tuple(lives), BetterStackSettings())
    assert [str(address) for address in refused] == ["urgencies/High Severity"]
