"""Alerts: workflows, their ids, what is kept as it is, and who cannot be reached."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconciler import Refused, Unavailable
from reconciler.testing import Account, FakeClock
from reconciler_sentry.models import Alert
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.births import DEFAULT_ALERT

WORKFLOWS = "/organizations/ai-gurus/workflows/"
TAGGED = {"type": "tagged_event", "comparison": {"key": "severity", "match": "eq", "value": "P0"}}
LEVEL = {"type": "level", "comparison": {"level": 50, "match": "gte"}}


async def fields_of(account: Any, **more: Any) -> dict[str, Any]:
    """Return an alert as it is sent: references are live ids."""
    slack = await account.named("integrations", "slack/AI Gurus")
    return {
        "name": "Critical",
        "project_monitors": ["error"],
        "triggers": {"conditions": [{"type": "first_seen_event"}]},
        "config": {"frequency": 5},
        "actionFilters": [
            {
                "logicType": "all",
                "conditions": [TAGGED, LEVEL],
                "actions": [
                    {"type": "slack", "integration": slack, "config": {"targetDisplay": "#alerts-prod"}},
                    {"type": "email", "to": "issue_owners"},
                ],
            }
        ],
        **more,
    }


def detector(account: Any, kind: str) -> str:
    return str(account.kept("detectors", type=kind)["id"])


@pytest.mark.trap("sentry", "8: the project's own monitors are found by type, and joined by their ids")
async def test_an_alert_listens_to_the_projects_own_monitors(account: Any) -> None:
    live = await account.create("alerts", "a", await fields_of(account, project_monitors=["error", "issue_stream"]))
    kept = account.kept("workflows", name="Critical")
    assert set(kept["detectorIds"]) == {detector(account, "error"), detector(account, "issue_stream")}
    assert live.values["project_monitors"] == ("error", "issue_stream")
    assert live.values["metric_monitors"] == ()


@pytest.mark.trap("sentry", "8: a PUT is a sync by id: filters and actions without one are made anew")
async def test_an_update_keeps_the_ids_of_what_stays(account: Any) -> None:
    fields = await fields_of(account)
    live = await account.create("alerts", "a", fields)
    before = copy.deepcopy(account.kept("workflows", name="Critical"))
    [block] = before["actionFilters"]
    changed = copy.deepcopy(fields)
    changed["triggers"]["conditions"] = [{"type": "regression_event"}, {"type": "first_seen_event"}]
    own = changed["actionFilters"][0]
    own["conditions"] = [LEVEL, {"type": "tagged_event", "comparison": {"key": "severity", "match": "is"}}]
    own["actions"] = [{"type": "email", "to": "issue_owners", "data": {"fallthroughType": "NoOne"}}, own["actions"][0]]
    other = {"logicType": "any", "conditions": [LEVEL], "actions": [{"type": "email", "to": "issue_owners"}]}
    changed["actionFilters"] = [other, own]
    await account.update(live, changed, ["triggers", "actionFilters"])
    after = account.kept("workflows", name="Critical")
    triggers = {t["type"]: t["id"] for t in after["triggers"]["conditions"]}
    assert triggers["first_seen_event"] == before["triggers"]["conditions"][0]["id"]
    assert after["triggers"]["id"] == before["triggers"]["id"]
    new, kept = after["actionFilters"]
    assert (kept["id"], new["id"] != block["id"]) == (block["id"], True)
    ids = {c["type"]: c["id"] for c in kept["conditions"]}
    assert ids == {c["type"]: c["id"] for c in block["conditions"]}
    assert {a["type"]: a["id"] for a in kept["actions"]} == {a["type"]: a["id"] for a in block["actions"]}


@pytest.mark.trap("sentry", "8: what a PUT leaves out at the top stays, so the whole is sent")
async def test_an_update_leaves_what_it_does_not_name(account: Any) -> None:
    live = await account.create("alerts", "a", await fields_of(account))
    before = copy.deepcopy(account.kept("workflows", name="Critical"))
    await account.update(live, {"config": {"frequency": 60}}, ["config"], handle="Critical")
    after = account.kept("workflows", name="Critical")
    assert after["config"] == {"frequency": 60}
    assert {k: after[k] for k in ("triggers", "actionFilters", "detectorIds", "environment")} == {
        k: before[k] for k in ("triggers", "actionFilters", "detectorIds", "environment")
    }
    [(_, body)] = account.requests("PUT")
    assert body["id"] == live.id


@pytest.mark.trap("sentry", "8: triggers of migrated rules are kept as they are; writing true for them is refused")
async def test_a_migrated_alert_keeps_triggers_that_nothing_here_can_write(account: Any) -> None:
    counted = {"type": "event_frequency_count", "comparison": {"value": 9, "interval": "1h"}, "conditionResult": True}
    error = detector(account, "error")
    body = {
        "name": "Migrated",
        "detectorIds": [error],
        "config": {"frequency": 30},
        "triggers": {"logicType": "any-short", "conditions": [counted]},
    }
    await account.api("POST", WORKFLOWS, body, 201)
    live = (await account.listed("alerts"))["Migrated"]
    assert live.values["triggers"]["conditions"] == ()
    fields = {
        "name": "Migrated",
        "config": {"frequency": 60},
        "triggers": {"conditions": [{"type": "first_seen_event"}]},
    }
    change = account.change(live, fields, ["config", "triggers"])
    assert "a trigger event_frequency_count" in " ".join(account.provider.preview(change).notes)
    await account.provider.update(change)
    kept = account.kept("workflows", name="Migrated")["triggers"]["conditions"]
    assert [t["type"] for t in kept] == ["first_seen_event", "event_frequency_count"]
    assert kept[1]["comparison"] == {"value": 9, "interval": "1h"}
    assert "event_frequency_count" in Alert.unimportable((await account.listed("alerts"))["Migrated"])


@pytest.mark.trap("sentry", "8: unknown types of conditions and actions are preserved verbatim")
async def test_actions_and_conditions_of_unknown_types_are_kept(account: Any) -> None:
    fields = await fields_of(account)
    live = await account.create("alerts", "a", fields)
    block = account.kept("workflows", name="Critical")["actionFilters"][0]
    block["conditions"].append({"id": "71", "type": "moon_phase", "comparison": {"phase": 3}, "conditionResult": True})
    block["actions"].append({"id": "72", "type": "carrier_pigeon", "integrationId": None, "config": {}, "data": {}})
    seen = (await account.listed("alerts"))["Critical"]
    assert seen.values["actionFilters"] == live.values["actionFilters"]
    fields["actionFilters"][0]["conditions"] = [TAGGED]
    await account.update(seen, fields, ["actionFilters"])
    block = account.kept("workflows", name="Critical")["actionFilters"][0]
    assert [c["type"] for c in block["conditions"]] == ["tagged_event", "moon_phase"]
    assert [a["type"] for a in block["actions"]] == ["slack", "email", "carrier_pigeon"]


@pytest.mark.parametrize("managed", [True, False], ids=["managed", "not-managed"])
@pytest.mark.trap("sentry", "8: a PUT replaces what it names, so members that are not ours go along with what stays")
async def test_members_that_no_model_knows_stay_where_nothing_changes(account: Any, managed: bool) -> None:
    fields = await fields_of(account)
    live = await account.create("alerts", "a", fields)
    block = account.kept("workflows", name="Critical")["actionFilters"][0]
    block["conditions"][0]["comparison"]["sampled"] = True
    block["actions"][0]["config"]["threadMode"] = "new"
    before = copy.deepcopy(account.kept("workflows", name="Critical")["actionFilters"])
    changed = {**fields, "config": {"frequency": 60}}
    await account.update(live, changed, ["config", "actionFilters"] if managed else ["config"])
    after = account.kept("workflows", name="Critical")["actionFilters"]
    assert after[0]["conditions"] == before[0]["conditions"]
    if not managed:
        assert after == before


@pytest.mark.trap("sentry", "8: actions that open tickets have fields of their own: they show, and are not imported")
async def test_a_ticket_that_somebody_added_shows_and_cannot_be_imported(account: Any) -> None:
    await account.create("alerts", "a", await fields_of(account))
    block = account.kept("workflows", name="Critical")["actionFilters"][0]
    block["actions"].append({"id": "72", "type": "jira", "integrationId": "5", "config": {}, "data": {"secret": "x"}})
    live = (await account.listed("alerts"))["Critical"]
    assert live.values["actionFilters"][0]["actions"][-1] == {"type": "jira", "integration": "5"}
    assert "an action jira" in Alert.unimportable(live)


@pytest.mark.trap("sentry", "8: every write checks every action, so a failing integration fails an unrelated change")
async def test_a_failing_integration_is_named(account: Any) -> None:
    live = await account.create("alerts", "a", await fields_of(account))
    account.kept("integrations", name="AI Gurus")["status"] = "disabled"
    with pytest.raises(Refused, match=r"slack integration .* is disabled"):
        await account.update(live, {"config": {"frequency": 60}}, ["config"], handle="Critical")
    assert account.kept("workflows", name="Critical")["config"] == {"frequency": 5}


@pytest.mark.trap("sentry", "6: Sentry looks the id of a channel up; where it stays empty the action is broken")
async def test_a_channel_that_sentry_cannot_find_is_pending(account: Any) -> None:
    account.store.silent_channels.add("alerts-prod")
    live = await account.create("alerts", "a", await fields_of(account))
    [pending] = live.pending
    assert "slack alerts-prod has no id at Sentry, so nothing is sent there" in pending
    account.store.silent_channels.clear()
    live = await account.update(live, {"config": {"frequency": 10}}, ["config"], handle="Critical")
    assert live.pending == ()


@pytest.mark.trap("sentry", "6: the id of a channel is safer than its name, and stays when only the name is written")
async def test_the_id_of_a_channel_survives_an_update(account: Any) -> None:
    fields = await fields_of(account)
    live = await account.create("alerts", "a", fields)
    found_id = account.kept("workflows", name="Critical")["actionFilters"][0]["actions"][0]["config"]
    assert found_id["targetIdentifier"].startswith("C")
    fields["actionFilters"][0]["conditions"] = [LEVEL]
    account.store.silent_channels.add("alerts-prod")
    await account.update(live, fields, ["actionFilters"])
    assert account.kept("workflows", name="Critical")["actionFilters"][0]["actions"][0]["config"] == found_id
    notes = account.provider.preview(account.creation("alerts", "a", fields)).notes
    assert "write its targetIdentifier" in notes[0]


@pytest.mark.trap("sentry", "6: names of channels are compared without a leading #")
@pytest.mark.parametrize("name", ["#alerts-prod", "alerts-prod"])
async def test_a_hash_before_a_channel_means_nothing(account: Any, name: str) -> None:
    fields = await fields_of(account)
    fields["actionFilters"][0]["actions"][0]["config"] = {"targetDisplay": name}
    live = await account.create("alerts", "a", fields)
    wanted = account.resource("alerts", "a", fields).spec["actionFilters"][0]["actions"][0]["config"]
    assert wanted == {"targetDisplay": "alerts-prod"}
    assert live.values["actionFilters"][0]["actions"][0]["config"]["targetDisplay"] == "alerts-prod"


@pytest.mark.trap("sentry", "4: actors are sent with their numeric id, and 8: owners are texts here")
async def test_teams_and_members_are_named_and_sent_by_id(account: Any) -> None:
    team, user = await account.named("actors", "team:lms"), await account.named("actors", "user:ops@example.com")
    fields = await fields_of(account, owner=team)
    fields["actionFilters"][0]["actions"] = [{"type": "email", "to": team}, {"type": "email", "to": user}]
    await account.create("alerts", "a", fields)
    kept = account.kept("workflows", name="Critical")
    assert kept["owner"] == team
    assert team.removeprefix("team:").isdecimal()
    targets = [a["config"] for a in kept["actionFilters"][0]["actions"]]
    assert [(t["targetType"], t["targetIdentifier"]) for t in targets] == [
        ("team", team.removeprefix("team:")),
        ("user", user.removeprefix("user:")),
    ]


@pytest.mark.trap("sentry", "8: owners of an issue may be nobody: fallthroughType says who then")
async def test_mail_to_owners_says_who_gets_it_when_there_are_none(account: Any) -> None:
    await account.create("alerts", "a", await fields_of(account))
    mail = account.kept("workflows", name="Critical")["actionFilters"][0]["actions"][1]
    assert mail["data"] == {"fallthroughType": "ActiveMembers"}
    assert mail["config"] == {"targetType": "issue_owners", "targetIdentifier": "", "targetDisplay": None}


@pytest.mark.trap("sentry", "14: the detectors of a new project appear a moment later")
async def test_an_alert_waits_for_the_monitors_of_a_new_project(on_simulator: Any) -> None:
    clock = FakeClock()
    store = new_store(project=None, now=clock.now, needs={"teams": ["lms"]})
    app = SentryApp(store, "sntrys_sandbox-0123456789abcdef")
    async with Account.open(on_simulator(app, clock), base_url="https://us.sentry.io/api/0", headers={}) as account:
        [team] = [item.id async for item in account.provider.externals("teams") if item.name == "lms"]
        await account.create("sentry_project", "ai-gurus-lms", {"teams": [team]})
        assert store.all("detectors") == []
        alert = {"config": {"frequency": 5}, "project_monitors": ["error"]}
        live = await account.create("alerts", "a", alert)
        assert live.values["project_monitors"] == ("error",)
        for gone in list(store.objects["detectors"]):
            del store.objects["detectors"][gone]
        fresh = await account.connect()
        with pytest.raises(Unavailable, match="no error monitor yet"):
            await fresh.create(account.sending("alerts", "b", alert))


@pytest.mark.trap("sentry", "2: default_rules makes an alert with every project, which is left alone")
async def test_the_alert_that_sentry_made_is_listed_and_left(account: Any) -> None:
    live = (await account.listed("alerts"))[DEFAULT_ALERT]
    assert live.values["project_monitors"] == ("error",)
    assert "new_high_priority_issue" in Alert.unimportable(live)


@pytest.mark.trap("sentry", "7: uptime and cron monitors are detectors too, and are managed elsewhere")
async def test_monitors_of_other_types_are_not_listed_and_stay_joined(account: Any) -> None:
    live = await account.create("alerts", "a", await fields_of(account))
    error = account.kept("detectors", type="error")
    other = {**error, "id": "77", "type": "uptime_domain_failure", "name": "Up"}
    uptime = account.store.add("detectors", other, live_id="77")
    assert await account.listed("metric_monitors") == {}
    kept = account.kept("workflows", name="Critical")
    kept["detectorIds"].append(uptime["id"])
    seen = (await account.listed("alerts"))["Critical"]
    assert seen.values["metric_monitors"] == ("77",), "shown, so that who manages the list sees it"
    fields = {"config": {"frequency": 60}, "project_monitors": ["issue_stream"]}
    await account.update(live, fields, ["project_monitors"], handle="Critical")
    kept = account.kept("workflows", name="Critical")
    assert sorted(kept["detectorIds"]) == sorted([detector(account, "issue_stream"), "77"])


@pytest.mark.trap("sentry", "13: settings of a person cannot be read or set: the plan says that they decide")
@pytest.mark.trap("sentry", "8: email means the channel that a member prefers, which may be none")
async def test_the_plan_says_what_email_means(account: Any) -> None:
    notes = account.provider.preview(account.creation("alerts", "a", await fields_of(account))).notes
    assert any("who turned e-mail off gets none" in note for note in notes)
