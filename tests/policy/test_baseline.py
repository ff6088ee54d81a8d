"""Every rule of the baseline: production keeps it, and a production that does not is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.discover import discover
from reconciler.errors import Location
from reconciler.initial.baseline import PATH, baseline
from reconciler.kind.shape import shape_of
from reconciler.load.project import Project
from reconciler.model import ABSENT, Finding, Resource
from reconciler.policy.document import Document, Source, offline_document
from reconciler.policy.evaluate import evaluate
from reconciler.values import Unknown

ROOT = Path(__file__).parents[2]
GONE: Any = object()
TOKEN = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


def changed(resources: tuple[Resource, ...], change: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Return the resources with fields replaced, by address or collection; GONE takes an object away."""
    made = []
    for one in resources:
        what = change.get(str(one.address), change.get(one.address.collection, {}))
        if what is not GONE:
            made.append(replace(one, spec={**one.spec, **what}))
    return tuple(made)


def twins(resources: tuple[Resource, ...], address: str, count: int) -> tuple[Resource, ...]:
    (one,) = (r for r in resources if str(r.address) == address)
    others = (replace(one, address=one.address._replace(handle=f"twin{i}")) for i in range(count))
    return (*resources, *others)


def judged(project: Project, resources: tuple[Resource, ...]) -> tuple[Finding, ...]:
    """Judge a production in which nothing is live yet."""
    shapes = {name: shape_of(kind) for name, kind in project.kinds.items()}
    sources = tuple(Source(resource, ABSENT) for resource in resources)
    return evaluate(project.policies, Document(sources, shapes, lambda ref: Unknown(f"{ref} is not there yet")))


def entry(frequency: str, days: int) -> dict[str, Any]:
    return {"frequency": frequency, "hour": 0, "retention_seconds": days * 86400}


def header(name: str, value: Any) -> dict[str, Any]:
    return {"headers/security": {"headers": {**HEADERS, name: value}}}


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
DOMAIN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "enabled": True}
BROKEN = [
    pytest.param("private-buckets", {"buckets/private": {"access": "public-cdn"}}, id="private"),
    pytest.param("no-development-domains", {"buckets/public": {"access": "public-dev"}}, id="r2.dev"),
    pytest.param("no-plaintext-secrets", {"env/LOG_LEVEL": {"value": TOKEN}}, id="token-in-a-variable"),
    pytest.param("no-plaintext-secrets", {"monitors/login": {"pronounceable_name": TOKEN}}, id="token-in-a-name"),
    pytest.param("daily-backups", {"backups": {"schedule": (entry("daily", 6), entry("weekly", 28))}}, id="6-days"),
    pytest.param("daily-backups", {"backups": {"schedule": (entry("weekly", 28),)}}, id="not-daily"),
    pytest.param("weekly-backups", {"backups": {"schedule": (entry("daily", 7), entry("weekly", 21))}}, id="3-weeks"),
    pytest.param("backups-exist", {"backups": GONE}, id="no-backups"),
    pytest.param("frequent-monitors", {"monitors/login": {"check_frequency": 300}}, id="5-minutes"),
    pytest.param("alert-channels", {"escalations": {"steps": ()}}, id="nobody-is-told"),
    pytest.param("error-alerts", {"alerts": {"enabled": False}}, id="alerts-off"),
    pytest.param("error-alerts", {"alerts": {"actionFilters": ({"logicType": "all", "actions": ()},)}}, id="no-action"),
    pytest.param("tls-1-2", {"buckets/public": {"custom_domains": ({**DOMAIN, "minTLS": "1.1"},)}}, id="tls-1.1"),
    pytest.param("tls-1-2", {"buckets/public": {"custom_domains": (DOMAIN,)}}, id="tls-not-written"),
    pytest.param("security-headers", header("X-Frame-Options", "ALLOWALL"), id="frames"),
    pytest.param("security-headers", header("X-Content-Type-Options", "sniff"), id="sniffing"),
    pytest.param("security-headers", header("Strict-Transport-Security", "max-age=0"), id="hsts-off"),
    pytest.param("security-headers", {"headers/security": {"headers": {"X-Frame-Options": "DENY"}}}, id="left-out"),
    pytest.param("security-headers-everywhere", {"headers/security": {"source": "/api"}}, id="not-all-paths"),
    pytest.param("an-admin", {"accounts": {"role": "STUDENT"}}, id="no-admin"),
    pytest.param("an-admin", {"accounts": {"state": "disabled"}}, id="all-disabled"),
    pytest.param("two-admins", {}, id="one-admin"),
]


@pytest.mark.parametrize(("rule", "change"), BROKEN)
def test_a_production_that_breaks_it_is_found_out(production: Project, rule: str, change: Mapping[str, Any]) -> None:
    found = judged(production, changed(production.resources, change))
    assert rule in {f.rule for f in found}
    assert all(TOKEN not in f.said for f in found)


def test_an_eleventh_monitor_is_one_too_many(production: Project) -> None:
    ten, eleven = (twins(production.resources, "monitors/login", count) for count in (6, 7))
    assert "free-plan-monitors" not in {f.rule for f in judged(production, ten)}
    assert "free-plan-monitors" in {f.rule for f in judged(production, eleven)}


def test_a_second_admin_ends_the_warning(production: Project) -> None:
    change = {"accounts/beta-instructor1@aigurus.com": {"role": "ADMIN"}}
    assert judged(production, changed(production.resources, change)) == ()


def test_this_production_keeps_every_rule_and_has_one_admin(production: Project) -> None:
    rules = {rule.name for rule in production.policies}
    assert rules == {str(case.values[0]) for case in BROKEN} | {"free-plan-monitors"}
    for found in (
        judged(production, production.resources),
        evaluate(production.policies, offline_document(production.resources, production.kinds)),
    ):
        assert [(f.rule, f.severity, f.said) for f in found] == [("two-admins", "warn", "accounts: 1 found")]


def test_a_finding_names_the_line_of_the_value_and_of_the_rule(production: Project) -> None:
    (found,) = judged(production, changed(production.resources, {"monitors/login": {"check_frequency": 300}}))[:1]
    text = (ROOT / "desired" / "monitors.yaml").read_text().splitlines()
    assert isinstance(found.where, Location)
    assert text[found.where.line - 1].strip() == "check_frequency: 3m"
    assert found.said == "check_frequency is 300"
    assert found.rule_where.file == "desired/policies/baseline.yaml"


def test_the_baseline_of_this_repository_is_the_one_that_init_writes() -> None:
    assert (ROOT / "desired" / PATH).read_text(encoding="utf-8") == baseline(discover().kinds)
