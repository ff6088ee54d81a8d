"""What this repository desires of Neon is the production specification's, and can be had. Skipped outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import Project, load_project
from reconciler.outcome import Outcome
from reconciler.values import SecretValue
from reconciler_neon.sandbox.reads import expected_reads

FILE = Path(__file__).resolve().parents[3] / "desired" / "database.yaml"
ALL = ("database", "branches", "endpoints", "roles", "databases", "backups")


class Production:
    """The repository's desired database before a fresh simulated project, applied by the real engine."""

    def __init__(self, account: Any, root: Path) -> None:
        self.account = account
        self.store = Store()
        harness = account.harness
        self.catalog = Catalog.of(harness.kinds, {"neon": harness.provider})
        desired = root / "desired"
        desired.mkdir()
        (desired / "database.yaml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
        settings = {"project": "restless-sea-41205793", "expect": {"project_id": "restless-sea-41205793"}}
        environment = {
            "environment": "production",
            "providers": {"neon": {**settings, "database": "ai-gurus-prod"}},
        }
        (desired / "environment.yaml").write_text(yaml.safe_dump(environment), encoding="utf-8")
        self.desired = desired

    def load(self) -> Project:
        return load_project(self.desired, self.catalog)

    def engine(self) -> Engine:
        runtime = replace(self.account.harness.runtime, environ=dict(self.account.harness.environ))
        return Engine(self.load(), self.catalog, runtime, ledger=MemoryLedger(self.store))

    async def apply(self) -> Outcome:
        return await self.engine().apply(Options(sandbox=True))


@pytest.fixture
def production(account: Any, tmp_path: Path) -> Production:
    if not FILE.is_file():
        pytest.skip("the repository's desired/ is not here")
    return Production(account, tmp_path)


async def test_it_applies_to_a_new_project_at_once_and_then_needs_nothing(production: Production) -> None:
    outcome = await production.apply()
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    assert outcome.not_converged == ()
    plan = await production.engine().plan(Options(sandbox=True))
    assert plan.changes == ()
    assert plan.unknown == ()


async def test_a_plan_with_nothing_to_do_makes_exactly_the_calls_that_pages_and_details_sum_to(
    production: Production,
) -> None:
    await production.apply()
    account = production.account
    for name in ("one", "two"):
        await account.by_hand("POST", "/branches", {"branch": {"name": name}}, 201)
    plan = await production.engine().plan(Options(sandbox=True))
    assert plan.changes == ()
    expected = expected_reads(account.world, account.estate, ALL)
    assert plan.providers["neon"].requests == sum(expected.values()), expected


async def test_both_urls_lead_to_the_production_database(production: Production) -> None:
    await production.apply()
    account = production.account
    provider = await account.connect(database="ai-gurus-prod", read_only=True)
    [live] = [live async for live in provider.list("database")]
    urls = {name: value.reveal() for name, value in live.outputs.items() if isinstance(value, SecretValue)}
    host = account.endpoint()["host"]
    pooled = host.replace(".", "-pooler.", 1)
    for name, reached in (("pooled_url", pooled), ("direct_url", host)):
        assert urls[name].startswith("postgresql://ai_gurus_owner:npg_")
        assert f"@{reached}/ai-gurus-prod?" in urls[name]
        assert "sslmode=require" in urls[name]
    assert "npg_" not in repr(live)


async def test_it_says_what_the_specification_says(production: Production) -> None:
    specs: Mapping[str, Any] = {str(r.address): r.spec for r in production.load().resources}
    schedule = {e["frequency"]: e for e in specs["backups/production"]["schedule"]}
    assert (schedule["daily"]["hour"], schedule["daily"]["retention_seconds"]) == (0, 7 * 86_400)
    assert schedule["weekly"]["retention_seconds"] == 28 * 86_400
    assert schedule["weekly"]["hour"] != schedule["daily"]["hour"]
    assert specs["database/main"]["name"] == "ai-gurus-lms-production"
    assert specs["database/main"]["region_id"].startswith("aws-us-east")
    assert specs["databases/ai-gurus-prod"]["owner_name"] == "ai_gurus_owner"
    assert specs["branches/production"]["protected"] is True
