"""What this repository desires of Cloudflare R2 is the production of the LMS. Skipped outside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parents[3] / "desired" / "buckets.yaml"


@pytest.fixture
def production(desk: Any) -> Any:
    """Return the desk with the repository's buckets as its desired state."""
    if not FILE.is_file():
        pytest.skip("the repository's desired/ is not here")
    desk.want()
    (desk.site.root / "desired" / "buckets.yaml").write_text(FILE.read_text())
    return desk


async def test_both_buckets_are_made_and_then_nothing_is_needed(production: Any) -> None:
    await production.applied()
    production.store.settle()
    plan = await production.plan(coverage=True)
    assert (plan.changes, plan.drift, plan.pending, plan.unknown, plan.unmanaged) == ((), (), (), (), ())
    assert {name for _, name in production.store.buckets} == {"ai-gurus-public-prod", "ai-gurus-private-prod"}


async def test_the_public_bucket_is_read_through_the_cdn_with_tls_1_2_and_uploads_work(production: Any) -> None:
    await production.applied()
    bucket = production.store.buckets["default", "ai-gurus-public-prod"]
    assert not bucket.public, "r2.dev is off"
    assert [(d.domain, d.enabled, d.min_tls) for d in bucket.domains.values()] == [("cdn.aigurus.com", True, "1.2")]
    (rule,) = bucket.cors
    assert rule["allowed"]["origins"] == ["https://learn.aigurus.com"]
    assert set(rule["allowed"]["methods"]) == {"PUT", "GET", "HEAD"}
    assert (rule["allowed"]["headers"], rule["exposeHeaders"]) == (["Content-Type"], ["ETag"])


async def test_the_private_bucket_is_closed_and_opening_it_by_hand_is_drift(production: Any) -> None:
    await production.applied()
    bucket = production.store.buckets["default", "ai-gurus-private-prod"]
    assert (bucket.public, bucket.domains, bucket.cors) == (False, {}, [])
    bucket.public = True
    assert [str(d.address) for d in (await production.plan()).drift] == ["buckets/private"]


async def test_the_cdn_address_is_an_output_that_others_can_take(production: Any) -> None:
    await production.applied()
    live = {item.title: item for item in (await production.site.live("buckets")).values()}
    public = live["ai-gurus-public-prod"]
    assert public.outputs == {
        "public_url": "https://cdn.aigurus.com",
        "endpoint": f"https://{production.store.account}.r2.cloudflarestorage.com",
    }
    assert "public_url" not in live["ai-gurus-private-prod"].outputs
    kind = production.site.harness.kind("buckets")
    assert not kind.outputs["public_url"].secret


async def test_the_plan_of_a_new_production_says_what_comes_with_it(production: Any) -> None:
    changes = {str(change.address): change for change in (await production.plan()).changes}
    assert any("cdn.aigurus.com is attached" in note for note in changes["buckets/public"].notes)
    assert not any(change.held for change in changes.values())
