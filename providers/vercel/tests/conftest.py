"""A simulated team of Vercel with two projects, and a provider connected to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import Live, Runtime
from reconciler.sandbox import SimulatedApp
from reconciler.testing import Account, FakeClock, Harness, virtual_runtime
from reconciler.testing.site import Site
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox.api import VercelApi
from reconciler_vercel.sandbox.deploying import deploy, finish
from reconciler_vercel.sandbox.store import Project, Store

TOKEN = "vercel-token-0123456789abcdef"
KINDS = (Variable, HeaderRule, Domain, Hosting)
SETTINGS = {"team": "ai-gurus", "project": "lms", "rate": "none"}


class VercelAccount(Account):
    """A simulated team with a connected provider."""

    store: Store
    clock: FakeClock

    @property
    def project(self) -> Project:
        """The project of the instance, as the simulator keeps it."""
        return self.store.project("lms")

    def variable(self, key: str) -> dict[str, Any]:
        """Return what the simulator keeps of a variable: the only one of that key."""
        (found,) = (r for r in self.project.env.values() if r["key"] == key)
        return found

    async def dashboard(self, method: str, path: str, body: Any = None, status: int = 200, **query: str) -> Any:
        """Send a request as the dashboard would, for the team."""
        return await self.api(method, path, body, status, params={"slug": "ai-gurus", **query})

    async def one(self, collection: str) -> Live:
        """Return the only live object of a collection."""
        (found,) = [live async for live in self.provider.list(collection)]
        return found

    def runtime_with_token(self) -> Runtime:
        """Return the runtime of the account, with its token in the environment: for engines made by hand."""
        return replace(self.harness.runtime, environ=self.harness.environ)

    def deploy(self) -> None:
        """Let a push to the production branch be built."""
        self.clock.advance(10)
        deploy(self.store, self.project)
        finish(self.store, self.project)
        self.clock.advance(10)


@pytest.fixture
def site(account: VercelAccount, tmp_path: Path) -> Site:
    """Return a project folder before the account."""
    return Site(account.harness, tmp_path)


@pytest.fixture
async def account() -> AsyncIterator[VercelAccount]:
    clock = FakeClock()
    store = Store(now=clock.now, projects={"lms": "prj_lms", "docs": "prj_docs"})
    harness = Harness(
        Vercel,
        KINDS,
        settings=SETTINGS,
        environ={"VERCEL_TOKEN": TOKEN},
        transport=httpx.ASGITransport(SimulatedApp(VercelApi(store, TOKEN))),
        runtime=virtual_runtime(clock),
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with VercelAccount.open(harness, base_url="https://api.vercel.com", headers=headers) as made:
        assert isinstance(made, VercelAccount)
        made.store, made.clock = store, clock
        yield made
