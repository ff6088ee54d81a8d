"""Neon obeys the laws of every provider."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler import Kind, Live
from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, ProviderContract, Sample, virtual_runtime
from reconciler.testing.lab import Lab
from reconciler_neon.models import Backups, Branch, Database, Endpoint, Project, Role
from reconciler_neon.provider import Neon
from reconciler_neon.sandbox.api import NeonApi
from reconciler_neon.sandbox.stock import NAME, PROJECT, found_project
from reconciler_neon.sandbox.world import World

KEY = "napi_contract0123456789abcdef"
PAGE = 3
SINGLE = "there is one project, so another one is the same one"
DAILY = {"frequency": "daily", "hour": 2, "retention_seconds": "7d"}
WEEKLY = {"frequency": "weekly", "day": 7, "hour": 4, "retention_seconds": "28d"}
SETTINGS = {
    "quota": {"active_time_seconds": 0, "written_data_bytes": 0},
    "allowed_ips": {"ips": [], "protected_branches_only": False},
    "enable_logical_replication": False,
    "maintenance_window": {"weekdays": [5], "start_time": "07:00", "end_time": "08:00"},
}


def roots(count: int) -> tuple[Sample, ...]:
    """Return root branches, for schedules: the only ones that can be made are copies of the tables."""
    return tuple(Sample(f"branches/root-{n}", {"init_source": "schema-only"}) for n in range(count))


class TestNeon(ProviderContract):
    page_size = PAGE
    samples = (
        Sample(
            "database/main",
            {"name": NAME, "history_retention_seconds": "1d", "region_id": "aws-us-east-1", "settings": SETTINGS},
            {
                "name": NAME,
                "history_retention_seconds": "7d",
                "region_id": "aws-us-east-1",
                "default_endpoint_settings": {"autoscaling_limit_max_cu": 4, "pg_settings": {"work_mem": "8MB"}},
                "settings": {
                    "quota": {"active_time_seconds": "10h", "written_data_bytes": 1_000_000_000},
                    "allowed_ips": {"ips": ["203.0.113.0/24", "198.51.100.7"], "protected_branches_only": True},
                    "enable_logical_replication": True,
                    "maintenance_window": {"weekdays": [6, 7], "start_time": "03:00", "end_time": "04:00"},
                },
            },
        ),
        Sample("branches/staging", {"protected": False}, {"protected": True, "expires_at": None}),
        Sample(
            "branches/trial",
            {"parent": "staging", "expires_at": "2027-01-31T00:00:00Z"},
            {"parent": "staging", "expires_at": None},
        ),
        *roots(PAGE + 2),
        Sample(
            "endpoints/staging",
            {
                "branch": "staging",
                "autoscaling_limit_min_cu": 0.25,
                "autoscaling_limit_max_cu": 1,
                "suspend_timeout_seconds": "5m",
                "settings": {"pg_settings": {"log_statement": "ddl"}},
            },
            {
                "branch": "staging",
                "autoscaling_limit_min_cu": 0.5,
                "autoscaling_limit_max_cu": 2,
                "suspend_timeout_seconds": -1,
                "settings": {
                    "pg_settings": {"work_mem": "16MB"},
                    "preload_libraries": {"use_defaults": True, "enabled_libraries": ["pg_cron"]},
                },
            },
        ),
        Sample(
            "endpoints/reports",
            {"branch": "staging", "type": "read_only", "name": "reports"},
            {"branch": "staging", "type": "read_only", "name": "reports", "disabled": True},
        ),
        Sample("roles/app", {"branch": "staging"}),
        Sample("roles/readers", {"branch": "staging", "no_login": True}),
        Sample(
            "databases/shop",
            {"branch": "staging", "owner_name": "app"},
            {"branch": "staging", "owner_name": "readers"},
        ),
        Sample(
            "backups/root-0",
            {"branch": "root-0", "schedule": [DAILY]},
            {"branch": "root-0", "schedule": [WEEKLY, DAILY]},
        ),
    )

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
        world = World(now=clock.now, fill=lambda w: fill(w), most_on_page=PAGE)

        async def pollute(live: Live) -> None:
            estate = world.estates[PROJECT]
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

        return Harness(
            Neon,
            (Project, Branch, Endpoint, Role, Database, Backups),
            settings={"project": PROJECT},
            environ={"NEON_API_KEY": KEY},
            transport=httpx.ASGITransport(SimulatedApp(NeonApi(world, KEY))),
            runtime=virtual_runtime(clock),
            pollute=pollute,
        )


def fill(world: World) -> None:
    found_project(world, PROJECT, NAME)
