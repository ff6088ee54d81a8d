"""What this repository desires of Sentry is the production specification's. Skipped outside the repository."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.discover import discover
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import Project, load_project, validate_project
from reconciler.runtime import Runtime
from reconciler.sandbox.run import Running, serve

DESIRED = Path(__file__).resolve().parents[3] / "desired"
FILES = ("sentry.yaml", "alerts.yaml", "escalations.yaml")
ENVIRONMENT = """
environment: production
providers:
  betterstack: {expect: {team: AI Gurus}}
  sentry:
    organization: ai-gurus
    project: ai-gurus-lms
    region: us
    expect: {organization: ai-gurus, project: ai-gurus-lms}
"""


@pytest.fixture
def desired(tmp_path: Path) -> Path:
    """Return a copy of the files that are about Sentry, and what they refer to."""
    if not (DESIRED / "alerts.yaml").is_file():
        pytest.skip("the repository's desired/ is not here")
    folder = tmp_path / "desired"
    folder.mkdir()
    (folder / "environment.yaml").write_text(ENVIRONMENT)
    for name in FILES:
        shutil.copy(DESIRED / name, folder / name)
    return folder


@pytest.fixture
def specs(desired: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the vendor fields of every desired object, by address; compact ones as what they stand for."""
    return {str(r.address): r.spec for r in validate_project(desired, discover()).resources}


def test_the_tiers_use_the_specified_channels_and_speeds(specs: Mapping[str, Any]) -> None:
    expected = {"p0": (5, {"slack", "email"}), "p1": (60, {"slack", "email"}), "p2": (1440, {"email"})}
    expected["p3"] = (1440, {"email"})
    for handle, (minutes, channels) in expected.items():
        alert = specs[f"alerts/{handle}"]
        [block] = alert["actionFilters"]
        assert alert["config"] == {"frequency": minutes}
        assert {action["type"] for action in block["actions"]} == channels
        comparison = block["conditions"][0]["comparison"]
        assert (comparison["key"], comparison["value"]) == ("severity", handle.upper())
        assert alert["environment"] == "production"


def test_what_sentry_cannot_send_is_said(desired: Path) -> None:
    notes = {str(r.address): " ".join(r.notes) for r in validate_project(desired, discover()).resources}
    assert "Sentry sends no text messages: escalations/p0 does" in notes["alerts/p0"]
    for handle in ("p2", "p3"):
        assert "Sentry sends no daily digest: nothing that is declared does" in notes[f"alerts/{handle}"]


@pytest.mark.trap("sentry", "15: ten times has no minimum count in itself: a static monitor stands beside it")
def test_ten_times_the_errors_and_five_seconds_at_p95(specs: Mapping[str, Any]) -> None:
    spike, floor = specs["metric_monitors/error-spike"], specs["metric_monitors/error-floor"]
    assert spike["config"] == {"detectionType": "percent", "comparisonDelta": 604_800}
    assert spike["conditionGroup"]["conditions"][0]["comparison"] == 1000
    assert floor["config"] == {"detectionType": "static"}
    assert set(specs["alerts/error-spike"]["metric_monitors"]) == {"error-spike", "error-floor"}
    assert specs["alerts/error-spike"]["config"]["frequency"] <= 60
    slow = specs["metric_monitors/slow-p95"]
    assert slow["dataSources"][0]["aggregate"] == "p95(span.duration)"
    assert slow["conditionGroup"]["conditions"][0]["comparison"] == 5000


def test_the_dashboard_has_what_the_specification_asks_for(specs: Mapping[str, Any]) -> None:
    titles = {widget["title"] for widget in specs["dashboards/lms-errors"]["widgets"]}
    wanted = {"Error trend", "Most common errors", "Error rate by endpoint", "Errors with a session replay"}
    assert wanted | {"Errors by release"} <= titles


def test_personal_data_is_scrubbed_and_only_production_may_send(specs: Mapping[str, Any]) -> None:
    project = specs["sentry_project/ai-gurus-lms"]
    assert project["allowedDomains"] == ("learn.aigurus.com",)
    assert project["dataScrubber"] is project["scrubIPAddresses"] is True
    assert {"confirmPassword", "currentPassword", "newPassword", "authorization", "cookie"} <= set(
        project["sensitiveFields"]
    )


@dataclass
class Production:
    """The simulated vendors of the desired tree."""

    running: Running
    project: Project
    ledger: Store

    def engine(self) -> Engine:
        runtime = replace(Runtime(), environ=dict(self.running.exports))
        return Engine(self.project, discover(), runtime, ledger=MemoryLedger(self.ledger))


@pytest.fixture
async def production(desired: Path) -> AsyncIterator[Production]:
    catalog = discover()
    project = load_project(desired, catalog)
    async with serve(project, catalog) as running:
        yield Production(running, project, Store())


async def test_it_is_applied_to_a_fresh_simulator_and_then_needs_nothing(production: Production) -> None:
    outcome = await production.engine().apply(Options(sandbox=True))
    assert {r.status for r in outcome.results} == {"done"}, [r for r in outcome.results if r.status != "done"]
    assert outcome.not_converged == ()
    plan = await production.engine().plan(Options(sandbox=True))
    assert plan.changes == ()
    assert plan.pending == ()
    sandbox: Any = production.running.sandboxes["sentry"]
    wanted = {r.address.collection for r in production.project.resources if r.provider == "sentry"}
    expected = sandbox.expected_reads(sorted(wanted))
    assert plan.providers["sentry"].requests == sum(expected.values()), expected
