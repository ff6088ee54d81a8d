"""What a user of Cloudflare writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

SAMPLES = (
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
