"""Sentry obeys the laws of every provider."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Live
from reconciler.testing import FakeClock, Harness, ProviderContract
from reconciler_sentry.sandbox.samples import SAMPLES
from reconciler_sentry.sandbox.simulated import harness_on, organization


class TestSentry(ProviderContract):
    page_size = 3
    samples = SAMPLES

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = organization(clock)
        store.page_size = self.page_size

        async def pollute(live: Live) -> None:
            found: Any = next(o for group in store.objects.values() for i, o in group.items() if i == live.id)
            found["_unannounced"] = {"brandNew": "value", "brand_new_id": 3, "status": "levitating"}

        harness = harness_on(store, clock)
        harness.pollute = pollute
        return harness
