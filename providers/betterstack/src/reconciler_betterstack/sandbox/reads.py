"""What a plan with nothing to do has to read, counted from the simulated account and the documented page sizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil

from reconciler_betterstack.sandbox.store import Store

MOST_PER_PAGE = 250
KEPT_AS = {"escalations": "policies", "slack_channels": "slack_integrations", "on_call_calendars": "on_calls"}
"""Collections, and names that desired state refers to, that the API calls otherwise."""


def expected_reads(store: Store, collections: Collection[str]) -> Mapping[str, int]:
    """Return the calls by what they are for: pages of each listing, and two listings for each status page.

    The token is told by the urgencies, so these are read once more. Names that desired state refers to (Slack channels,
    calendars) cost the pages of their listing.
    """
    reads = {"whoami (urgencies)": pages(len(store.all("urgencies")))}
    for collection in sorted({*collections, *store.needs}):
        reads[collection] = pages(len(store.all(KEPT_AS.get(collection, collection))))
    if "status_pages" in collections:
        shown = [(kind, page.id) for page in store.all("status_pages") for kind in ("sections", "resources")]
        reads["sections and rows of status pages"] = sum(pages(len(store.all(*listing))) for listing in shown)
    return reads


def pages(objects: int) -> int:
    """Return how many pages a listing has; an empty one has one."""
    return max(1, ceil(objects / MOST_PER_PAGE))
