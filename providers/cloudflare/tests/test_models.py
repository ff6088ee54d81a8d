"""What may be written about buckets, and what is refused, with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler import Address, Live, Location, Removal, Resource, Unknown
from reconciler_cloudflare.models import Bucket, CloudflareSettings

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
CDN = {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"}
ABORT = {"condition": {"type": "Age", "maxAge": "1d"}}
GET = {"methods": ["GET"], "origins": ["https://a.example.com"]}


def resource(fields: Any, handle: str = "data") -> Resource:
    spec = Bucket.model_validate(fields).expand().spec
    where = Location("desired/buckets.yaml", 1)
    return Resource(Address("buckets", handle), "cloudflare", Bucket.identify(handle, spec), spec, where)


def problems(*resources: Resource, **settings: Any) -> list[tuple[str, str]]:
    made = CloudflareSettings.model_validate({"account_id": ACCOUNT, **settings})
    return [(field, message) for _, field, message, _ in Bucket.cross_check(resources, made)]


REFUSED = [
    pytest.param({"name": "Upper"}, "name", id="upper-case-name"),
    pytest.param({"name": "ab"}, "name", id="short-name"),
    pytest.param({"name": "a" * 64}, "name", id="long-name"),
    pytest.param({"name": "-ab"}, "name", id="hyphen-first"),
    pytest.param({"storageClass": "Glacier"}, "storageClass", id="class"),
    pytest.param({"storage_class": "Standard"}, "storage_class", id="spelling-of-the-answer"),
    pytest.param({"locationHint": "WNAM"}, "locationHint", id="upper-case-hint"),
    pytest.param({"access": "public"}, "access", id="access"),
    pytest.param({"access": "public-cdn"}, "custom_domains", id="cdn-without-domains"),
    pytest.param({"custom_domains": [{"domain": "cdn.aigurus.com"}]}, "zone", id="domain-without-zone"),
    pytest.param({"custom_domains": [CDN, CDN]}, "custom_domains", id="domain-twice"),
    pytest.param({"custom_domains": [{**CDN, "domain": "https://cdn.aigurus.com"}]}, "domain", id="url-as-domain"),
    pytest.param({"custom_domains": [{**CDN, "minTLS": 1.2}]}, "minTLS", id="tls-as-number"),
    pytest.param({"custom_domains": [{**CDN, "status": {}}]}, "status", id="read-only-status"),
    pytest.param({"cors": [{"allowed": {**GET, "methods": ["OPTIONS"]}}]}, "methods", id="options"),
    pytest.param({"cors": [{"allowed": {**GET, "methods": []}}]}, "methods", id="no-method"),
    pytest.param({"cors": [{"allowed": {**GET, "origins": []}}]}, "origins", id="no-origin"),
    pytest.param({"cors": [{"allowed": {**GET, "origins": ["https://a.com/"]}}]}, "origins", id="origin-with-slash"),
    pytest.param({"cors": [{"allowed": {**GET, "origins": ["https://a.com/x"]}}]}, "origins", id="origin-with-path"),
    pytest.param({"cors": [{"allowed": {**GET, "origins": ["a.com"]}}]}, "origins", id="origin-without-scheme"),
    pytest.param(
        {"cors": [{"allowed": GET, "maxAgeSeconds": 86_401}]},
        "maxAgeSeconds",
        marks=pytest.mark.trap("cloudflare", "6: maxAgeSeconds is 86400 at most"),
        id="age-over-a-day",
    ),
    pytest.param({"cors": [{"allowed": GET, "maxAgeSeconds": "2d"}]}, "maxAgeSeconds", id="two-days"),
    pytest.param({"cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}, "allowed", id="shape-of-s3"),
    pytest.param({"cors": None}, "cors", id="null-for-a-list"),
    pytest.param({"lifecycle": []}, "lifecycle", id="reserved-key"),
    pytest.param(
        {"lifecycle_rules": [{"id": "x", "conditions": {"prefix": ""}}]}, "deleteObjects", id="rule-for-nothing"
    ),
    pytest.param(
        {"lifecycle_rules": [{"id": "x", "deleteObjectsTransition": ABORT}]}, "conditions", id="rule-without-prefix"
    ),
    pytest.param(
        {
            "lifecycle_rules": [
                {
                    "id": "x",
                    "conditions": {"prefix": ""},
                    "deleteObjectsTransition": {"condition": {"type": "Age", "date": "2027-01-01T00:00:00Z"}},
                }
            ]
        },
        "maxAge",
        id="age-without-age",
    ),
    pytest.param({"abort_multipart_after": "90ms"}, "abort_multipart_after", id="no-whole-seconds"),
]


@pytest.mark.trap("cloudflare", "3: a name is 3 to 63 of a-z, 0-9 and -")
@pytest.mark.trap("cloudflare", "6: no OPTIONS, and not the shape of S3")
@pytest.mark.parametrize(("fields", "said"), REFUSED)
def test_what_the_vendor_would_refuse_is_refused_at_the_door(fields: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Bucket.model_validate(fields)
    assert said in str(caught.value)


@pytest.mark.trap("cloudflare", "6: origins have no path and no trailing slash")
@pytest.mark.parametrize(
    "origin",
    ["*", "https://learn.aigurus.com", "http://localhost:3000", "https://*.aigurus.com", "capacitor://localhost"],
)
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    made = Bucket.model_validate({"cors": [{"allowed": {**GET, "origins": [origin]}}]})
    assert made.cors[0].allowed.origins == {origin}
    with pytest.raises(ValidationError, match="origin"):
        Bucket.model_validate({"cors": [{"allowed": {**GET, "origins": [f"{origin}/"]}}]})


CONTRADICTIONS = [
    pytest.param(
        {"access": "private", "custom_domains": [CDN]}, "access is private, and cdn", id="private-and-enabled"
    ),
    pytest.param(
        {"access": "public-cdn", "custom_domains": [{**CDN, "enabled": False}]},
        "no custom domain is",
        id="cdn-disabled",
    ),
    pytest.param({"access": "public-cdn", "custom_domains": []}, "no custom domain is enabled", id="cdn-empty"),
    pytest.param(
        {"access": "public-cdn", "custom_domains": [{**CDN, "minTLS": "1.1"}]}, "without TLS 1.2", id="weak-tls"
    ),
    pytest.param(
        {"custom_domains": [{"domain": "cdn.aigurus.com", "zone": "aigurus.com"}]}, "R2 takes 1.0", id="no-tls"
    ),
    pytest.param(
        {"access": "public-cdn", "custom_domains": [{**CDN, "zone": "gurus.com"}]}, "not in the zone", id="zone"
    ),
    pytest.param({"jurisdiction": "eu"}, "jurisdiction eu are not listed", id="jurisdiction"),
    pytest.param({"name": "data"}, "left out by `only_buckets:`", id="left-out"),
    pytest.param(
        {
            "lifecycle_rules": [
                {"id": "mine", "conditions": {"prefix": ""}, "abortMultipartUploadsTransition": ABORT},
            ]
        },
        "only drops unfinished multipart uploads of all keys",
        id="the-rule-of-every-bucket",
    ),
]


@pytest.mark.trap("cloudflare", "5: minTLS 1.2 is declared wherever a domain is public")
@pytest.mark.parametrize(("fields", "said"), CONTRADICTIONS)
def test_contradictions_are_found_before_anything_is_read(fields: Any, said: str) -> None:
    only = {"only_buckets": ["other-*"]} if "name" in fields else {}
    assert any(said in message for _, message in problems(resource(fields), **only))


def test_what_fits_together_has_no_problem() -> None:
    fine = [
        resource({"access": "public-cdn", "custom_domains": [CDN]}, "public"),
        resource({"access": "private", "custom_domains": [{**CDN, "domain": "x.aigurus.com", "enabled": False}]}),
        resource({"access": "public-dev", "custom_domains": [{"domain": "aigurus.com", "zone": "aigurus.com"}]}, "dev"),
    ]
    assert problems(*fine) == []


@pytest.mark.trap("cloudflare", "3: at most 50 custom domains for a bucket; 7: at most 1000 lifecycle rules")
@pytest.mark.parametrize(("field", "most"), [("custom_domains", 50), ("lifecycle_rules", 1000)])
def test_lists_have_the_limits_of_the_vendor(field: str, most: int) -> None:
    def many(number: int) -> dict[str, Any]:
        domains = [{**CDN, "domain": f"n{n}.aigurus.com"} for n in range(number)]
        rules = [{"id": str(n), "conditions": {"prefix": "a"}, "deleteObjectsTransition": ABORT} for n in range(number)]
        return {"custom_domains": domains} if field == "custom_domains" else {"lifecycle_rules": rules}

    Bucket.model_validate(many(most))
    with pytest.raises(ValidationError, match=f"at most {most}"):
        Bucket.model_validate(many(most + 1))


def test_a_handle_that_is_no_bucket_name_needs_a_name() -> None:
    (problem,) = problems(resource({}, "My_Bucket"))
    assert problem[0] == "name"
    assert problems(resource({"name": "my-bucket"}, "My_Bucket")) == []


def test_a_domain_of_two_buckets_is_found() -> None:
    fields = {"access": "public-cdn", "custom_domains": [CDN]}
    ((field, message),) = problems(resource(fields, "one"), resource(fields, "two"))
    assert (field, message) == ("custom_domains", "cdn.aigurus.com is also a domain of buckets/one")


def test_an_identity_is_name_and_jurisdiction() -> None:
    assert resource({}).identity == ("data", "default")
    assert resource({"name": "other", "jurisdiction": "eu"}).identity == ("other", "eu")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no-account"),
        pytest.param({"account_id": "not-hex"}, id="no-id"),
        pytest.param({"account_id": ACCOUNT, "jurisdictions": ["moon"]}, id="jurisdiction"),
        pytest.param({"account_id": ACCOUNT, "jurisdictions": []}, id="no-jurisdiction"),
    ],
)
def test_settings_that_cannot_work_are_refused(fields: Any) -> None:
    with pytest.raises(ValidationError):
        CloudflareSettings.model_validate(fields)


@pytest.mark.trap("cloudflare", "1: there are five jurisdictions; older documents have three")
@pytest.mark.parametrize("jurisdiction", ["default", "eu", "us", "fedramp", "fedramp-high"])
def test_every_jurisdiction_can_be_written(jurisdiction: str) -> None:
    assert problems(resource({"jurisdiction": jurisdiction}), jurisdictions=[jurisdiction]) == []


def test_settings_default_to_the_usual_token_variable() -> None:
    settings = CloudflareSettings(account_id=ACCOUNT)
    assert settings.secrets()["token"].name == "CLOUDFLARE_API_TOKEN"
    assert settings.jurisdictions == ("default",)


def live(**values: Any) -> Live:
    return Live("buckets", "default/data", ("data", "default"), {"access": "public-cdn", **values})


def domain(**more: Any) -> dict[str, Any]:
    return {"domain": "cdn.aigurus.com", "zone": "z", "enabled": True, "minTLS": "1.2", **more}


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param(live(custom_domains=(domain(),)), "", id="fine"),
        pytest.param(live(custom_domains=(domain(minTLS=Unknown("away")),)), "could not be read", id="degraded"),
        pytest.param(live(custom_domains=(domain(minTLS="1.0"),)), "takes TLS 1.0", id="weak"),
        pytest.param(live(custom_domains=(domain(minTLS="1.0", enabled=False),)), "", id="weak-and-disabled"),
        pytest.param(
            live(
                lifecycle_rules=(
                    {
                        "id": "second",
                        "enabled": True,
                        "conditions": {"prefix": ""},
                        "abortMultipartUploadsTransition": ABORT,
                    },
                )
            ),
            "two lifecycle rules",
            id="two-rules",
        ),
    ],
)
def test_what_import_cannot_write_says_why(seen: Live, said: str) -> None:
    reason = Bucket.unimportable(seen)
    assert said in reason
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("after", "held"),
    [
        pytest.param(
            {"access": "public-cdn", "custom_domains": [{**CDN, "domain": "b.aigurus.com"}]}, True, id="other"
        ),
        pytest.param({"custom_domains": []}, True, id="none"),
        pytest.param({"access": "private", "custom_domains": []}, False, id="closed"),
        pytest.param(
            {"access": "public-cdn", "custom_domains": [{**CDN, "enabled": False}]}, False, id="disabled-first"
        ),
        pytest.param({"storageClass": "Standard"}, False, id="not-managed"),
    ],
)
def test_a_serving_domain_is_guarded(after: Any, held: bool) -> None:
    removal = Removal(Address("buckets", "data"), live(custom_domains=(domain(),)), resource(after))
    settings = CloudflareSettings(account_id=ACCOUNT)
    assert bool(Bucket.guards((removal,), (), settings)) is held


def test_deleting_the_bucket_is_left_to_the_gate_of_data() -> None:
    removal = Removal(Address("buckets", "data"), live(custom_domains=(domain(),)), None)
    assert Bucket.guards((removal,), (), CloudflareSettings(account_id=ACCOUNT)) == {}
