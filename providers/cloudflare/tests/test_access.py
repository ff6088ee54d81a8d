"""Who can read a bucket: r2.dev and custom domains, and the access they add up to."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler_cloudflare.sandbox.store import Domain

CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
PUBLIC = {"access": "public-cdn", "custom_domains": [CDN]}


@pytest.mark.trap("cloudflare", "2: there are no ACLs; access follows from r2.dev and custom domains")
@pytest.mark.parametrize(
    ("managed", "enabled", "access"),
    [
        pytest.param(False, None, "private", id="new"),
        pytest.param(False, False, "private", id="disabled-domain"),
        pytest.param(False, True, "public-cdn", id="enabled-domain"),
        pytest.param(True, None, "public-dev", id="r2-dev"),
        pytest.param(True, True, "public-dev", id="both"),
    ],
)
async def test_access_is_read_from_both_faces(account: Any, managed: bool, enabled: bool | None, access: str) -> None:
    await account.create("buckets", "data", {})
    await account.dashboard("PUT", "/data/domains/managed", {"enabled": managed})
    if enabled is not None:
        body = {"domain": "cdn.aigurus.com", "zoneId": account.zone, "enabled": enabled}
        await account.dashboard("POST", "/data/domains/custom", body)
    assert (await account.listed("buckets"))["data"].values["access"] == access


@pytest.mark.trap("cloudflare", "2: while r2.dev is on, everything is reachable around the rules of the custom domain")
async def test_a_public_cdn_bucket_whose_r2_dev_was_switched_on_is_drift_and_closed_again(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.buckets["default", "data"].public = True
    plan = await desk.plan()
    assert [(d.type, f.path, f.before, f.after) for d in plan.drift for f in d.fields] == [
        ("changed", ("access",), "public-dev", "public-cdn")
    ]
    await desk.applied()
    assert not desk.store.buckets["default", "data"].public
    assert desk.store.buckets["default", "data"].domains["cdn.aigurus.com"].enabled


async def test_a_private_bucket_that_became_public_is_drift(desk: Any) -> None:
    desk.want(data={"access": "private"})
    await desk.applied()
    bucket = desk.store.buckets["default", "data"]
    bucket.public = True
    assert [d.type for d in (await desk.plan()).drift] == ["changed"]
    await desk.applied()
    assert not bucket.public


@pytest.mark.trap("cloudflare", "2: a bucket is private only when r2.dev is off and no custom domain is enabled")
async def test_private_switches_r2_dev_and_every_domain_off_and_keeps_the_domains_attached(account: Any) -> None:
    live = await account.public()
    await account.dashboard("PUT", "/public/domains/managed", {"enabled": True})
    live = await account.update(live, {"access": "private"}, ["access"])
    bucket = account.store.buckets["default", "public"]
    assert not bucket.public
    assert [(d.domain, d.enabled) for d in bucket.domains.values()] == [("cdn.aigurus.com", False)]
    assert live.values["access"] == "private"
    assert "public_url" not in live.outputs


@pytest.mark.trap("cloudflare", "4: the managed domain always exists; PUT sets one flag")
async def test_r2_dev_is_switched_on_and_off(account: Any) -> None:
    live = await account.create("buckets", "data", {"access": "public-dev"})
    assert live.outputs["public_url"].endswith(".r2.dev")
    assert account.requests("PUT")[-1][1] == {"enabled": True}
    live = await account.update(live, {"access": "private"}, ["access"])
    assert account.requests("PUT")[-1][1] == {"enabled": False}
    assert not account.store.buckets["default", "data"].public


async def test_a_domain_that_somebody_adds_beside_the_declared_one_does_not_keep_r2_dev_open(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    store, bucket = desk.store, desk.store.buckets["default", "data"]
    bucket.domains["evil.aigurus.com"] = Domain("evil.aigurus.com", store.zones[0].id, True, "1.0", [])
    bucket.domains["cdn.aigurus.com"].enabled = False
    bucket.public = True
    await desk.applied()
    assert [(d.domain, d.enabled) for d in bucket.domains.values()] == [("cdn.aigurus.com", True)]
    assert not bucket.public


@pytest.mark.trap("cloudflare", "5: a degraded read does not keep r2.dev open")
async def test_r2_dev_is_switched_off_while_the_domain_cannot_be_read_as_a_whole(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.degraded.add("cdn.aigurus.com")
    desk.store.buckets["default", "data"].public = True
    outcome = await desk.apply()
    assert [r.status for r in outcome.results] == ["done"]
    bucket = desk.store.buckets["default", "data"]
    assert (bucket.public, bucket.domains["cdn.aigurus.com"].min_tls) == (False, "1.2")


async def test_a_domain_that_somebody_adds_to_a_private_bucket_is_removed(desk: Any) -> None:
    desk.want(data={"access": "private", "custom_domains": []})
    await desk.applied()
    store = desk.store
    bucket = store.buckets["default", "data"]
    bucket.domains["evil.aigurus.com"] = Domain("evil.aigurus.com", store.zones[0].id, True, "1.0", [])
    await desk.applied()
    assert bucket.domains == {}


async def test_the_public_url_is_that_of_the_first_enabled_domain(account: Any) -> None:
    domains = [
        account.cdn(domain="b.aigurus.com"),
        account.cdn(domain="a.aigurus.com", enabled=False),
        account.cdn(domain="c.aigurus.com"),
    ]
    live = await account.create("buckets", "data", {"access": "public-cdn", "custom_domains": domains})
    assert live.outputs["public_url"] == "https://b.aigurus.com"
