"""A Neon account of the simulator, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from reconciler import Live
from reconciler.sandbox import SimulatedApp
from reconciler.testing import Account, FakeClock, Harness, virtual_runtime
from reconciler_neon.models import Backups, Branch, Database, Endpoint, Project, Role
from reconciler_neon.provider import Neon
from reconciler_neon.sandbox.api import BASE, NeonApi
from reconciler_neon.sandbox.stock import NAME, PROJECT, found_project
from reconciler_neon.sandbox.world import Estate, World

Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
KEY = "napi_sandbox0123456789abcdef"
KINDS = (Project, Branch, Endpoint, Role, Database, Backups)


def new_api(clock: FakeClock, **chosen: Any) -> NeonApi:
    """Return an account with one project, as the console makes it."""
    return NeonApi(World(now=clock.now, fill=lambda world: _fill(world), **chosen), KEY)


def _fill(world: World) -> None:
    found_project(world, PROJECT, NAME)


class NeonAccount(Account):
    """A simulated account with a connected provider. `project` is the path of its project."""

    service: NeonApi
    clock: FakeClock
    project = f"{BASE}/projects/{PROJECT}"

    @property
    def world(self) -> World:
        return self.service.world

    @property
    def estate(self) -> Estate:
        return self.world.estates[PROJECT]

    def branch(self, name: str = "production") -> dict[str, Any]:
        """Return a branch as the server has it."""
        return next(b for b in self.world.there(self.estate) if b["name"] == name)

    def endpoint(self, branch: str = "production") -> dict[str, Any]:
        """Return the first endpoint of a branch as the server has it."""
        found = self.branch(branch)["id"]
        return next(e for e in self.estate.endpoints.values() if e["branch_id"] == found)

    def idle(self) -> None:
        """Let the work under way end."""
        self.clock.advance(60)

    async def by_hand(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """Do something in the console once nothing is under way, and let its work end."""
        self.idle()
        told = await self.api(method, f"{self.project}{path}", body, status, **options)
        self.idle()
        return told

    async def only(self, collection: str) -> Live:
        """Return the one live object of a collection."""
        [found] = (await self.listed(collection)).values()
        return found

    async def by_id(self, collection: str) -> dict[str, Live]:
        """Return the live objects of a collection by id."""
        return {live.id: live async for live in self.provider.list(collection)}


def harness_of(api: NeonApi, clock: FakeClock, wrap: Wrap = lambda inner: inner, **settings: Any) -> Harness:
    """Return a harness on a simulated account; `wrap` puts something between it and everybody."""
    return Harness(
        Neon,
        KINDS,
        settings={"project": PROJECT, **settings},
        environ={"NEON_API_KEY": KEY},
        transport=wrap(httpx.ASGITransport(SimulatedApp(api))),
        runtime=virtual_runtime(clock),
    )


@asynccontextmanager
async def opened(wrap: Wrap = lambda inner: inner, **chosen: Any) -> AsyncIterator[NeonAccount]:
    """Yield an account whose world was made with `chosen`."""
    clock = FakeClock()
    api = new_api(clock, **chosen)
    headers = {"authorization": f"Bearer {KEY}"}
    harness = harness_of(api, clock, wrap)
    async with NeonAccount.open(harness, base_url="https://console.neon.tech", headers=headers) as made:
        assert isinstance(made, NeonAccount)
        made.service, made.clock = api, clock
        yield made


@pytest.fixture
def account_on() -> Any:
    """Return what opens an account: of another plan, with something in between."""
    return opened


@pytest.fixture
async def account() -> AsyncIterator[NeonAccount]:
    async with opened() as made:
        yield made
