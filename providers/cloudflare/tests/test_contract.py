"""Cloudflare R2 obeys the laws of every provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import Kind, Live
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample
from reconciler_cloudflare.sandbox.samples import SAMPLES
from reconciler_cloudflare.sandbox.simulated import account, harness_on


class TestCloudflare(ProviderContract):
    page_size = 3
    samples = SAMPLES

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        api = account(clock)
        api.store.most_per_page = self.page_size

        async def pollute(live: Live) -> None:
            name, jurisdiction = live.identity
            bucket = api.store.buckets[jurisdiction, name]
            bucket.extra = {"unannounced": {"new": "member"}, "location": "moon"}
            bucket.storage_class = "Glacial"
            for rule in bucket.cors:
                rule["allowed"]["unannounced"] = True
                rule["unannounced"] = "member"

        harness = harness_on(api, clock)
        harness.pollute = pollute
        return harness

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """A domain leads to one bucket only."""
        made = super().another(kind, sample, number)

        def apart(fields: Any) -> Any:
            domains = [{**d, "domain": f"n{number}-{d['domain']}"} for d in (fields or {}).get("custom_domains", ())]
            return {**fields, "custom_domains": domains} if domains else fields

        return replace(made, fields=apart(made.fields), changed=apart(made.changed))
