"""Two repositories under one environment: this one, and the application's with its required checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from reconciler.discover import Catalog
from reconciler.engine.options import Options
from reconciler.engine.session import Engine
from reconciler.ledger.memory import MemoryLedger, Store
from reconciler.load.project import load_project
from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, virtual_runtime, write_project
from reconciler_github.models import ActionsSecret, ActionsVariable, Environment, Ruleset
from reconciler_github.provider import GitHub
from reconciler_github.sandbox.app import GitHubApi
from reconciler_github.sandbox.store import Store as Repository

CHECKS = ("Lint", "Unit & Integration Tests", "E2E Tests", "Accessibility Tests", "Build")
CATALOG = Catalog.of((Ruleset, Environment, ActionsVariable, ActionsSecret), {"github": GitHub})
PROVIDERS = {
    "github": {"repository": "ai-gurus/production", "rate": "none"},
    "lms": {
        "type": "github",
        "repository": "ai-gurus/lms",
        "rate": "none",
        "token": {"secret": "LMS_GITHUB_TOKEN"},
        "expect": {"repository": "ai-gurus/lms"},
    },
}
HERE, THERE = {"provider": "github"}, {"provider": "lms"}


def ruleset(lifecycle: Any, *checks: str) -> dict[str, Any]:
    required = [{"context": name} for name in checks]
    return {
        "name": "default branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
        "rules": {
            "required_status_checks": {
                "required_status_checks": required,
                "strict_required_status_checks_policy": False,
            }
        },
        "lifecycle": lifecycle,
    }


OBJECTS = {
    "rulesets": {"production": ruleset(HERE, "Validate desired/"), "lms": ruleset(THERE, *CHECKS)},
    "environments": {"production": {"lifecycle": HERE}, "ci": {"lifecycle": THERE}},
    "actions_secrets": {"CODECOV_TOKEN": {"value": {"secret": "CODECOV_TOKEN"}, "lifecycle": THERE}},
    "actions_variables": {"REGION": {"environment": "ci", "value": "iad1", "lifecycle": THERE}},
}


class Vendor:
    """One GitHub with two repositories, each behind its own token."""

    def __init__(self, clock: FakeClock) -> None:
        self.stores = {
            name: Repository(f"ai-gurus/{name}", repository_id=number, now=clock.now)
            for number, name in enumerate(("production", "lms"), 1)
        }
        self.apps = {name: SimulatedApp(GitHubApi(store, f"token-of-{name}")) for name, store in self.stores.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.apps[scope["path"].split("/")[3]](scope, receive, send)


async def test_each_repository_gets_its_own_and_nothing_of_the_other(tmp_path: Path) -> None:
    clock = FakeClock()
    vendor, store = Vendor(clock), Store()
    environ = {
        "GITHUB_TOKEN": "token-of-production",
        "LMS_GITHUB_TOKEN": "token-of-lms",
        "CODECOV_TOKEN": "codecov-token-0123456789",
    }
    runtime = virtual_runtime(clock, environ=environ, transport=lambda: httpx.ASGITransport(vendor))
    desired = write_project(tmp_path, OBJECTS, providers=PROVIDERS)

    def engine() -> Engine:
        return Engine(load_project(desired, CATALOG), CATALOG, runtime, ledger=MemoryLedger(store))

    outcome = await engine().apply(Options(sandbox=True))
    assert {r.status for r in outcome.results} == {"done"}, outcome.results
    plan = await engine().plan(Options(sandbox=True))
    assert plan.changes == ()
    assert {name: status.account for name, status in plan.providers.items()} == {
        "github": "id 1, repository ai-gurus/production",
        "lms": "id 2, repository ai-gurus/lms",
    }
    states = {name: repository.state() for name, repository in vendor.stores.items()}
    (rules,) = states["lms"]["rulesets"]
    contexts = [c["context"] for c in rules["rules"][0]["parameters"]["required_status_checks"]]
    assert tuple(contexts) == CHECKS
    assert [e["name"] for e in states["production"]["environments"]] == ["production"]
    assert [e["name"] for e in states["lms"]["environments"]] == ["ci"]
    assert states["production"]["actions_secrets"] == []
    assert [s["name"] for s in states["lms"]["actions_secrets"]] == ["CODECOV_TOKEN"]
