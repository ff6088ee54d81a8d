"""Two provider instances: each sees its own buckets, and a bucket says which one it belongs to."""

from __future__ import annotations

from typing import Any

import yaml

SETTINGS = {"type": "cloudflare", "account_id": "023e105f4ecef8ad9ca31a8372d0c353", "rate": "none"}


async def test_two_instances_share_an_account_without_taking_each_others_buckets(desk: Any) -> None:
    desk.want(
        files={"access": "private", "lifecycle": {"provider": "files"}},
        archive_eu={"access": "private", "jurisdiction": "eu", "lifecycle": {"provider": "archive"}},
    )
    environment = {
        "environment": "test",
        "providers": {
            "files": {**SETTINGS, "only_buckets": ["files*"]},
            "archive": {**SETTINGS, "jurisdictions": ["eu"]},
        },
    }
    (desk.site.root / "desired" / "environment.yaml").write_text(yaml.safe_dump(environment))
    desk.store.create("stranger", "default", None, "Standard")
    await desk.applied()
    assert set(desk.store.buckets) == {("default", "files"), ("eu", "archive-eu"), ("default", "stranger")}
    plan = await desk.plan(coverage=True)
    assert plan.changes == plan.unmanaged == ()
    assert {name: status.status for name, status in plan.providers.items()} == {"files": "ok", "archive": "ok"}
    desk.store.buckets["eu", "archive-eu"].public = True
    assert [str(drift.address) for drift in (await desk.plan()).drift] == ["buckets/archive-eu"]
