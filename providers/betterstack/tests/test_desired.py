"""What this repository desires of Better Stack is the production specification's. Skipped outside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler_betterstack.convert.kinds import KINDS

DESIRED = Path(__file__).resolve().parents[3] / "desired"


@pytest.fixture(scope="module")
def desired() -> dict[str, dict[str, Any]]:
    """Return the vendor fields of every desired object, by collection and handle."""
    if not (DESIRED / "monitors.yaml").is_file():
        pytest.skip("the repository's desired/ is not here")
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(DESIRED.glob("*.yaml")):
        for collection, objects in (yaml.safe_load(file.read_text()) or {}).items():
            if collection in KINDS:
                plain = {h: {k: v for k, v in o.items() if k != "lifecycle"} for h, o in objects.items()}
                model = KINDS[collection].model
                specs = {handle: model.model_validate(fields).expand().spec for handle, fields in plain.items()}
                found.setdefault(collection, {}).update(specs)
    return found


def test_four_pages_are_checked_every_180_seconds_from_three_places(desired: dict[str, dict[str, Any]]) -> None:
    monitors = desired["monitors"]
    assert {m["url"] for m in monitors.values()} == {
        "https://learn.aigurus.com/",
        "https://learn.aigurus.com/login",
        "https://learn.aigurus.com/api/health/db",
        "https://learn.aigurus.com/courses",
    }
    assert {m["check_frequency"] for m in monitors.values()} == {180}
    assert all(len(m["regions"]) >= 3 for m in monitors.values())
    assert len(monitors) <= 10, "the free plan has 10 monitors"


def test_two_failures_are_an_incident_and_a_certificate_warns_for_14_days(desired: dict[str, dict[str, Any]]) -> None:
    for monitor in desired["monitors"].values():
        assert monitor["confirmation_period"] == 180
        assert monitor["recovery_period"] == 0
        assert monitor["ssl_expiration"] == 14
        assert (monitor["policy"], monitor["expiration_policy"]) == ("p0", "warnings")


def test_the_policies_use_the_specified_channels(desired: dict[str, dict[str, Any]]) -> None:
    def channels(policy: str) -> set[str]:
        used = set()
        for step in desired["escalations"][policy]["steps"]:
            urgency = desired["urgencies"][step["urgency"]]
            used |= {flag for flag in ("call", "sms", "email") if urgency[flag]}
            used |= {m["type"] for m in step["step_members"] if m["type"] == "slack_integration"}
        return used

    assert channels("p0") == {"sms", "email", "slack_integration"}
    assert channels("p1") == {"email", "slack_integration"}
    assert channels("warnings") == {"email"}


def test_the_nightly_run_reports_and_the_status_page_is_public(desired: dict[str, dict[str, Any]]) -> None:
    nightly = desired["heartbeats"]["nightly-reconcile"]
    assert (nightly["period"], nightly["grace"]) == (86_400, 17_280)
    page = desired["status_pages"]["status"]
    assert (page["custom_domain"], page["published"], page["history"]) == ("status.aigurus.com", True, 365)
    shown = {row["resource"] for section in page["sections"] for row in section["resources"]}
    assert shown == {f"monitors/{handle}" for handle in desired["monitors"]}
