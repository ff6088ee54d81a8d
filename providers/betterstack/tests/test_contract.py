"""Better Stack obeys the laws of every provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler import Kind, Live
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample
from reconciler_betterstack.sandbox.samples import SAMPLES
from reconciler_betterstack.sandbox.simulated import account, harness_on


class TestBetterStack(ProviderContract):
    page_size = 3
    samples = SAMPLES

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = account(clock)

        async def pollute(live: Live) -> None:
            record = next(r for group in store.records.values() for r in group.values() if str(r.id) == live.id)
            record.extra["unannounced"] = {"brand_new": "value", "brand_new_id": 3, "status": "levitating"}

        harness = harness_on(store, clock)
        harness.pollute = pollute
        return harness

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """A second page has no custom domain; a second monitor is on a domain of its own, with its own policy."""
        made = super().another(kind, sample, number)

        def apart(fields: Any) -> Any:
            if fields and "custom_domain" in fields:
                return {**fields, "custom_domain": None}
            if fields and "url" in fields:
                return {**fields, "url": f"https://shop-{number}.test/"}
            return fields

        return replace(made, fields=apart(made.fields), changed=apart(made.changed))
