"""Sentry under the engine: adoption, names that are not unique, missing names, and what did not take."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.model import Adopt, Record, Update
from reconciler.testing import FakeClock, Harness, Sample
from reconciler.testing.site import Site
from reconciler_sentry.models import SentrySettings
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.births import DEFAULT_ALERT
from reconciler_sentry.sandbox.store import Store

NEEDS = {"integrations": ["slack/AI Gurus"], "actors": ["team:lms"], "teams": ["lms"]}
TOKEN = "sntrys_sandbox-0123456789abcdef"
SPIKE = {
    "config": {"detectionType": "static"},
    "dataSources": [{"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "timeWindow": "1h"}],
    "conditionGroup": {
        "conditions": [
            {"type": "gt", "comparison": 10, "conditionResult": 75},
            {"type": "lte", "comparison": 5, "conditionResult": 0},
        ]
    },
}
OPEN = {"lifecycle": {"adopt": True}}


@dataclass
class Place:
    """A site over an organisation."""

    site: Site
    store: Store
    harness: Harness
    app: SentryApp

    def desire(self, **by_address: Any) -> None:
        self.site.desire([Sample(address.replace("__", "/"), fields) for address, fields in by_address.items()])


@pytest.fixture
async def place(on_simulator: Any, tmp_path: Path) -> AsyncIterator[Place]:
    clock = FakeClock()
    store = new_store(now=clock.now, needs=NEEDS)
    app = SentryApp(store, TOKEN)
    harness = on_simulator(app, clock)
    yield Place(Site(harness, tmp_path), store, harness, app)
    await harness.close()


def alert(**more: Any) -> dict[str, Any]:
    return {"project_monitors": ["error"], "config": {"frequency": 60}, **more}


def slack(name: str) -> dict[str, Any]:
    action = {"type": "slack", "integration": name, "config": {"targetDisplay": "#alerts-prod"}}
    return alert(actionFilters=[{"logicType": "all", "actions": [action]}])


@pytest.mark.trap("sentry", "0: migrated rules are adopted by their id, never doubled by a look-alike")
async def test_a_migrated_alert_is_adopted_by_id_with_its_diff(place: Place) -> None:
    [migrated] = place.store.all("workflows")
    place.desire(alerts__ours=alert(name="Ours", lifecycle={"id": migrated["id"], "adopt": True}))
    [change] = (await place.site.plan()).changes
    assert isinstance(change, Adopt)
    assert {str(f.path[0]): f.after for f in change.fields} == {"name": "Ours", "config": 60}
    assert any("kept as it is" in note and "new_high_priority_issue" in note for note in change.notes)
    outcome = await place.site.apply()
    assert [r.status for r in outcome.results] == ["done"]
    assert outcome.not_converged == ()
    [after] = place.store.all("workflows")
    assert (after["id"], after["name"], after["config"]) == (migrated["id"], "Ours", {"frequency": 60})
    kinds = [t["type"] for t in after["triggers"]["conditions"]]
    assert kinds == ["new_high_priority_issue", "existing_high_priority_issue"]
    assert (await place.site.plan()).changes == ()


async def test_an_alert_of_the_same_name_is_held_with_its_diff(place: Place) -> None:
    place.desire(alerts__a=alert(name=DEFAULT_ALERT))
    [change] = (await place.site.plan()).changes
    assert isinstance(change, Adopt)
    assert [hold.gate for hold in change.held] == ["adopt"]
    await place.site.apply()
    assert len(place.store.all("workflows")) == 1


@pytest.mark.trap("sentry", "3, 7, 8: names of keys, monitors and alerts are not unique: two are for a person")
@pytest.mark.parametrize("collection", ["client_keys", "alerts", "metric_monitors"])
async def test_two_objects_of_one_name_are_an_error_that_names_both(place: Place, collection: str) -> None:
    kind = {"client_keys": "keys", "alerts": "workflows", "metric_monitors": "detectors"}[collection]
    first = place.store.all(kind)[0]
    if kind == "detectors":
        first["type"] = "metric_issue"
    twin = place.store.add(kind, {**first, "id": "9"}, live_id="9")
    fields = {"name": first["name"], **{"client_keys": {}, "alerts": alert(), "metric_monitors": SPIKE}[collection]}
    place.desire(**{f"{collection}__x": fields})
    plan = await place.site.plan()
    assert plan.changes == ()
    told = " ".join([*(str(d) for d in plan.drift), *(f"{u.subject} {u.reason}" for u in plan.unknown)])
    assert first["id"] in told
    assert twin["id"] in told


@pytest.mark.trap("sentry", "6: a missing integration is held, and says how to connect it")
async def test_what_names_a_missing_integration_waits(place: Place) -> None:
    place.desire(alerts__a=slack("slack/Elsewhere"), alerts__b=slack("slack/AI Gurus"))
    held = {str(c.address): c.held for c in (await place.site.plan()).changes}
    [hold] = held["alerts/a"]
    assert held["alerts/b"] == ()
    assert "slack/Elsewhere" in hold.reason
    assert "install it in the browser" in f"{hold.reason} {hold.next}"
    await place.site.apply()
    assert {w["name"] for w in place.store.all("workflows")} == {DEFAULT_ALERT, "b"}


@pytest.mark.trap("sentry", "1: a field that did not take is found by reading it back")
async def test_what_sentry_ignored_is_not_converged(place: Place) -> None:
    place.store.required.add("dataScrubber")
    place.desire(sentry_project__x={"slug": "ai-gurus-lms", "dataScrubber": False, **OPEN})
    outcome = await place.site.apply()
    [left] = outcome.not_converged
    assert [str(f.path[0]) for f in left.fields] == ["dataScrubber"]


@pytest.mark.trap("sentry", "bad days: what a challenge hides is unknown, no drift, and nothing is written")
@pytest.mark.trap("sentry", "0: what a retired endpoint hides is unknown, and nothing is made anew")
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(
            401, {"detail": {"code": "sudo-required", "message": "", "extra": {}}}, "only a person", id="sudo"
        ),
        pytest.param(410, {"detail": "This API no longer exists."}, "retired this endpoint", id="retired"),
    ],
)
async def test_what_cannot_be_listed_is_unknown_and_nothing_is_done(
    place: Place, status: int, body: Any, said: str
) -> None:
    place.desire(alerts__a=alert(), client_keys__k={})
    await place.site.apply()
    place.store.all("keys")[-1]["isActive"] = False
    before, sent = copy.deepcopy(place.store.all("workflows")), len(place.harness.rim.sent)
    inner = place.harness.rim.inner.handle_async_request

    async def hiding(request: httpx.Request) -> Any:
        if "/workflows/" in request.url.path:
            return httpx.Response(status, json=body, request=request)
        return await inner(request)

    place.harness.rim.inner.handle_async_request = hiding
    place.desire(alerts__a=alert(enabled=False), client_keys__k={"isActive": True})
    plan = await place.site.plan()
    assert [str(c.address) for c in plan.changes] == ["client_keys/k"], "what can be read is planned all the same"
    assert "alerts/a" not in {str(d.address) for d in plan.drift}
    assert any(said in u.reason for u in plan.unknown)
    await place.site.apply()
    assert place.store.all("workflows") == before
    assert not [s for s in place.harness.rim.sent[sent:] if "/workflows/" in s.path and s.method != "GET"]


@pytest.mark.trap("sentry", "6: an action whose targetIdentifier stayed empty is broken until somebody acts")
async def test_a_channel_without_an_id_is_pending_in_every_plan(place: Place) -> None:
    place.store.silent_channels.add("alerts-prod")
    place.desire(alerts__a=slack("slack/AI Gurus"))
    await place.site.apply()
    plan = await place.site.plan()
    assert plan.changes == ()
    assert any("nothing is sent there" in str(p) for p in plan.pending)


@pytest.mark.trap("sentry", "2: the project holds data: it is never deleted without an approval")
async def test_the_project_is_never_deleted_by_leaving_it_out(place: Place) -> None:
    place.desire(sentry_project__x={"slug": "ai-gurus-lms", "resolveAge": 24, **OPEN})
    await place.site.apply()
    place.desire()
    [change] = (await place.site.plan()).changes
    assert change.action == "delete"
    assert "hold data" in " ".join(h.reason for h in change.held)
    assert "every event" in change.danger
    await place.site.apply()
    assert place.store.by_slug("projects", "ai-gurus-lms")


async def test_relay_config_in_another_spelling_is_no_drift(place: Place) -> None:
    place.desire(sentry_project__x={"slug": "ai-gurus-lms", "relayPiiConfig": '{"a": 1, "b": 2}', **OPEN})
    await place.site.apply()
    kept = place.store.by_slug("projects", "ai-gurus-lms")
    assert kept
    kept["settings"]["relayPiiConfig"] = '{ "b":2,  "a":1 }'
    assert (await place.site.plan()).changes == ()
    kept["settings"]["relayPiiConfig"] = '{"a": 1}'
    [change] = (await place.site.plan()).changes
    assert isinstance(change, Update)
    assert change.corrects_drift


async def test_what_is_already_so_is_only_recorded(place: Place) -> None:
    place.desire(client_keys__default={"name": "Default", "isActive": True})
    [change] = (await place.site.plan()).changes
    assert isinstance(change, Record)


async def test_a_project_of_another_slug_stops_before_anything_is_read(place: Place) -> None:
    place.harness.settings = {**place.harness.settings, "expect": {"project": "another"}}
    place.desire(client_keys__k={})
    plan = await place.site.plan()
    assert plan.changes == ()
    [status] = plan.providers.values()
    assert status.status == "skipped"
    assert "another" in status.reason


@pytest.mark.trap("sentry", "14: a project comes before what is in it, monitors before the alerts that listen to them")
@pytest.mark.trap("sentry", "8: ids, dates and creators that a read adds are no differences")
async def test_a_whole_project_is_made_in_one_apply(on_simulator: Any, tmp_path: Path) -> None:
    clock = FakeClock()
    store = new_store(project=None, now=clock.now, needs=NEEDS)
    site = Site(on_simulator(SentryApp(store, TOKEN), clock), tmp_path)
    samples = [
        Sample("sentry_project/lms", {"slug": "ai-gurus-lms", "teams": ["lms"]}),
        Sample("client_keys/lms", {"project": "lms"}),
        Sample("metric_monitors/spike", {**SPIKE, "project": "lms"}),
        Sample("alerts/spike", {**alert(), "metric_monitors": ["spike"]}),
        Sample("dashboards/errors", {"projects": ["lms"]}),
    ]
    site.desire(samples)
    outcome = await site.apply()
    assert {str(r.address): r.status for r in outcome.results} == {s.address: "done" for s in samples}
    assert outcome.not_converged == ()
    assert (await site.plan()).changes == ()
    assert [w["name"] for w in store.all("workflows")] == ["spike"], "no alert that nobody asked for"


@pytest.mark.trap("sentry", "14: deletions go the other way round: an alert before what it listens to")
async def test_an_alert_goes_before_its_monitor(place: Place) -> None:
    place.desire(metric_monitors__m=SPIKE, alerts__a={"metric_monitors": ["m"], "config": {"frequency": 5}})
    await place.site.apply()
    place.desire()
    outcome = await place.site.apply()
    assert [r.status for r in outcome.results] == ["done", "done"], outcome.results
    gone = [s.path.split("/")[5] for s in place.harness.rim.sent if s.method == "DELETE"]
    assert gone == ["workflows", "detectors"]
    assert {d["type"] for d in place.store.all("detectors")} == {"error", "issue_stream"}


@pytest.mark.trap("sentry", "8: e-mail goes to members and teams, never to a free address")
async def test_an_address_of_no_member_is_held(place: Place) -> None:
    mail = {"logicType": "all", "actions": [{"type": "email", "to": "user:stranger@example.com"}]}
    place.desire(alerts__a=alert(actionFilters=[mail]))
    [change] = (await place.site.plan()).changes
    [hold] = change.held
    assert "stranger@example.com" in hold.reason
    assert "member of the organisation" in f"{hold.reason} {hold.next}"


async def test_a_plan_needs_no_right_to_write(place: Place) -> None:
    place.store.scopes = set(SentrySettings.rights_to_plan)
    place.desire(alerts__a=slack("slack/AI Gurus"), client_keys__k={}, dashboards__d={})
    plan = await place.site.plan()
    assert {c.action for c in plan.changes} == {"create"}
    assert plan.providers["sentry"].status == "ok"
    outcome = await place.site.apply()
    told = " ".join(r.fix for r in outcome.results)
    assert "alerts:write" in told
    assert "project:write" in told
