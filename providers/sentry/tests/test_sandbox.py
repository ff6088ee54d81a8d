"""The simulator served, what it counts and edits, and what it holds for official clients."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import ProviderError, SandboxRequest
from reconciler.sandbox import Troubled
from reconciler.testing import Sample
from reconciler.testing.site import Site
from reconciler_sentry.models import SentrySettings
from reconciler_sentry.provider import Sentry
from reconciler_sentry.sandbox.edits import Browser
from reconciler_sentry.sandbox.reads import expected_reads

COLLECTIONS = ("sentry_project", "client_keys", "metric_monitors", "alerts", "dashboards")


def request_for(**more: Any) -> SandboxRequest:
    settings = {
        "organization": "acme",
        "project": "shop",
        "region": "de",
        "token": {"secret": "OTHER_TOKEN"},
        "expect": {"organization": "acme", "project": "shop"},
    }
    return SandboxRequest("sentry", SentrySettings.model_validate(settings), {"actors": ["team:web"]}, **more)


async def test_the_sandbox_serves_on_loopback_what_is_expected_and_needed() -> None:
    async with Sentry.sandbox(request_for(seed=5)) as service:
        assert set(service.exports) == {"SENTRY_API_URL", "OTHER_TOKEN"}
        url, token = service.exports["SENTRY_API_URL"], service.exports["OTHER_TOKEN"]
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api/0"), "it overrides the whole base URL, its path included"
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
            project = (await client.get("/projects/acme/shop/")).json()
            assert project["organization"]["slug"] == "acme"
            teams = (await client.get("/organizations/acme/teams/")).json()
            assert [team["slug"] for team in teams] == ["everybody", "web"]
            [key] = (await client.get("/projects/acme/shop/keys/")).json()
            assert ".ingest.de.sentry.io/" in key["dsn"]["public"]
            by_id = await client.get(f"/projects/4507/{project['id']}/")
            assert by_id.json()["slug"] == "shop", "ids do where slugs do"


async def test_a_seed_gives_the_same_token() -> None:
    tokens = []
    for seed in (1, 1, 2):
        async with Sentry.sandbox(request_for(seed=seed)) as service:
            tokens.append(service.exports["OTHER_TOKEN"])
    assert tokens[0] == tokens[1] != tokens[2]


async def test_hand_edits_change_what_was_applied_and_name_it(account: Any) -> None:
    project = account.resource("sentry_project", "ai-gurus-lms", {"allowedDomains": ["a.example"]})
    alert = account.resource(
        "alerts", "loud", {"enabled": True, "config": {"frequency": 5}, "project_monitors": ["error"]}
    )
    edits = Browser(account.app, account.store, account.app.token).edits([project, alert])
    assert [e.mentions for e in edits] == [
        ("alerts/loud", "enabled"),
        ("sentry_project/ai-gurus-lms", "allowedDomains"),
    ]
    with pytest.raises(LookupError, match="apply first"):
        await edits[0].perform()
    await account.provider.create(alert)
    for edit in edits:
        await edit.perform()
    live = (await account.listed("alerts"))["loud"]
    assert live.values["enabled"] is False
    assert live.values["project_monitors"] == ("error",), "what the edit left out stayed"
    assert (await account.listed("sentry_project"))["ai-gurus-lms"].values["allowedDomains"] == ("*",)


@pytest.mark.parametrize("page_size", [100, 2], ids=["documented-pages", "small-pages"])
async def test_a_plan_with_nothing_to_do_makes_exactly_the_expected_calls(
    account: Any, tmp_path: Path, page_size: int
) -> None:
    site = Site(account.harness, tmp_path)
    slack = {"type": "slack", "integration": "slack/AI Gurus", "config": {"targetDisplay": "x"}}
    mail = {"type": "email", "to": "team:lms"}
    block = {"logicType": "all", "actions": [slack, mail]}
    alert = {"project_monitors": ["error"], "config": {"frequency": 5}, "actionFilters": [block]}
    project = {"slug": "ai-gurus-lms", "teams": ["lms"], "lifecycle": {"adopt": True}}
    samples = [Sample("sentry_project/p", project), Sample("alerts/a", alert)]
    samples += [Sample(f"client_keys/k{n}", {}) for n in range(4)] + [Sample("client_keys/k", {"name": "Default"})]
    samples += [Sample(f"dashboards/d{n}", {}) for n in range(3)]
    site.desire(samples)
    await site.apply()
    account.store.page_size = page_size
    # The harness has every kind, so all are read whether something is desired of them or not.
    plan = await site.plan()
    assert plan.changes == ()
    expected = expected_reads(account.store, "ai-gurus-lms", COLLECTIONS)
    assert plan.providers["sentry"].requests == sum(expected.values()), expected


async def test_a_provider_gets_through_a_bad_day_without_doubles(account: Any) -> None:
    wanted = {"config": {"frequency": 5}, "project_monitors": ["error"]}
    for seed in range(4):
        account.store.reset()
        troubled = Troubled(account.app, account.app.api.refusal, seed=seed)
        provider = await account.connect(transport=httpx.ASGITransport(troubled))
        names = {f"a{number}" for number in range(5)}
        for _ in range(20):
            with suppress(ProviderError):
                there = {live.title async for live in provider.list("alerts")}
                for name in sorted(names - there):
                    await provider.create(account.sending("alerts", name, wanted))
        found = [w["name"] for w in account.store.all("workflows")]
        assert sorted(n for n in found if n in names) == sorted(names)


@pytest.mark.trap("sentry", "1: a misspelt field makes a workflow that is joined to nothing, without a word")
async def test_unknown_fields_are_ignored_and_a_misspelt_one_joins_nothing(account: Any) -> None:
    body = {"name": "Silent", "config": {"frequency": 5}, "monitor_ids": ["1"], "somethingNew": True}
    made = await account.api("POST", "/organizations/ai-gurus/workflows/", body, 201)
    assert made["detectorIds"] == []
    snake = {"name": "Spelt otherwise", "config": {"frequency": 5}, "detector_ids": []}
    assert (await account.api("POST", "/organizations/ai-gurus/workflows/", snake, 201))["detectorIds"] == []


@pytest.mark.trap("sentry", "8: ids of filters that are not of this workflow are refused")
async def test_a_workflow_refuses_ids_of_others(account: Any) -> None:
    path = "/organizations/ai-gurus/workflows/"
    made = await account.api("POST", path, {"name": "W", "config": {"frequency": 5}}, 201)
    for body in (
        {"actionFilters": [{"id": "1", "logicType": "all", "conditions": [], "actions": []}]},
        {"triggers": {"logicType": "any-short", "conditions": [{"type": "event_frequency_count", "comparison": True}]}},
        {"detectorIds": ["1"]},
        {"owner": "team:1"},
    ):
        await account.api("PUT", f"{path}{made['id']}/", {"name": "W", **body}, 400)


@pytest.mark.trap("sentry", "8: a bulk delete without ids deletes all there is")
async def test_bulk_calls_act_on_all_that_a_query_finds(account: Any) -> None:
    path = "/organizations/ai-gurus/workflows/"
    for name in ("one", "two"):
        await account.api("POST", path, {"name": name, "config": {"frequency": 5}}, 201)
    await account.api("PUT", f"{path}?query=name:one", {"enabled": False})
    assert account.kept("workflows", name="one")["enabled"] is False
    assert account.kept("workflows", name="two")["enabled"] is True
    await account.api("DELETE", path, status=204)
    account.clock.advance(5)
    assert account.store.all("workflows") == []


async def test_what_an_official_client_asks_for_around_the_kinds(account: Any) -> None:
    org, project = "/organizations/ai-gurus/", "/projects/ai-gurus/ai-gurus-lms/"
    assert (await account.api("GET", "/"))["version"] == "0"
    assert [o["slug"] for o in await account.api("GET", "/organizations/")] == ["ai-gurus"]
    made = await account.api("POST", f"{org}teams/", {"name": "New Team"}, 201)
    assert made["slug"] == "new-team"
    await account.api("POST", f"{org}teams/", {"slug": "new-team"}, 409)
    await account.api("POST", f"{org}teams/", {}, 400)
    await account.api("PUT", "/teams/ai-gurus/new-team/", {"name": "x"}, 400)
    assert (await account.api("PUT", "/teams/ai-gurus/new-team/", {"slug": "newer"}))["slug"] == "newer"
    await account.api("DELETE", "/teams/ai-gurus/newer/", status=204)
    release = {"version": "lms@1", "projects": ["ai-gurus-lms"]}
    await account.api("POST", f"{org}releases/", release, 201)
    await account.api("POST", f"{org}releases/", release, 208)
    owned = await account.api("PUT", f"{project}ownership/", {"raw": " ", "fallthrough": True}, 202)
    assert (owned["raw"], owned["fallthrough"]) == (None, True)
    await account.api("PUT", f"{project}ownership/", {"autoAssignment": "sometimes"}, 400)
    [slack] = await account.api("GET", f"{org}integrations/?providerKey=slack")
    assert (await account.api("GET", f"{org}integrations/{slack['id']}/"))["name"] == "AI Gurus"
    for path in (f"{org}workflows/1/", f"{org}detectors/1/", f"{org}dashboards/1/", f"{project}keys/1/"):
        await account.api("GET", path, status=404)
    await account.api("GET", "/organizations/elsewhere/", status=404)
