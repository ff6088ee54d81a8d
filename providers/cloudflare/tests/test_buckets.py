"""Buckets themselves: jurisdictions, pages, names, storage class, location, deletion."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import NotFound, Refused
from reconciler.model import Delete, Recreate


@pytest.mark.trap("cloudflare", "1: every bucket-level call carries the jurisdiction, list and create included")
async def test_every_call_about_a_bucket_carries_its_jurisdiction(account: Any) -> None:
    provider = await account.connect(jurisdictions=["default", "eu"])
    seen: list[tuple[str, str | None]] = []
    inner = account.wire.handle_async_request

    async def noting(request: Any) -> Any:
        seen.append((request.url.path, request.headers.get("cf-r2-jurisdiction")))
        return await inner(request)

    account.wire.handle_async_request = noting
    fields = {
        "jurisdiction": "eu",
        "access": "public-cdn",
        "custom_domains": [account.cdn()],
        "cors": [{"allowed": {"methods": ["GET"], "origins": ["*"]}}],
        "lifecycle_rules": [],
        "abort_multipart_after": "1d",
    }
    live = await provider.create(account.sending("buckets", "data", fields))
    changed = {**fields, "storageClass": "InfrequentAccess", "access": "private", "custom_domains": [], "cors": []}
    await provider.update(account.change(live, changed, ["storageClass", "access", "custom_domains", "cors"]))
    await provider.delete(live)
    assert {jurisdiction for path, jurisdiction in seen if "/r2/buckets" in path} == {"eu"}
    assert len(seen) > 15


@pytest.mark.trap("cloudflare", "1: under another jurisdiction a bucket reads as missing (404, code 10006)")
async def test_a_bucket_is_found_under_its_own_jurisdiction_only(account: Any) -> None:
    await account.dashboard("POST", "", {"name": "data-eu"}, jurisdiction="eu")
    assert await account.listed("buckets") == {}
    both = await account.connect(jurisdictions=["eu", "default"])
    (live,) = [live async for live in both.list("buckets")]
    assert (live.id, live.identity) == ("eu/data-eu", ("data-eu", "eu"))
    await account.dashboard("GET", "/data-eu", jurisdiction="default", status=404)


@pytest.mark.trap("cloudflare", "1: names may repeat across jurisdictions")
async def test_one_name_in_two_jurisdictions_is_two_buckets(account: Any) -> None:
    for jurisdiction in ("default", "eu"):
        await account.dashboard("POST", "", {"name": "data"}, jurisdiction=jurisdiction)
    both = await account.connect(jurisdictions=["default", "eu"])
    found = [live async for live in both.list("buckets")]
    assert {live.id for live in found} == {"default/data", "eu/data"}
    assert {live.outputs["endpoint"] for live in found} == {
        f"https://{account.store.account}.r2.cloudflarestorage.com",
        f"https://{account.store.account}.eu.r2.cloudflarestorage.com",
    }


@pytest.mark.trap("cloudflare", "3: the default page is 20, and the cursor has to be followed")
async def test_every_page_is_read(account: Any) -> None:
    for number in range(45):
        await account.dashboard("POST", "", {"name": f"bucket-{number:02}"})
    page = await account.dashboard("GET", "")
    assert len(page["buckets"]) == 20
    account.store.most_per_page = 20
    assert len(await account.listed("buckets")) == 45
    assert account.sent("GET").count("GET ") == 3


@pytest.mark.trap("cloudflare", "3: asked in camelCase, answered in snake_case")
async def test_the_storage_class_is_sent_in_one_spelling_and_read_in_the_other(account: Any) -> None:
    live = await account.create("buckets", "cold", {"storageClass": "InfrequentAccess"})
    assert account.requests("POST")[-1][1] == {"name": "cold", "storageClass": "InfrequentAccess"}
    assert account.store.state()["buckets"][0]["storage_class"] == "InfrequentAccess"
    assert live.values["storageClass"] == "InfrequentAccess"


@pytest.mark.trap("cloudflare", "3: PATCH has no body, the storage class is a header")
async def test_a_storage_class_is_changed_by_header_alone(account: Any) -> None:
    live = await account.create("buckets", "cold", {})
    live = await account.update(live, {"storageClass": "InfrequentAccess"}, ["storageClass"])
    assert account.requests("PATCH")[0][1] is None
    assert live.values["storageClass"] == "InfrequentAccess"
    assert account.store.buckets["default", "cold"].storage_class == "InfrequentAccess"


@pytest.mark.trap("cloudflare", "3: locationHint is best effort and never a reason to recreate")
async def test_a_location_other_than_the_hint_makes_no_difference(desk: Any) -> None:
    desk.want(data={"locationHint": "weur"})
    await desk.applied()
    desk.store.buckets["default", "data"].location = "enam"
    assert (await desk.plan()).changes == ()
    desk.want(data={"locationHint": "apac"})
    assert [change.action for change in (await desk.plan()).changes] == ["record"]


@pytest.mark.trap("cloudflare", "3: location can come back in upper case")
async def test_a_location_is_read_without_case(account: Any) -> None:
    await account.create("buckets", "data", {"locationHint": "wnam"})
    assert (await account.dashboard("GET", ""))["buckets"][0]["location"] == "WNAM"
    assert (await account.listed("buckets"))["data"].values["locationHint"] == "wnam"


@pytest.mark.trap("cloudflare", "3: a location is honoured at the first creation of a name only")
async def test_a_bucket_made_again_keeps_its_first_location_and_needs_nothing(desk: Any) -> None:
    desk.store.create("data", "default", "enam", "Standard")
    del desk.store.buckets["default", "data"]
    desk.want(data={"locationHint": "weur"})
    await desk.applied()
    assert desk.store.buckets["default", "data"].location == "enam"


@pytest.mark.trap("cloudflare", "3: name and jurisdiction are immutable")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"name": "other"}, "cannot be renamed", id="name"),
        pytest.param({"jurisdiction": "eu"}, "jurisdiction of a bucket is fixed", id="jurisdiction"),
    ],
)
async def test_what_cannot_change_is_held_and_says_why(desk: Any, changed: Any, said: str) -> None:
    desk.site.harness.settings = {**desk.site.harness.settings, "jurisdictions": ["default", "eu"]}
    desk.want(data={"name": "data"})
    await desk.applied()
    desk.want(data={"name": "data", **changed})
    (change,) = (await desk.plan()).changes
    assert change.held
    assert said in change.held[0].reason
    await desk.apply()
    assert list(desk.store.buckets) == [("default", "data")]


@pytest.mark.trap("cloudflare", "3: deletion is irreversible, so it needs an approval")
async def test_a_bucket_is_never_deleted_without_an_approval(desk: Any) -> None:
    desk.want(data={}, other={})
    await desk.applied()
    desk.want(other={})
    change = await desk.change()
    assert isinstance(change, Delete)
    assert [hold.gate for hold in change.held] == ["data"]
    assert "nothing here empties it" in change.danger
    await desk.apply()
    assert ("default", "data") in desk.store.buckets


async def test_a_bucket_that_is_gone_is_not_silently_made_again(desk: Any) -> None:
    desk.want(data={})
    await desk.applied()
    del desk.store.buckets["default", "data"]
    change = await desk.change()
    assert isinstance(change, Recreate)
    assert [hold.gate for hold in change.held] == ["recreate"]


@pytest.mark.trap("cloudflare", "3: objects, unfinished uploads and notification rules block deletion")
@pytest.mark.parametrize("what", ["objects", "uploads", "queues"])
async def test_a_bucket_that_is_not_empty_is_not_deleted_and_the_refusal_says_so(account: Any, what: str) -> None:
    live = await account.public()
    bucket = account.store.buckets["default", "public"]
    setattr(bucket, what, {"q": [{"ruleId": "1"}]} if what == "queues" else 1)
    with pytest.raises(Refused, match=r"10008.*the bucket is not empty") as caught:
        await account.provider.delete(live)
    assert "nothing here ever empties a bucket" in caught.value.fix
    assert bucket.domains["cdn.aigurus.com"].enabled, "its domain still serves"


async def test_updating_what_is_gone_says_so(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    await account.dashboard("DELETE", "/data")
    with pytest.raises(NotFound, match=r"10006.*only found under its own jurisdiction"):
        await account.update(live, {"access": "public-dev"}, ["access"])


async def test_a_bucket_that_goes_while_it_is_listed_is_unknown(account: Any) -> None:
    await account.create("buckets", "data", {})
    inner = account.wire.inner.handle_async_request

    async def vanishing(request: Any) -> Any:
        if request.url.path.endswith("/domains/managed"):
            account.store.buckets.clear()
        return await inner(request)

    account.wire.inner.handle_async_request = vanishing
    (live,) = (await account.listed("buckets")).values()
    assert "not found any more" in live.unknown


async def test_only_the_buckets_in_the_settings_are_read(account: Any) -> None:
    for name in ("ai-gurus-public", "ai-gurus-private", "lmsystem"):
        await account.dashboard("POST", "", {"name": name})
    narrow = await account.connect(only_buckets=["ai-gurus-*"])
    before = narrow.requests
    found = [live.title async for live in narrow.list("buckets")]
    assert sorted(found) == ["ai-gurus-private", "ai-gurus-public"]
    assert narrow.requests - before == 1 + 2 * 4


@pytest.mark.trap("cloudflare", "1: PUT and DELETE answer with an empty result, so the state is read again")
async def test_what_a_write_returns_is_what_was_read_afterwards(account: Any) -> None:
    live = await account.create("buckets", "data", {})
    wanted = {"cors": [{"allowed": {"methods": ["GET"], "origins": ["https://a.example.com"]}}]}
    answer = await account.dashboard("PUT", "/data/cors", {"rules": wanted["cors"]})
    assert answer == {}
    account.store.fills_cors_ids = True
    after = await account.update(live, wanted, ["cors"])
    assert after.values["cors"][0]["id"] == "rule-1", "only a read can know this"


async def test_an_unmanaged_public_bucket_is_alarming_and_a_private_one_is_not(desk: Any) -> None:
    desk.want()
    desk.store.create("quiet", "default", None, "Standard")
    desk.store.create("shared", "default", None, "Standard").public = True
    rows = {row.title: row.alarm for row in (await desk.plan(coverage=True)).unmanaged}
    assert rows["quiet"] == ""
    assert rows["shared"].startswith("anyone can read it, at https://pub-")


@pytest.mark.trap("cloudflare", "1: R2 takes 50 management operations a second for a bucket")
async def test_planning_and_making_all_of_a_bucket_takes_fewer_calls_than_a_second_allows(
    desk: Any,
) -> None:
    cdn = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
    cors = [{"allowed": {"methods": ["GET"], "origins": ["*"]}}]
    desk.want(data={"access": "public-cdn", "custom_domains": [cdn], "cors": cors, "abort_multipart_after": "1d"})
    await desk.plan()
    await desk.apply()
    assert len([s for s in desk.site.harness.rim.sent if "/buckets/data" in s.path]) < 50
