"""Every request of the client and every answer of the simulator against the vendor's documents.

The documents are not part of this repository: `VENDOR_OPENAPI_DIR` names the folder that holds them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from reconciler import CredentialRejected, NotFound
from reconciler.testing import Conforming, documents
from reconciler_cloudflare.models import Bucket
from reconciler_cloudflare.models.settings import Jurisdiction

BASE = "/client/v4"
BUCKET = "/accounts/{account_id}/r2/buckets/{bucket_name}"
USED = {
    "GET /accounts/{account_id}/r2/buckets",
    "POST /accounts/{account_id}/r2/buckets",
    f"GET {BUCKET}",
    f"PATCH {BUCKET}",
    f"DELETE {BUCKET}",
    f"GET {BUCKET}/cors",
    f"PUT {BUCKET}/cors",
    f"DELETE {BUCKET}/cors",
    f"GET {BUCKET}/lifecycle",
    f"PUT {BUCKET}/lifecycle",
    f"GET {BUCKET}/domains/custom",
    f"POST {BUCKET}/domains/custom",
    f"PUT {BUCKET}/domains/custom/{{domain}}",
    f"DELETE {BUCKET}/domains/custom/{{domain}}",
    f"GET {BUCKET}/domains/managed",
    f"PUT {BUCKET}/domains/managed",
    "GET /zones",
    "GET /user/tokens/verify",
}
AROUND = {
    f"GET {BUCKET}/lock",
    f"PUT {BUCKET}/lock",
    f"GET {BUCKET}/sippy",
    f"PUT {BUCKET}/sippy",
    f"DELETE {BUCKET}/sippy",
    f"GET {BUCKET}/domains/custom/{{domain}}",
    "GET /accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration",
    "GET /accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration/queues/{queue_id}",
    "PUT /accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration/queues/{queue_id}",
    "DELETE /accounts/{account_id}/event_notifications/r2/{bucket_name}/configuration/queues/{queue_id}",
    "POST /accounts/{account_id}/r2/temp-access-credentials",
    "GET /zones/{zone_id}",
}
CAPITALS = "sheet 3: `location` can come back in upper case, which the document does not have"
DEGRADED = "sheet 5: `zoneName` and `minTLS` are null in degraded reads, which the document does not have"
THROTTLE = "sheet 1: 971 is a code for rate, below the document's minimum of 1000"
EXCUSED = {
    CAPITALS: r"/r2/buckets: response 200 at /result/buckets/\d+/location: 'ENAM' is not one of",
    DEGRADED: r"response 200 at /result/domains/\d+/(zoneName|minTLS): None ",
    THROTTLE: r"response 429 at /errors/0/code: 971 is less than the minimum of 1000",
}
CORS = [{"allowed": {"methods": ["GET"], "origins": ["https://learn.aigurus.com"]}, "maxAgeSeconds": "1h"}]
EXPIRE = {
    "id": "expire",
    "conditions": {"prefix": "tmp/"},
    "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2027-01-31T00:00:00Z"}},
    "storageClassTransitions": [
        {"condition": {"type": "Age", "maxAge": "30d"}, "storageClass": "InfrequentAccess"},
    ],
}


def conforming(inner: httpx.AsyncBaseTransport) -> Conforming:
    docs = documents("cloudflare-r2-fields.json", "cloudflare-r2.json", beside=Path(__file__))
    return Conforming(inner, docs, base=BASE, excused=EXCUSED)


async def test_every_operation_of_the_client_conforms_both_ways(account: Any) -> None:
    rules = conforming(account.wire.inner)
    provider = await account.connect(transport=rules)
    await provider.whoami()
    assert [zone.name async for zone in provider.externals("zones")] == ["aigurus.com"]
    fields = {
        "storageClass": "Standard",
        "locationHint": "enam",
        "access": "public-cdn",
        "custom_domains": [account.cdn(ciphers=["AEAD-AES128-GCM-SHA256"])],
        "cors": CORS,
        "lifecycle_rules": [EXPIRE],
        "abort_multipart_after": "1d",
    }
    live = await provider.create(account.sending("buckets", "data", fields))
    account.store.degraded.add("cdn.aigurus.com")
    assert [bucket.title async for bucket in provider.list("buckets")] == ["data"]
    account.store.degraded.clear()
    changed = {
        "storageClass": "InfrequentAccess",
        "access": "public-dev",
        "custom_domains": [account.cdn(minTLS="1.3", ciphers=[])],
        "cors": [],
        "lifecycle_rules": [],
        "abort_multipart_after": None,
    }
    live = await provider.update(account.change(live, changed, list(changed)))
    live = await provider.update(account.change(live, {"custom_domains": []}, ["custom_domains"]))
    await provider.delete(live)
    with pytest.raises(NotFound):
        await provider.update(account.change(live, {"storageClass": "Standard"}, ["storageClass"]))
    account.api_of.groups.clear()
    with pytest.raises(CredentialRejected):
        await provider.whoami()
    account.store.rate.taken = 1200
    account.api_of.groups.add("Workers R2 Storage Read")
    await provider.whoami()
    assert rules.problems == []
    assert rules.seen == USED
    assert rules.used == set(EXCUSED), "an excuse that nothing needs"


async def test_what_official_clients_call_around_buckets_conforms(account: Any) -> None:
    rules = conforming(account.wire.inner)
    headers = {"authorization": account.client.headers["authorization"], "cf-r2-jurisdiction": "default"}
    await account.create("buckets", "data", {"access": "public-cdn", "custom_domains": [account.cdn()]})
    at, queue = f"{BASE}/accounts/{account.store.account}", "configuration/queues/0123456789abcdef"
    bucket, events = f"{at}/r2/buckets/data", f"{at}/event_notifications/r2/data"
    lock = {"id": "keep", "enabled": True, "prefix": "a/", "condition": {"type": "Indefinite"}}
    source = {"provider": "aws", "bucket": "old", "region": "eu-west-1", "accessKeyId": "k", "secretAccessKey": "s"}
    wanted = {"source": source, "destination": {"provider": "r2", "accessKeyId": "k", "secretAccessKey": "s"}}
    parent = {"bucket": "data", "parentAccessKeyId": "1", "permission": "object-read-only", "ttlSeconds": 60}
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"{bucket}/lock", {"rules": [lock]}),
        ("GET", f"{bucket}/lock", None),
        ("GET", f"{bucket}/sippy", None),
        ("PUT", f"{bucket}/sippy", wanted),
        ("DELETE", f"{bucket}/sippy", None),
        ("GET", f"{bucket}/domains/custom/cdn.aigurus.com", None),
        ("GET", f"{bucket}/domains/custom/not.aigurus.com", None),
        ("PUT", f"{events}/{queue}", {"rules": [{"actions": ["PutObject"], "prefix": "a/"}]}),
        ("GET", f"{events}/configuration", None),
        ("GET", f"{events}/{queue}", None),
        ("DELETE", f"{events}/{queue}", None),
        ("GET", f"{events}/{queue}", None),
        ("POST", f"{at}/r2/temp-access-credentials", parent),
        ("GET", f"{BASE}/zones/{account.zone}", None),
    ]
    async with httpx.AsyncClient(transport=rules, base_url="https://api.cloudflare.com", headers=headers) as client:
        for method, path, body in calls:
            await client.request(method, path, json=body)
    assert rules.problems == []
    assert rules.seen == AROUND


def test_the_model_takes_what_the_document_lists() -> None:
    (document,) = documents("cloudflare-r2-fields.json", beside=Path(__file__))
    rules = Conforming(httpx.AsyncHTTPTransport(), [document])
    operations = {operation.name: operation for operation in rules.operations}
    create = operations["POST /accounts/{account_id}/r2/buckets"]
    schema, _ = create.body_schema()
    body = create.resolved(schema)
    sent = set(body["properties"])
    assert sent <= set(Bucket.model_fields)
    fields = Bucket.model_json_schema()["properties"]
    for name in ("locationHint", "storageClass"):
        assert _values(fields[name]) == set(create.resolved(body["properties"][name])["enum"])
    header = create.parameters("header")["cf-r2-jurisdiction"]["schema"]
    assert set(get_args(Jurisdiction)) == set(create.resolved(header)["enum"])


def _values(schema: Any) -> set[str]:
    own = set(schema.get("enum", ()))
    return own.union(*(_values(member) for member in schema.get("anyOf", ())), set())
