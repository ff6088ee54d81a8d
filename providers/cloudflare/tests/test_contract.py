"""Cloudflare R2 obeys the laws of every provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import Kind, Live
from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample, virtual_runtime
from reconciler_cloudflare.models import Bucket
from reconciler_cloudflare.provider import Cloudflare
from reconciler_cloudflare.sandbox.api import CloudflareApi
from reconciler_cloudflare.sandbox.store import Store

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "contract-token-0123456789abcdef"


class TestCloudflare(ProviderContract):
    page_size = 3
    samples = (
        Sample("buckets/plain-bucket", {}, {"storageClass": "InfrequentAccess"}),
        Sample(
            "buckets/closed",
            {"access": "private", "jurisdiction": "eu"},
            {"access": "public-dev", "jurisdiction": "eu"},
        ),
        Sample(
            "buckets/public",
            {
                "name": "shop-public-prod",
                "locationHint": "weur",
                "storageClass": "Standard",
                "access": "public-cdn",
                "custom_domains": [
                    {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2"},
                    {"domain": "old.aigurus.com", "zone": "aigurus.com", "enabled": False},
                ],
                "cors": [
                    {
                        "allowed": {
                            "methods": ["GET", "PUT", "HEAD"],
                            "origins": ["https://learn.aigurus.com", "http://localhost:3000"],
                            "headers": ["Content-Type"],
                        },
                        "exposeHeaders": ["ETag"],
                        "maxAgeSeconds": "1h",
                    },
                    {"id": "everybody", "allowed": {"methods": ["GET"], "origins": ["*"]}},
                ],
                "lifecycle_rules": [
                    {
                        "id": "old uploads",
                        "conditions": {"prefix": "tmp/"},
                        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": "30d"}},
                        "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": "1d"}},
                    },
                    {
                        "id": "cold",
                        "enabled": False,
                        "conditions": {"prefix": ""},
                        "storageClassTransitions": [
                            {
                                "condition": {"type": "Date", "date": "2027-01-31T00:00:00Z"},
                                "storageClass": "InfrequentAccess",
                            }
                        ],
                    },
                ],
                "abort_multipart_after": "2d",
            },
            {
                "name": "shop-public-prod",
                "locationHint": "weur",
                "storageClass": "InfrequentAccess",
                "access": "private",
                "custom_domains": [
                    {
                        "domain": "cdn.aigurus.com",
                        "zone": "aigurus.com",
                        "enabled": False,
                        "minTLS": "1.3",
                        "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256", "AEAD-AES256-GCM-SHA384"],
                    },
                    {"domain": "new.aigurus.com", "zone": "aigurus.com", "enabled": False},
                ],
                "cors": [],
                "lifecycle_rules": [
                    {
                        "id": "cold",
                        "enabled": True,
                        "conditions": {"prefix": "courses/"},
                        "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2028-01-31T00:00:00Z"}},
                    },
                ],
                "abort_multipart_after": None,
            },
        ),
    )

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = Store(ACCOUNT, clock.now)
        store.most_per_page = self.page_size

        async def pollute(live: Live) -> None:
            name, jurisdiction = live.identity
            bucket = store.buckets[jurisdiction, name]
            bucket.extra = {"unannounced": {"new": "member"}, "location": "moon"}
            bucket.storage_class = "Glacial"
            for rule in bucket.cors:
                rule["allowed"]["unannounced"] = True
                rule["unannounced"] = "member"

        return Harness(
            Cloudflare,
            (Bucket,),
            settings={"account_id": ACCOUNT, "rate": "none", "jurisdictions": ["default", "eu"]},
            environ={"CLOUDFLARE_API_TOKEN": TOKEN},
            transport=httpx.ASGITransport(SimulatedApp(CloudflareApi(store, TOKEN))),
            runtime=virtual_runtime(clock),
            pollute=pollute,
        )

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """A domain leads to one bucket only."""
        made = super().another(kind, sample, number)

        def apart(fields: Any) -> Any:
            domains = [{**d, "domain": f"n{number}-{d['domain']}"} for d in (fields or {}).get("custom_domains", ())]
            return {**fields, "custom_domains": domains} if domains else fields

        return replace(made, fields=apart(made.fields), changed=apart(made.changed))
