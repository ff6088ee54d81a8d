"""A repository of the simulated GitHub, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import Kind
from reconciler.sandbox import SimulatedApp
from reconciler.testing import Account, FakeClock, Harness, Sample, virtual_runtime
from reconciler.testing.site import Site
from reconciler_github.models import ActionsSecret, ActionsVariable, Environment, Ruleset
from reconciler_github.provider import GitHub
from reconciler_github.sandbox.app import GitHubApi
from reconciler_github.sandbox.rights import Rights
from reconciler_github.sandbox.store import Store

TOKEN = "github_pat_0123456789abcdef"
REPOSITORY = "ai-gurus/production"
KINDS: tuple[type[Kind], ...] = (Ruleset, Environment, ActionsVariable, ActionsSecret)
SECRETS = {"NEXTAUTH_SECRET": "next-auth-secret-value-1", "OTHER": "another-secret-value-2"}


class GitHubAccount(Account):
    """A simulated repository with a connected provider. Paths of `on` start below the repository."""

    app: SimulatedApp
    clock: FakeClock
    store: Store
    simulated: GitHubApi

    async def on(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """Send a request about the repository as its settings pages would."""
        return await self.api(method, f"/repos/{REPOSITORY}{path}", body, status, **options)

    def token(self, rights: Rights) -> Mapping[str, str]:
        """Return the environment of somebody with a token of these rights."""
        self.simulated.others["github_pat_of_somebody_else"] = rights
        return {"GITHUB_TOKEN": "github_pat_of_somebody_else"}


@pytest.fixture
async def account() -> AsyncIterator[GitHubAccount]:
    clock = FakeClock()
    reviewers = ("User/Alice", "User/bob", "Team/platform")
    store = Store(REPOSITORY, repository_id=4711, now=clock.now, reviewers=reviewers)
    simulated = GitHubApi(store, TOKEN)
    app = SimulatedApp(simulated)
    harness = Harness(
        GitHub,
        KINDS,
        settings={"rate": "none", "repository": REPOSITORY},
        environ={"GITHUB_TOKEN": TOKEN, **SECRETS},
        transport=httpx.ASGITransport(app),
        runtime=virtual_runtime(clock),
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with GitHubAccount.open(harness, base_url="https://api.github.com", headers=headers) as made:
        assert isinstance(made, GitHubAccount)
        made.app, made.clock, made.store, made.simulated = app, clock, store, simulated
        yield made


class Desk(Site):
    """A project on the simulated repository, planned and applied by the engine."""

    def want(self, objects: Mapping[str, Mapping[str, Any]]) -> None:
        """Write `desired/`: fields by address."""
        self.desire([Sample(address, dict(fields)) for address, fields in objects.items()])

    async def planned(self) -> list[str]:
        """Return the changes of a plan as `action address: fields`."""
        plan = await self.plan()
        return [
            f"{c.action} {c.address}: {', '.join(sorted('.'.join(map(str, d.path)) for d in c.fields))}".rstrip(": ")
            for c in plan.changes
        ]

    async def applied(self) -> None:
        """Apply, and have nothing left to do."""
        outcome = await self.apply()
        assert not [r for r in outcome.results if r.status not in ("done", "already")], outcome.results
        assert not outcome.errors
        assert not outcome.not_converged
        assert await self.planned() == []


@pytest.fixture
def desk(account: GitHubAccount, tmp_path: Path) -> Desk:
    return Desk(account.harness, tmp_path)
