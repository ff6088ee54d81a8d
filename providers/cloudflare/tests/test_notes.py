"""What a plan says about a bucket beyond its fields."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Address, Preview
from reconciler.model import Forget
from reconciler_cloudflare import notes

CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
PUBLIC = {"access": "public-cdn", "custom_domains": [CDN]}
EXPIRE = {
    "id": "expire",
    "conditions": {"prefix": "tmp/"},
    "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": "1d"}},
}
TIDY = {**EXPIRE, "enabled": False}
PURGE = {
    "id": "purge",
    "conditions": {"prefix": ""},
    "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2027-01-31T00:00:00Z"}},
}
CREATES = [
    pytest.param(
        {"access": "public-dev"},
        ["throttled"],
        marks=pytest.mark.trap("cloudflare", "4: traffic on r2.dev is throttled"),
        id="r2-dev",
    ),
    pytest.param(
        PUBLIC,
        ["once ownership and certificate are active; its DNS record is Cloudflare's own"],
        marks=pytest.mark.trap("cloudflare", "5: the DNS record of a domain is Cloudflare's own"),
        id="attach",
    ),
    pytest.param({"locationHint": "weur"}, ["the location is a hint"], id="hint"),
    pytest.param(
        {"lifecycle_rules": [EXPIRE]},
        ["expire deletes objects for good, those whose key starts with tmp/, 1 day after", "7 days) is carried over"],
        id="carried-over",
    ),
    pytest.param({"lifecycle_rules": [TIDY], "abort_multipart_after": "1d"}, [], id="said-otherwise"),
    pytest.param(
        {"lifecycle_rules": [PURGE], "abort_multipart_after": "1d"}, ["all of them, from 2027-01-31"], id="purge"
    ),
    pytest.param({"access": "private", "storageClass": "Standard", "cors": []}, [], id="nothing-to-say"),
]


@pytest.mark.parametrize(("fields", "said"), CREATES)
async def test_a_new_bucket_comes_with_what_its_fields_do_not_show(account: Any, fields: Any, said: list[str]) -> None:
    told = account.provider.preview(account.creation("buckets", "data", fields)).notes
    assert len(told) == len(said)
    assert all(text in note for text, note in zip(said, told, strict=True))


UPDATES = [
    pytest.param(
        {"access": "private"},
        ["links through https://cdn.aigurus.com stop working, but for cached copies"],
        marks=pytest.mark.trap("cloudflare", "5: behind the domain, copies stay cached until they expire"),
        id="close",
    ),
    pytest.param({"access": "public-dev"}, ["Never for production"], id="r2-dev"),
    pytest.param(
        {"custom_domains": []},
        ["certificate and DNS record; cached copies stay until they expire"],
        marks=pytest.mark.trap("cloudflare", "5: behind the domain, copies stay cached until they expire"),
        id="remove",
    ),
    pytest.param({"storageClass": "InfrequentAccess"}, ["of later uploads"], id="class"),
    pytest.param({"lifecycle_rules": [TIDY]}, ["24 h", "Default Multipart Abort Rule: unfinished"], id="lifecycle"),
    pytest.param({"cors": []}, ["30 s"], id="cors"),
]


@pytest.mark.parametrize(("fields", "said"), UPDATES)
async def test_a_change_says_what_it_means_for_people(account: Any, fields: Any, said: list[str]) -> None:
    live = await account.public()
    told = account.provider.preview(account.change(live, fields, list(fields))).notes
    assert len(told) == len(said)
    assert all(text in note for text, note in zip(said, told, strict=True))


async def test_going_from_r2_dev_to_a_domain_says_that_there_is_a_gap(account: Any) -> None:
    live = await account.create("buckets", "data", {"access": "public-dev"})
    change = account.change(live, {**PUBLIC, "custom_domains": [account.cdn()]}, ["access", "custom_domains"])
    assert any("nothing is readable until the custom domain is active" in n for n in notes.preview(change).notes)


async def test_a_change_of_the_ledger_alone_has_no_notes(account: Any) -> None:
    recorded: Any = None
    gone = Forget(address=Address("buckets", "data"), provider="cloudflare", why=(), recorded=recorded)
    assert account.provider.preview(gone) == Preview()


@pytest.mark.parametrize(
    ("seconds", "text"), [(604_800, "7 days"), (86_400, "1 day"), (90, "90 s")], ids=["week", "day", "odd"]
)
def test_ages_are_said_in_days_where_they_are_days(seconds: int, text: str) -> None:
    assert notes._days(seconds) == text
