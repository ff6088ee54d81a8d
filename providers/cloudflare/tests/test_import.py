"""Import of what somebody set up by hand: complete, or skipped with a reason, and the same bytes after a reset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.sandbox import SimulatedApp, call
from reconciler.testing.site import Site

HEADERS = {"authorization": "Bearer cloudflare-test-token-0123456789abcdef"}
LIFECYCLE = [
    {
        "id": "Default Multipart Abort Rule",
        "enabled": True,
        "conditions": {"prefix": ""},
        "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 86_400}},
    },
    {
        "id": "tidy",
        "enabled": False,
        "conditions": {"prefix": "tmp/"},
        "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2027-01-31T00:00:00.000Z"}},
        "storageClassTransitions": [
            {"condition": {"type": "Age", "maxAge": 2_592_000}, "storageClass": "InfrequentAccess"}
        ],
    },
]
CORS = [
    {
        "id": "app",
        "allowed": {"methods": ["PUT", "GET"], "origins": ["https://b.com", "https://a.com"], "headers": ["X-A"]},
        "exposeHeaders": ["ETag"],
        "maxAgeSeconds": 3600,
    },
    {"allowed": {"methods": ["GET"], "origins": ["*"]}},
]
BY_HAND: list[tuple[str, str, Any]] = [
    ("POST", "", {"name": "plain"}),
    ("POST", "", {"name": "cold", "locationHint": "apac", "storageClass": "InfrequentAccess"}),
    ("PUT", "/cold/lifecycle", {"rules": LIFECYCLE}),
    ("POST", "", {"name": "no-rules"}),
    ("PUT", "/no-rules/lifecycle", {"rules": []}),
    ("POST", "", {"name": "shared"}),
    ("PUT", "/shared/domains/managed", {"enabled": True}),
    ("POST", "", {"name": "site"}),
    ("PUT", "/site/cors", {"rules": CORS}),
    (
        "POST",
        "/site/domains/custom",
        {"domain": "cdn.aigurus.com", "enabled": True, "minTLS": "1.2", "ciphers": ["B", "A"]},
    ),
    ("POST", "/site/domains/custom", {"domain": "old.aigurus.com", "enabled": False}),
    ("POST", "", {"name": "weak"}),
    ("POST", "/weak/domains/custom", {"domain": "weak.aigurus.com", "enabled": True}),
]


def files(site: Site) -> dict[str, str]:
    return {p.name: p.read_text() for p in (site.root / "desired").glob("*.yaml") if p.name != "environment.yaml"}


async def by_hand(desk: Any) -> None:
    app, path = SimulatedApp(desk.api), f"/client/v4/accounts/{desk.store.account}/r2/buckets"
    for method, part, body in BY_HAND:
        if part.endswith("/custom"):
            body = {**body, "zoneId": desk.store.zones[0].id}
        answer = await call(app, method, path + part, body, headers=HEADERS)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def sites(desk: Any, tmp_path: Path) -> Any:
    """Return a maker of empty projects on the same account."""

    def make(name: str) -> Site:
        site = Site(desk.site.harness, tmp_path / name)
        site.desire(())
        (site.root / "desired" / "buckets.yaml").unlink(missing_ok=True)
        return site

    return make


async def test_everything_is_imported_or_skipped_and_survives_a_reset(desk: Any, sites: Any) -> None:
    await by_hand(desk)
    state = (await call(SimulatedApp(desk.api), "GET", "/_sandbox/state")).json()
    one = sites("one")
    first = await one.imported()
    spoken = "".join(files(one).values()) + " ".join(what for what, _ in first.skipped)
    assert all(bucket["name"] in spoken for bucket in state["buckets"])
    assert [(what, reason) for what, reason in first.skipped] == [
        (
            "buckets: weak (id default/weak)",
            "weak.aigurus.com is public and takes TLS 1.0: raise it to 1.2 first",
        )
    ]
    assert len(first.objects) == len(state["buckets"]) - 1

    await call(SimulatedApp(desk.api), "POST", "/_sandbox/reset")
    outcome = await one.apply()
    assert [r.reason for r in outcome.results if r.status != "done"] == []
    assert outcome.not_converged == ()
    two = sites("two")
    await two.imported()
    assert files(two) == files(one)


async def test_what_is_written_is_what_a_person_would_write(desk: Any, sites: Any) -> None:
    await by_hand(desk)
    site = sites("one")
    await site.imported()
    (text,) = files(site).values()
    buckets = yaml.safe_load(text)["buckets"]
    assert buckets["plain"] == {"locationHint": "enam", "access": "private", "abort_multipart_after": "7d"}
    assert buckets["no-rules"]["abort_multipart_after"] is None
    assert buckets["cold"]["abort_multipart_after"] == "1d"
    assert buckets["cold"]["locationHint"] == "apac"
    assert [rule["id"] for rule in buckets["cold"]["lifecycle_rules"]] == ["tidy"]
    assert buckets["shared"]["access"] == "public-dev"
    assert buckets["site"]["access"] == "public-cdn"
    assert [d["zone"] for d in buckets["site"]["custom_domains"]] == ["aigurus.com", "aigurus.com"]
    assert [d["enabled"] for d in buckets["site"]["custom_domains"]] == [True, False]


async def test_a_domain_that_could_not_be_read_skips_its_bucket_with_a_reason(desk: Any, sites: Any) -> None:
    await by_hand(desk)
    desk.store.degraded.add("cdn.aigurus.com")
    first = await sites("one").imported()
    reasons = dict(first.skipped)
    assert "could not be read as a whole" in reasons["buckets: site (id default/site)"]


async def test_a_pin_by_live_id_takes_a_bucket_over(desk: Any) -> None:
    desk.store.create("made-by-hand", "default", None, "Standard")
    desk.want(data={"name": "made-by-hand", "lifecycle": {"id": "default/made-by-hand"}})
    await desk.applied()
    assert list(desk.store.buckets) == [("default", "made-by-hand")]


async def test_a_foreign_bucket_of_our_name_is_not_changed_without_being_adopted(desk: Any) -> None:
    bucket = desk.store.create("data", "default", None, "Standard")
    bucket.public = True
    desk.want(data={"access": "private"})
    change = await desk.change()
    assert (change.action, [hold.gate for hold in change.held]) == ("adopt", ["adopt"])
    await desk.apply()
    assert bucket.public
    desk.want(data={"access": "private", "lifecycle": {"adopt": True}})
    await desk.applied()
    assert not bucket.public
