"""What a plan with nothing to do has to read, counted from the simulated account and the documented page sizes."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil

from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.models.checks import looked_at
from reconciler_cloudflare.sandbox.store import Store

BUCKETS_PER_PAGE, ZONES_PER_PAGE = 1000, 50  # the most that the API gives
PARTS = 4  # r2.dev, custom domains, CORS and lifecycle are at endpoints of their own: no listing has them


def expected_reads(store: Store, settings: CloudflareSettings, named: bool, wanted: Collection[str]) -> dict[str, int]:
    """Return the calls by what they are for. `named`: desired state names zones."""
    reads = {"whoami (one bucket)": 1}
    if "buckets" not in wanted:
        return reads
    seen = [[b for b in store.buckets.values() if b.jurisdiction == where] for where in settings.jurisdictions]
    reads["buckets"] = sum(pages(len(buckets), BUCKETS_PER_PAGE) for buckets in seen)
    read = sum(looked_at(bucket.name, settings) for buckets in seen for bucket in buckets)
    reads["r2.dev, custom domains, CORS and lifecycle of each bucket"] = PARTS * read
    if named:
        reads["zones"] = pages(len(store.zones), ZONES_PER_PAGE)
    return reads


def pages(objects: int, size: int) -> int:
    """Return how many pages a listing has; an empty one has one."""
    return max(1, ceil(objects / size))
