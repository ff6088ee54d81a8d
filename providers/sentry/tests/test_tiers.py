"""Alert tiers: what they stand for, and what they say about what Sentry cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import discover
from reconciler.errors import InputError
from reconciler.load.project import Project, validate_project
from reconciler_sentry.models import Alert, AlertTier

SLACK = {"integration": "slack/AI Gurus", "channel": "#alerts-prod"}
ENVIRONMENT = """
environment: production
providers:
  sentry: {organization: ai-gurus, project: ai-gurus-lms}
  betterstack: {}
"""
ESCALATIONS = {"escalations": {"p0": {"steps": []}}, "heartbeats": {"digest": {"period": "1d", "grace": 0}}}


def loaded(folder: Path, **tiers: Any) -> Project:
    desired = folder / "desired"
    desired.mkdir()
    (desired / "environment.yaml").write_text(ENVIRONMENT)
    (desired / "tiers.yaml").write_text(yaml.safe_dump({"alert_tiers": tiers, **ESCALATIONS}))
    return validate_project(desired, discover())


def tier(**fields: Any) -> dict[str, Any]:
    return {"severity": "P0", "delivery": "immediate", "channels": ["slack"], "slack": SLACK, **fields}


@pytest.mark.trap("sentry", "15: a tier is one workflow on the error detector, with the tag severity as its filter")
def test_a_tier_stands_for_an_alert(tmp_path: Path) -> None:
    project = loaded(tmp_path, p1=tier(severity="P1", delivery="hourly", channels=["slack", "email"]))
    [alert] = [r for r in project.resources if r.address.collection == "alerts"]
    assert str(alert.address) == "alerts/p1"
    assert alert.spec["project_monitors"] == ("error",)
    assert alert.spec["environment"] == "production"
    assert alert.spec["config"] == {"frequency": 60}
    triggers: Any = alert.spec["triggers"]
    assert [t["type"] for t in triggers["conditions"]] == ["first_seen_event", "reappeared_event", "regression_event"]
    blocks: Any = alert.spec["actionFilters"]
    [block] = blocks
    compared = {"key": "severity", "match": "eq", "value": "P1"}
    assert block["conditions"] == ({"type": "tagged_event", "comparison": compared},)
    assert [a["type"] for a in block["actions"]] == ["slack", "email"]
    assert block["actions"][1]["to"] == "issue_owners"


@pytest.mark.trap("sentry", "15: there is no delayed send: a delivery is a frequency, and is sent at once")
@pytest.mark.parametrize(
    ("delivery", "minutes"), [("immediate", 5), ("hourly", 60), ("daily_digest", 1440)], ids=["p0", "p1", "p2"]
)
def test_a_delivery_is_a_frequency_unless_one_is_written(delivery: str, minutes: int) -> None:
    digest = {"digest_by": None} if delivery == "daily_digest" else {}
    [made] = AlertTier.model_validate(tier(delivery=delivery, **digest)).unfold("p")
    assert made.fields["config"] == {"frequency": minutes}
    [made] = AlertTier.model_validate(tier(delivery=delivery, frequency="3h", **digest)).unfold("p")
    assert made.fields["config"] == {"frequency": 180}
    assert Alert.model_validate(made.fields).expand().spec["name"] == "P0 p"


@pytest.mark.trap("sentry", "15: Sentry sends no text messages and no daily digest: a tier names who does, or nobody")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"channels": ["slack", "sms"], "sms_by": "escalations/p0"}, "no text messages: escalations/p0 does"),
        ({"channels": ["slack", "sms"], "sms_by": None}, "no text messages: nothing that is declared does"),
        ({"delivery": "daily_digest", "digest_by": "heartbeats/digest"}, "no daily digest: heartbeats/digest does"),
        ({"delivery": "daily_digest", "digest_by": None}, "no daily digest: nothing that is declared does"),
        ({"delivery": "hourly"}, "no delivery deadline: it tells at once"),
    ],
    ids=["sms-by", "sms-by-nothing", "digest-by", "digest-by-nothing", "hourly"],
)
def test_the_plan_says_what_sentry_cannot_do_and_who_does(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    project = loaded(tmp_path, p0=tier(**fields))
    [alert] = [r for r in project.resources if r.address.collection == "alerts"]
    assert any(said in note for note in alert.notes), alert.notes
    assert alert.notes[0] == "written as alert_tiers/p0"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"channels": ["slack", "sms"]}, "Sentry sends no text messages: sms in channels needs sms_by"),
        ({"sms_by": None}, "without sms in channels there is none"),
        ({"delivery": "daily_digest"}, "Sentry sends no daily digest: write digest_by"),
        ({"channels": ["sms"], "sms_by": None, "slack": None}, "has to tell somebody"),
        ({"channels": ["email"]}, "go together"),
        ({"channels": ["slack"], "slack": None}, "go together"),
        ({"channels": ["slack", "sms"], "sms_by": "escalations/p9"}, "escalations/p9 is not among escalations"),
        ({"digest_by": None, "delivery": "daily_digest", "channels": []}, "channels"),
        ({"severity": "P4"}, "severity"),
    ],
    ids=[
        "sms-by-whom",
        "sms-by-for-nothing",
        "digest-by-whom",
        "nobody",
        "slack-unused",
        "slack-where",
        "no-such-policy",
        "no-channel",
        "no-such-severity",
    ],
)
def test_a_tier_that_cannot_be_delivered_is_refused(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        loaded(tmp_path, p0=tier(**fields))


def test_digest_by_is_for_digests_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="digest_by is only allowed when delivery is daily_digest"):
        loaded(tmp_path, p0=tier(digest_by="heartbeats/digest"))
