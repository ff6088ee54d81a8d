"""Who can read a bucket: r2.dev, custom domains, and the access they add up to."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import AnswerLost, Refused, Unknown
from reconciler.testing import Fault
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


@pytest.mark.trap("cloudflare", "5: the zone is found by name, and is sent as its id")
async def test_a_zone_is_resolved_and_sent_as_id(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    domain = desk.store.buckets["default", "data"].domains["cdn.aigurus.com"]
    assert domain.zone_id == desk.store.zones[0].id


@pytest.mark.trap("cloudflare", "5: the zone must be in the same account")
async def test_a_zone_that_is_not_there_holds_the_change_and_says_what_to_do(desk: Any) -> None:
    desk.want(data={**PUBLIC, "custom_domains": [{**CDN, "domain": "cdn.other.com", "zone": "other.com"}]})
    change = await desk.change()
    assert change.held
    assert "other.com" in change.held[0].reason
    assert "add the domain to this Cloudflare account" in change.held[0].next
    await desk.apply()
    assert desk.store.buckets == {}


async def test_zones_are_found_on_every_page_and_moved_ones_are_not(account: Any) -> None:
    account.store.named_zones = tuple(f"zone-{number:02}.com" for number in range(53))
    account.store.reset()
    account.store.zones[3].status = "moved"
    found = [item.name async for item in account.provider.externals("zones")]
    assert len(found) == 52
    assert "zone-03.com" not in found
    assert [item async for item in account.provider.externals("unheard-of")] == []


@pytest.mark.trap("cloudflare", "5: minTLS is 1.0 unless it is sent")
async def test_the_declared_tls_version_is_sent_when_a_domain_is_attached(account: Any) -> None:
    await account.create("buckets", "other", {})
    body = {"domain": "weak.aigurus.com", "zoneId": account.zone, "enabled": True}
    await account.dashboard("POST", "/other/domains/custom", body)
    assert account.store.buckets["default", "other"].domains["weak.aigurus.com"].min_tls == "1.0"
    await account.public()
    assert account.store.buckets["default", "public"].domains["cdn.aigurus.com"].min_tls == "1.2"


@pytest.mark.trap("cloudflare", "5: PUT of a domain merges: an omitted minTLS keeps its value")
async def test_only_what_differs_of_a_domain_is_sent_and_the_rest_stays(account: Any) -> None:
    live = await account.public()
    fields = {"access": "public-cdn", "custom_domains": [account.cdn(ciphers=["AEAD-AES128-GCM-SHA256"])]}
    live = await account.update(live, fields, ["custom_domains"])
    assert account.requests("PUT")[-1][1] == {"ciphers": ["AEAD-AES128-GCM-SHA256"]}
    domain = account.store.buckets["default", "public"].domains["cdn.aigurus.com"]
    assert (domain.min_tls, domain.enabled) == ("1.2", True)
    fields = {"access": "public-cdn", "custom_domains": [account.cdn(minTLS="1.3")]}
    await account.update(live, fields, ["custom_domains"])
    assert account.requests("PUT")[-1][1] == {"minTLS": "1.3"}
    assert domain.ciphers == ["AEAD-AES128-GCM-SHA256"]


async def test_a_weaker_tls_version_set_by_hand_is_drift(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    domain = desk.store.buckets["default", "data"].domains["cdn.aigurus.com"]
    domain.min_tls = "1.0"
    (drift,) = (await desk.plan()).drift
    assert [f.path for f in drift.fields] == [("custom_domains", "cdn.aigurus.com", "minTLS")]
    await desk.applied()
    assert domain.min_tls == "1.2"


@pytest.mark.trap("cloudflare", "1: ciphers are a set")
async def test_the_order_of_ciphers_means_nothing(desk: Any) -> None:
    ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "AEAD-AES256-GCM-SHA384", "AEAD-AES128-GCM-SHA256"]
    desk.want(data={**PUBLIC, "custom_domains": [{**CDN, "ciphers": ciphers}]})
    await desk.applied()
    desk.store.buckets["default", "data"].domains["cdn.aigurus.com"].ciphers = ciphers
    assert (await desk.plan()).changes == ()


@pytest.mark.trap("cloudflare", "5: attaching is asynchronous: pending until ownership and certificate are active")
async def test_an_attached_domain_is_pending_until_it_serves_and_is_not_attached_twice(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    seen = []
    for _ in range(3):
        plan = await desk.plan()
        assert (plan.changes, plan.drift) == ((), ())
        seen.append([pending.note for pending in plan.pending])
    assert "checking that the zone leads here" in seen[0][0]
    assert "certificate is being issued" in seen[1][0]
    assert seen[2] == []
    posts = [s for s in desk.site.harness.rim.sent if s.method == "POST" and s.path.endswith("/custom")]
    assert len(posts) == 1


@pytest.mark.trap("cloudflare", "5: a zone hold blocks activation")
async def test_a_zone_hold_says_who_must_act(desk: Any) -> None:
    desk.want(data=PUBLIC)
    desk.store.zones[0].held = True
    await desk.applied()
    desk.store.settle()
    (pending,) = (await desk.plan()).pending
    assert "the owner of the zone has to lift that" in pending.note


@pytest.mark.trap("cloudflare", "5: degraded reads (unknown status, zoneName and minTLS null) are not drift")
async def test_a_degraded_read_is_unknown_and_neither_drift_nor_a_reason_to_write(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.degraded.add("cdn.aigurus.com")
    plan = await desk.plan()
    assert (plan.changes, plan.drift, plan.pending) == ((), (), ())
    assert [(u.subject, u.needed) for u in plan.unknown] == [
        ("buckets/data.custom_domains.cdn.aigurus.com.minTLS", False)
    ]
    desk.store.degraded.clear()
    assert (await desk.plan()).unknown == ()


async def test_a_degraded_read_does_not_hide_who_can_read_the_bucket(account: Any) -> None:
    await account.public()
    account.store.degraded.add("cdn.aigurus.com")
    live = (await account.listed("buckets"))["public"]
    assert (live.values["access"], live.outputs["public_url"]) == ("public-cdn", "https://cdn.aigurus.com")
    (domain,) = live.values["custom_domains"]
    assert isinstance(domain["minTLS"], Unknown)
    assert domain["zone"] == account.zone


async def test_a_degraded_read_keeps_a_wanted_change_of_the_domain_waiting(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.degraded.add("cdn.aigurus.com")
    desk.want(data={**PUBLIC, "custom_domains": [{**CDN, "minTLS": "1.3"}]})
    plan = await desk.plan()
    assert plan.changes == ()
    assert [u.needed for u in plan.unknown] == [True]


@pytest.mark.trap("cloudflare", "5: removing a domain drops it at once; enabled: false keeps certificate and record")
async def test_a_serving_domain_is_not_removed_in_one_step(desk: Any) -> None:
    second = {**CDN, "domain": "files.aigurus.com"}
    desk.want(data={"access": "public-cdn", "custom_domains": [CDN, second]})
    await desk.applied()
    desk.want(data={"access": "public-cdn", "custom_domains": [second]})
    change = await desk.change()
    assert [hold.gate for hold in change.held] == ["meaning"]
    assert "first write it with `enabled: false`" in change.held[0].reason
    await desk.apply()
    bucket = desk.store.buckets["default", "data"]
    assert set(bucket.domains) == {"cdn.aigurus.com", "files.aigurus.com"}
    desk.want(data={"access": "public-cdn", "custom_domains": [{**CDN, "enabled": False}, second]})
    await desk.applied()
    assert not bucket.domains["cdn.aigurus.com"].enabled
    desk.want(data={"access": "public-cdn", "custom_domains": [second]})
    await desk.applied()
    assert set(bucket.domains) == {"files.aigurus.com"}


async def test_a_domain_that_somebody_adds_to_a_private_bucket_is_removed(desk: Any) -> None:
    desk.want(data={"access": "private", "custom_domains": []})
    await desk.applied()
    store = desk.store
    other = store.create("other", "default", None, "Standard")
    bucket = store.buckets["default", "data"]
    bucket.domains["evil.aigurus.com"] = Domain("evil.aigurus.com", store.zones[0].id, True, "1.0", [])
    await desk.applied()
    assert bucket.domains == {}
    assert other.domains == {}


@pytest.mark.trap("cloudflare", "1: codes of refusals about domains are unconfirmed, so the HTTP status decides")
async def test_a_domain_that_another_bucket_has_is_refused_and_says_where_to_look(account: Any) -> None:
    await account.public()
    with pytest.raises(Refused, match="the domain is in use elsewhere") as caught:
        await account.create("buckets", "second", {"access": "public-cdn", "custom_domains": [account.cdn()]})
    assert "look in the dashboard" in caught.value.fix


async def test_the_public_url_is_that_of_the_first_enabled_domain(account: Any) -> None:
    domains = [
        account.cdn(domain="b.aigurus.com"),
        account.cdn(domain="a.aigurus.com", enabled=False),
        account.cdn(domain="c.aigurus.com"),
    ]
    live = await account.create("buckets", "data", {"access": "public-cdn", "custom_domains": domains})
    assert live.outputs["public_url"] == "https://b.aigurus.com"


async def test_a_domain_attached_by_a_lost_answer_is_not_attached_again(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    inner = account.wire.handle_async_request

    async def losing(request: Any) -> Any:
        if request.method == "POST":
            account.wire.arm(Fault.RESET_AFTER, times=1)
        return await inner(request)

    account.wire.handle_async_request = losing
    change = account.change(live, {"custom_domains": [account.cdn()]}, ["custom_domains"])
    with pytest.raises(AnswerLost):
        await account.provider.update(change)
    account.wire.handle_async_request = inner
    after = await account.provider.update(change)
    assert [d["domain"] for d in after.values["custom_domains"]] == ["cdn.aigurus.com"]
