"""GitHub obeys the laws of every provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from reconciler import Kind, Live
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample
from reconciler_github.sandbox.samples import SAMPLES
from reconciler_github.sandbox.simulated import harness_on, repository, transport_of


class SmallPages(httpx.AsyncBaseTransport):
    """Asks for pages of three objects, whatever is asked for, so that few objects make several pages."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "per_page" in request.url.params:
            request.url = request.url.copy_set_param("per_page", 3)
        return await self.inner.handle_async_request(request)


class TestGitHub(ProviderContract):
    page_size = 3
    samples = SAMPLES

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        store = repository(clock)

        async def pollute(live: Live) -> None:
            store.unannounced = {"brand_new": {"a": 1}, "protected_by": "levitation"}

        harness = harness_on(SmallPages(transport_of(store)), clock)
        harness.pollute = pollute
        return harness

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """A second variable or secret has a name of its own: the handle of the first is its name."""
        made = super().another(kind, sample, number)
        if not sample.address.startswith("actions_"):
            return made

        def named(fields: Any) -> Any:
            name = str(fields.get("name") or sample.where.handle).partition("-")[0]
            return {**fields, "name": f"{name}_{number}"}

        return replace(made, fields=named(made.fields), changed=made.changed and named(made.changed))
