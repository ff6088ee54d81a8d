"""What the models refuse at the door, before the API would refuse or ignore it; and what they leave to the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler_betterstack.convert.kinds import KINDS

STATUS = {"monitor_type": "status", "url": "https://shop.example.com/"}
DAILY = {"period": 86400, "grace": 600}
PAGE = {"company_name": "Shop", "company_url": "https://shop.example.com", "timezone": "UTC"}


def step(**fields: Any) -> dict[str, Any]:
    return {"steps": [{"type": "escalation", "step_members": [], **fields}]}


def member(**fields: Any) -> dict[str, Any]:
    return step(step_members=[fields])


def row(**fields: Any) -> dict[str, Any]:
    return {**PAGE, "sections": [{"name": "A", "resources": [{"public_name": "x", **fields}]}]}


TRAPS = {
    "type-is-required": "2: monitor_type is required",
    "url-is-required": "2: url is required",
    "playwright-target": "2: url is required, except for playwright, where scenario_name will do",
    "keyword": "2: keyword, keyword_absence and udp need required_keyword",
    "udp": "2: keyword, keyword_absence and udp need required_keyword",
    "dns-name": "2: request_body is the queried name of a dns monitor",
    "tcp-port": "2: tcp, udp, smtp, pop and imap need a port",
    "smtp-port": "2: smtp, pop and imap take their usual ports only",
    "pop-ports": "2: smtp, pop and imap take their usual ports only",
    "port-is-a-text": "2: port is a text",
    "codes": "2: expected_status_code needs expected_status_codes",
    "codes-only": "2: expected_status_codes are ignored for every other type",
    "seconds-not-ms": "2: request_timeout is in milliseconds for some types, in seconds for others",
    "ms": "2: request_timeout is in milliseconds for some types, in seconds for others",
    "expiration-list": "2: expiration alerts take a list of days",
    "terraforms-minus-one": "2: null disables an expiration alert; -1 is Terraform's spelling only",
    "zone": "2: maintenance_timezone is a Rails name, not IANA",
    "policy-overrides-call": "2: with a policy the channel flags are ignored",
    "literal-proxy": "2: proxy_host may hold a password",
    "grace-is-required": "4: period and grace are required, though the documents call them optional",
    "period-under-30": "4: a period has 30 seconds or more",
    "iana": "4: server_timezone is an IANA name, unlike the others",
    "two-waits": "5: a step waits for a time or until a time, not both",
    "user-by-id-and-email": "5: a user is named by e-mail or id, never both",
    "password": "7: password_enabled needs a password",
    "sso-excludes-password": "7: require_sso excludes a password",
    "page-zone": "7: the time zone of a page is a Rails name",
    "history": "7: history is 7 to 365 days",
    "links": "7: the first 4 navigation links count",
    "row-without-id": "7: resource_id is required, except for an item set by hand",
    "unconfirmed-list-is-left-to-the-server": "2: value lists of check_frequency vary by type and plan",
    "unconfirmed-confirmation-period": "2: value lists of confirmation_period vary by type and plan",
    "several-ports": "2: several ports are one text, joined by commas",
    "item-by-hand": "7: resource_id is required, except for an item set by hand",
}


def marked(cases: Sequence[Any]) -> list[Any]:
    """Return the cases, each with the trap of the vendor's API that it shows, where it shows one."""
    traps = {case.id: pytest.mark.trap("betterstack", TRAPS[case.id]) for case in cases if case.id in TRAPS}
    return [pytest.param(*case.values, id=case.id, marks=traps.get(case.id, ())) for case in cases]


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
    pytest.param("monitors", {**STATUS, "proxy_host": "user:pw@proxy"}, "proxy_host", "by name", id="literal-proxy"),
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


@pytest.mark.parametrize(("collection", "fields", "field", "text"), marked(REFUSED))
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


@pytest.mark.parametrize(("collection", "fields"), marked(ACCEPTED))
def test_what_the_api_may_accept_is_accepted(collection: str, fields: dict[str, Any]) -> None:
    assert KINDS[collection].model.model_validate(fields).expand().spec


def test_every_trap_of_the_table_has_its_case() -> None:
    assert set(TRAPS) <= {case.id for case in (*REFUSED, *ACCEPTED)}
