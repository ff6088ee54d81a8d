"""Custom domains: zones, TLS, the time they take, and what could not be read of them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reconciler import AnswerLost, Refused, Unknown
from reconciler.testing import Fault

CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
PUBLIC = {"access": "public-cdn", "custom_domains": [CDN]}


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


@pytest.mark.trap("cloudflare", "5: a state that nobody knows is told as it is, and changes nothing")
@pytest.mark.parametrize("what", ["ownership", "ssl"])
async def test_a_new_state_of_a_domain_is_pending_in_its_own_words(desk: Any, what: str) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.settle()
    inner = desk.site.harness.rim.inner.handle_async_request

    async def newer(request: Any) -> Any:
        answer = await inner(request)
        if request.url.path.endswith("/domains/custom"):
            body = json.loads(await answer.aread())
            body["result"]["domains"][0]["status"][what] = "levitating"
            return httpx.Response(answer.status_code, json=body, request=request)
        return answer

    desk.site.harness.rim.inner.handle_async_request = newer
    plan = await desk.plan()
    assert (plan.changes, plan.drift, plan.unknown) == ((), (), ())
    assert [p.note for p in plan.pending] == [f"cdn.aigurus.com: its {what} is 'levitating': look in the dashboard"]


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


@pytest.mark.trap("cloudflare", "5: half a status that is unknown, with values that are null, is a degraded read too")
@pytest.mark.parametrize("away", ["ownership", "ssl"])
async def test_a_read_that_is_degraded_by_half_is_no_drift(desk: Any, away: str) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.settle()
    inner = desk.site.harness.rim.inner.handle_async_request

    async def degraded(request: Any) -> Any:
        answer = await inner(request)
        if request.url.path.endswith("/domains/custom") and request.method == "GET":
            body = json.loads(await answer.aread())
            domain = body["result"]["domains"][0]
            domain |= {"minTLS": None, "status": {**domain["status"], away: "unknown"}}
            return httpx.Response(answer.status_code, json=body, request=request)
        return answer

    desk.site.harness.rim.inner.handle_async_request = degraded
    plan = await desk.plan()
    assert (plan.changes, plan.drift, plan.pending) == ((), (), ())
    assert [u.subject for u in plan.unknown] == ["buckets/data.custom_domains.cdn.aigurus.com.minTLS"]


async def test_a_degraded_read_does_not_hide_who_can_read_the_bucket(account: Any) -> None:
    await account.public()
    account.store.degraded.add("cdn.aigurus.com")
    live = (await account.listed("buckets"))["public"]
    assert (live.values["access"], live.outputs["public_url"]) == ("public-cdn", "https://cdn.aigurus.com")
    (domain,) = live.values["custom_domains"]
    assert isinstance(domain["minTLS"], Unknown)
    assert domain["zone"] == account.zone


@pytest.mark.trap("cloudflare", "5: a degraded read keeps a wanted change waiting")
async def test_a_degraded_read_keeps_a_wanted_change_of_the_domain_waiting(desk: Any) -> None:
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.store.degraded.add("cdn.aigurus.com")
    desk.want(data={**PUBLIC, "custom_domains": [{**CDN, "minTLS": "1.3"}]})
    plan = await desk.plan()
    assert plan.changes == ()
    assert [u.needed for u in plan.unknown] == [True]


@pytest.mark.trap("cloudflare", "5: removing a domain drops it at once; enabled: false keeps certificate and record")
async def test_the_only_serving_domain_is_not_replaced_in_one_step(desk: Any) -> None:
    second = {**CDN, "domain": "files.aigurus.com"}
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.want(data={"access": "public-cdn", "custom_domains": [second]})
    change = await desk.change()
    assert [hold.gate for hold in change.held] == ["meaning"]
    assert "first write it with `enabled: false`" in change.held[0].reason
    await desk.apply()
    bucket = desk.store.buckets["default", "data"]
    assert set(bucket.domains) == {"cdn.aigurus.com"}
    desk.want(data={"access": "public-cdn", "custom_domains": [CDN, second]})
    await desk.applied()
    desk.want(data={"access": "public-cdn", "custom_domains": [{**CDN, "enabled": False}, second]})
    await desk.applied()
    assert not bucket.domains["cdn.aigurus.com"].enabled, "shut, and still attached"
    desk.want(data={"access": "public-cdn", "custom_domains": [second]})
    await desk.applied()
    assert set(bucket.domains) == {"files.aigurus.com"}


@pytest.mark.trap("cloudflare", "5: zoneId is immutable")
async def test_a_domain_is_not_moved_to_another_zone(desk: Any) -> None:
    desk.store.named_zones = ("aigurus.com", "cdn.aigurus.com")
    desk.store.reset()
    desk.want(data=PUBLIC)
    await desk.applied()
    desk.want(data={**PUBLIC, "custom_domains": [{**CDN, "zone": "cdn.aigurus.com"}]})
    change = await desk.change()
    assert [hold.gate for hold in change.held] == ["immutable"]
    assert "a domain stays in its zone" in change.held[0].reason


@pytest.mark.trap("cloudflare", "1: codes of refusals about domains are unconfirmed, so the HTTP status decides")
async def test_a_domain_that_another_bucket_has_is_refused_and_says_where_to_look(account: Any) -> None:
    await account.public()
    with pytest.raises(Refused, match="the domain is in use elsewhere") as caught:
        await account.create("buckets", "second", {"access": "public-cdn", "custom_domains": [account.cdn()]})
    assert "look in the dashboard" in caught.value.fix


@pytest.mark.trap("cloudflare", "5: an attach is never simply sent again")
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
