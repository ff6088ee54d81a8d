"""Alerts that are wrong before anything is sent: silent ones, and conditions that compare with something else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler_sentry.models import Alert


def found(account: Any, fields: dict[str, Any]) -> list[str]:
    resource = account.resource("alerts", "a", fields)
    return [message for _, _, message, _ in Alert.cross_check((resource,), account.harness.model_settings())]


@pytest.mark.trap("sentry", "8: an alert that listens to nothing never fires")
@pytest.mark.parametrize(
    ("fields", "silent"),
    [
        ({}, True),
        ({"project_monitors": []}, True),
        ({"metric_monitors": [], "project_monitors": []}, True),
        ({"metric_monitors": ["spike"]}, False),
        ({"project_monitors": ["error"]}, False),
    ],
    ids=["none", "empty", "both-empty", "metric", "own"],
)
def test_an_alert_that_listens_to_nothing_is_an_error(account: Any, fields: dict[str, Any], silent: bool) -> None:
    messages = found(account, {"config": {"frequency": 60}, **fields})
    assert [m for m in messages if "listens to no monitor" in m] == messages
    assert bool(messages) == silent


@pytest.mark.trap("sentry", "8: conditions compare with what their type asks for")
@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"type": "level"}, "compares with a mapping: level, match"),
        ({"type": "level", "comparison": {"level": 50}}, "level needs match"),
        ({"type": "level", "comparison": {"level": 50, "match": "gte", "key": "x"}}, "level has no key"),
        ({"type": "latest_release", "comparison": 3}, "compares with nothing"),
        ({"type": "issue_priority_greater_or_equal", "comparison": True}, "75 (high)"),
        ({"type": "issue_priority_greater_or_equal", "comparison": 60}, "75 (high)"),
        ({"type": "tagged_event", "comparison": {"key": "a", "match": "eq"}}, "has a value"),
        ({"type": "tagged_event", "comparison": {"key": "a", "match": "is", "value": "b"}}, "has a value"),
        ({"type": "tagged_event", "comparison": {"key": "a", "match": "is"}}, ""),
        ({"type": "event_frequency_count", "comparison": {"value": 5, "interval": "1h"}}, ""),
        ({"type": "latest_release"}, ""),
    ],
    ids=[
        "true",
        "missing",
        "strange",
        "number",
        "bool",
        "number-60",
        "no-value",
        "unary",
        "is-set",
        "count",
        "release",
    ],
)
def test_comparisons_are_checked(account: Any, condition: dict[str, Any], said: str) -> None:
    block = {"logicType": "all", "conditions": [condition], "actions": []}
    fields = {"project_monitors": ["error"], "config": {"frequency": 5}, "actionFilters": [block]}
    messages = found(account, fields)
    assert bool(messages) == bool(said), messages
    assert said in "".join(messages)


@pytest.mark.trap("sentry", "8: actions of type plugin are deprecated and cannot be made")
@pytest.mark.trap("sentry", "8: intervals are 1m and 1h, not 1min and 1hr; the frequency is a closed list of minutes")
@pytest.mark.parametrize(
    "wrong",
    [
        {"config": {"frequency": 3600}},
        {"config": {"frequency": "2h"}},
        {"config": {"frequency": 5}, "triggers": {"conditions": [{"type": "new_high_priority_issue"}]}},
        {
            "config": {"frequency": 5},
            "actionFilters": [
                {
                    "logicType": "all",
                    "conditions": [{"type": "event_frequency_count", "comparison": {"value": 1, "interval": "1hr"}}],
                }
            ],
        },
        {
            "config": {"frequency": 5},
            "actionFilters": [{"logicType": "all", "actions": [{"type": "slack", "config": {"targetDisplay": "x"}}]}],
        },
        {
            "config": {"frequency": 5},
            "actionFilters": [{"logicType": "all", "actions": [{"type": "plugin"}]}],
        },
    ],
    ids=[
        "the-documents-example",
        "two-hours",
        "migrated-trigger",
        "long-interval",
        "slack-without-integration",
        "retired-plugin",
    ],
)
def test_the_model_refuses_what_sentry_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Alert.model_validate(wrong)
