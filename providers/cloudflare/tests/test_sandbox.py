"""The simulator: what hurts in real life, what official clients need, and how it is served."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import ProviderSettings, SandboxRequest
from reconciler.sandbox import HandEdits, SimulatedApp, call
from reconciler.testing import FakeClock
from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.provider import Cloudflare
from reconciler_cloudflare.sandbox import CloudflareSandbox
from reconciler_cloudflare.sandbox.api import CloudflareApi
from reconciler_cloudflare.sandbox.edits import Dashboard
from reconciler_cloudflare.sandbox.store import Store

ACCOUNT = "0123456789abcdef0123456789abcdef"
QUEUE = "configuration/queues/0123456789abcdef"
CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}


def request(**more: Any) -> SandboxRequest:
    fields = {"account_id": ACCOUNT, "token": {"secret": "OTHER_TOKEN"}, "expect": {"account_id": ACCOUNT}}
    settings = CloudflareSettings.model_validate(fields)
    return SandboxRequest("cloudflare", settings, {"zones": ["aigurus.com"]}, **more)


async def test_the_sandbox_serves_the_account_and_the_zones_that_are_expected() -> None:
    async with Cloudflare.sandbox(request(seed=5)) as service:
        assert set(service.exports) == {"CLOUDFLARE_API_URL", "OTHER_TOKEN"}
        url, token = service.exports["CLOUDFLARE_API_URL"], service.exports["OTHER_TOKEN"]
        assert url.endswith("/client/v4")
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as client:
            assert (await client.get(f"/accounts/{ACCOUNT}/r2/buckets")).json()["result"] == {"buckets": []}
            assert (await client.get("/zones")).json()["result"][0]["name"] == "aigurus.com"
            assert (await client.get(f"/accounts/{ACCOUNT}")).json()["result"]["id"] == ACCOUNT
            assert (await client.get("/user/tokens/verify")).json()["result"]["status"] == "active"
            assert (await client.get("/nothing/here")).json()["errors"] == [
                {"code": 7000, "message": "No route for that URI"}
            ]
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(base_url=url) as client:
            await client.get("/zones")


def test_a_seed_gives_the_same_token() -> None:
    tokens = [CloudflareSandbox(request(seed=seed)).api.token for seed in (1, 1, 2)]
    assert tokens[0] == tokens[1] != tokens[2]


async def test_settings_of_another_provider_are_refused() -> None:
    with pytest.raises(TypeError, match="not settings of Cloudflare"):
        CloudflareSandbox(SandboxRequest("x", ProviderSettings()))


async def test_state_shows_everything_and_reset_starts_again(account: Any) -> None:
    await account.public()
    app = SimulatedApp(account.api_of)
    state = (await call(app, "GET", "/_sandbox/state")).json()
    (bucket,) = state["buckets"]
    assert (bucket["name"], [d["domain"] for d in bucket["domains"]]) == ("public", ["cdn.aigurus.com"])
    assert [zone["name"] for zone in state["zones"]] == ["aigurus.com"]
    await call(app, "POST", "/_sandbox/reset")
    state = (await call(app, "GET", "/_sandbox/state")).json()
    assert (state["buckets"], len(state["zones"])) == ([], 1)


@pytest.mark.parametrize("only", [None, ["a*"]], ids=["all", "only-some"])
@pytest.mark.parametrize("names", [(), ("a1", "a22", "b1x")], ids=["empty", "three"])
async def test_a_plan_with_nothing_to_do_makes_exactly_the_expected_calls(desk: Any, names: Any, only: Any) -> None:
    if only:
        desk.site.harness.settings = {**desk.site.harness.settings, "only_buckets": only}
    fields = {"access": "public-cdn", "custom_domains": [CDN]}
    desk.want(**{"a-public": fields, "a-private": {"access": "private"}})
    await desk.applied()
    for name in names:
        desk.store.create(name, "default", None, "Standard")
    settings = CloudflareSettings.model_validate(desk.site.harness.settings)
    sandbox = CloudflareSandbox(SandboxRequest("cloudflare", settings, {"zones": ["aigurus.com"]}))
    sandbox.store = desk.store
    expected = sandbox.expected_reads(["buckets"])
    plan = await desk.plan()
    assert plan.changes == ()
    assert plan.providers["cloudflare"].requests == sum(expected.values())
    assert sandbox.expected_reads([]) == {"whoami (one bucket)": 1}


async def test_hand_edits_show_in_the_next_report(desk: Any) -> None:
    cors = [{"allowed": {"methods": ["GET"], "origins": ["https://learn.aigurus.com"]}}]
    desk.want(public={"access": "public-cdn", "custom_domains": [CDN], "cors": cors}, private={"access": "private"})
    wanted = [r for r in desk.site.load().resources if r.address.collection == "buckets"]
    edits = Dashboard(SimulatedApp(desk.api), desk.store, desk.api.token).edits(wanted)
    assert [(e.mentions, e.stays) for e in edits] == [
        (("buckets/private", "access"), False),
        (("buckets/public", "cors"), False),
        (("tmp-share",), True),
    ]
    with pytest.raises(LookupError, match="apply first"):
        await edits[0].perform()
    await desk.applied()
    for edit in edits:
        await edit.perform()
    plan = await desk.plan(coverage=True)
    assert {(str(d.address), f.path[0]) for d in plan.drift for f in d.fields} == {
        ("buckets/private", "access"),
        ("buckets/public", "cors"),
    }
    assert [(row.title, bool(row.alarm)) for row in plan.unmanaged] == [("tmp-share", True)]
    await desk.applied()


async def test_the_served_sandbox_offers_its_edits() -> None:
    sandbox = CloudflareSandbox(request())
    assert isinstance(sandbox, HandEdits)
    assert [edit.stays for edit in sandbox.hand_edits([])] == [True]


@pytest.mark.trap("cloudflare", "1: a failure has an envelope with a code, and the result is null")
@pytest.mark.parametrize(
    ("method", "part", "body", "status", "code"),
    [
        pytest.param("POST", "", {"name": "UPPER"}, 400, 10005, id="name"),
        pytest.param("POST", "", {"name": "data"}, 409, 10073, id="twice"),
        pytest.param("POST", "", {"name": "other", "color": "red"}, 400, 10040, id="unknown-property"),
        pytest.param("GET", "/nothing", None, 404, 10006, id="no-bucket"),
        pytest.param("GET", "/data/cors", None, 404, 10059, id="no-cors"),
        pytest.param("DELETE", "/data/cors", None, 404, 10059, id="no-cors-to-clear"),
        pytest.param("PUT", "/data/cors", {"rules": []}, 400, 10040, id="empty-cors"),
        pytest.param("PATCH", "/data", None, 400, 10040, id="patch-without-header"),
        pytest.param("PUT", "/data/domains/managed", {}, 400, 10040, id="flag-missing"),
        pytest.param("POST", "/data/domains/custom", {"domain": "a.b"}, 400, 10040, id="domain-without-zone"),
        pytest.param("PUT", "/data/lifecycle", {"rules": [{"id": "a"}]}, 400, 10040, id="rule-without-parts"),
        pytest.param("DELETE", "/data/lifecycle", None, 405, 10405, id="no-delete-of-lifecycle"),
        pytest.param("GET", "?per_page=1001", None, 400, 10040, id="page-too-large"),
        pytest.param("GET", "?cursor=zzz", None, 400, 10040, id="bad-cursor"),
    ],
)
async def test_what_the_vendor_refuses_is_refused(
    account: Any, method: str, part: str, body: Any, status: int, code: int
) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    path = f"/accounts/{account.store.account}/r2/buckets{part}"
    answer = await account.api(method, path, body, status)
    assert (answer["success"], answer["result"]) == (False, None)
    assert answer["errors"][0]["code"] == code


async def test_a_listing_is_filtered_and_sorted(account: Any) -> None:
    for name in ("alpha", "beta", "gamma"):
        await account.dashboard("POST", "", {"name": name})

    async def names(query: str) -> list[str]:
        return [bucket["name"] for bucket in (await account.dashboard("GET", query))["buckets"]]

    assert await names("?direction=desc") == ["gamma", "beta", "alpha"]
    assert await names("?name_contains=et") == ["beta"]
    assert await names("?start_after=alpha") == ["beta", "gamma"]
    assert await names("?start_after=beta&direction=desc") == ["alpha"]


async def test_a_request_without_a_token_is_told_what_is_missing(account: Any) -> None:
    answer = await call(SimulatedApp(account.api_of), "GET", "/client/v4/zones")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 9106)


@pytest.mark.trap("cloudflare", "8: PUT of event notifications adds, and an overlap is refused")
async def test_notification_rules_add_up(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    path = f"/accounts/{account.store.account}/event_notifications/r2/data/{QUEUE}"
    rules = [{"actions": ["PutObject"], "prefix": "a/"}]
    await account.api("PUT", path, {"rules": rules})
    await account.api("PUT", path, {"rules": [{"actions": ["PutObject"], "prefix": "b/"}]})
    assert len((await account.api("GET", path))["result"]["rules"]) == 2
    await account.api("PUT", path, {"rules": [{"actions": ["PutObject"], "prefix": "", "suffix": ""}]}, 409)


@pytest.mark.trap("cloudflare", "8: DELETE of event notifications without a body removes every rule")
async def test_notification_rules_are_removed_by_id_or_all_at_once(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    path = f"/accounts/{account.store.account}/event_notifications/r2/data/{QUEUE}"
    rules = [{"actions": ["PutObject"], "prefix": p} for p in ("a/", "b/", "c/")]
    await account.api("PUT", path, {"rules": rules})
    first = (await account.api("GET", path))["result"]["rules"][0]["ruleId"]
    await account.api("DELETE", path, {"ruleIds": [first]})
    assert [r["prefix"] for r in (await account.api("GET", path))["result"]["rules"]] == ["b/", "c/"]
    await account.api("DELETE", path)
    await account.api("GET", path, status=404)


@pytest.mark.trap("cloudflare", "9: secrets of an incremental migration never come back")
async def test_migration_settings_come_back_without_their_secrets(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    source = {"provider": "gcs", "bucket": "old", "clientEmail": "a@b", "privateKey": "canary-key"}
    await account.dashboard("PUT", "/data/sippy", {"source": source, "destination": {"provider": "r2"}})
    shown = await account.dashboard("GET", "/data/sippy")
    assert shown["source"] == {"provider": "gcs", "bucket": "old"}
    assert await account.dashboard("DELETE", "/data/sippy") == {"enabled": False}


@pytest.mark.trap("cloudflare", "10: temporary credentials leave nothing behind to reconcile")
async def test_temporary_credentials_are_no_state(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data"})
    before = account.store.state()
    body = {"bucket": "data", "parentAccessKeyId": "1", "permission": "object-read-only", "ttlSeconds": 60}
    await account.api("POST", f"/accounts/{account.store.account}/r2/temp-access-credentials", body)
    assert account.store.state() == before


async def test_the_window_of_the_rate_opens_again(account: Any) -> None:
    account.store.rate.taken = 1200
    await account.api("GET", "/zones", status=429)
    account.clock.advance(301)
    await account.api("GET", "/zones")


@pytest.mark.parametrize("trouble", ["unauthorized", "limited", "down", "broken"])
def test_every_trouble_is_worded_in_an_envelope(trouble: Any) -> None:
    answer = CloudflareApi(Store(ACCOUNT, FakeClock().now), "t").refusal(trouble, 3)
    assert b'"success":false' in answer.body
    assert answer.status_code >= 400
