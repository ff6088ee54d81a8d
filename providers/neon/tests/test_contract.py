"""Neon obeys the laws of every provider."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import Kind, Live
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample
from reconciler.testing.lab import Lab
from reconciler_neon.models import Backups, Endpoint
from reconciler_neon.sandbox.samples import SAMPLES
from reconciler_neon.sandbox.simulated import account, harness_on
from reconciler_neon.sandbox.stock import PROJECT

PAGE = 3
SINGLE = "there is one project, so another one is the same one"


class TestNeon(ProviderContract):
    page_size = PAGE
    samples = SAMPLES

    def another(self, kind: type[Kind], sample: Sample, number: int) -> Sample:
        """A branch has one read_write endpoint and one schedule: the others are of another type or branch."""
        if kind is Backups:
            fields, changed = ({**f, "branch": f"root-{number + 1}"} for f in (sample.fields, sample.changed or {}))
            return Sample(f"backups/root-{number + 1}", fields, changed)
        if kind is Endpoint:
            name = f"reader-{number}"
            fields = {"branch": "staging", "type": "read_only", "name": name}
            return Sample(f"endpoints/{name}", fields, {**fields, "disabled": True})
        return super().another(kind, sample, number)

    async def test_an_update_changes_what_it_names_and_nothing_else(self, lab: Lab, changing: Sample) -> None:
        if changing.where.collection == "database":
            pytest.skip(SINGLE)
        await super().test_an_update_changes_what_it_names_and_nothing_else(lab, changing)

    async def test_a_connection_that_only_reads_refuses_every_write(self, lab: Lab, changing: Sample) -> None:
        await lab.prepare(self.another(lab.kind(changing.where), changing, 1))
        await super().test_a_connection_that_only_reads_refuses_every_write(lab, changing)

    @pytest.fixture
    def harness(self) -> Harness:
        clock = FakeClock()
        api = account(clock, most_on_page=PAGE)

        async def pollute(live: Live) -> None:
            estate = api.world.estates[PROJECT]
            records: dict[str, Any] = {
                "database": [estate.payload],
                "branches": [b for b in estate.branches.values() if b["name"] == live.id],
                "endpoints": [estate.endpoints.get(live.id, {})],
                "databases": [d for d in estate.databases.values() if d["name"] == live.identity[0]],
                "backups": [e for entries in estate.schedules.values() for e in entries],
            }[live.kind]
            for record in records:
                record["mood"] = {"new": "attribute"}
                for nested in ("settings", "default_endpoint_settings"):
                    if nested in record:
                        record[nested]["mood"] = "new member"
                for name in {"init_source", "provisioner", "current_state"} & set(record):
                    record[name] = "something-new"

        harness = harness_on(api, clock)
        harness.pollute = pollute
        return harness
