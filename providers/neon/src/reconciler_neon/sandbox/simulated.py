"""A Neon account with one project in this process, for the contract suite and for simulations."""

from __future__ import annotations

import httpx

from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_neon.models import Backups, Branch, Database, Endpoint, Project, Role
from reconciler_neon.provider import Neon
from reconciler_neon.sandbox.api import NeonApi
from reconciler_neon.sandbox.samples import SAMPLES
from reconciler_neon.sandbox.stock import NAME, PROJECT, found_project
from reconciler_neon.sandbox.world import World

CREDENTIAL = "napi_contract0123456789abcdef"
MOST_ON_PAGE = 10_000  # what the API allows at most


def account(clock: FakeClock, seed: int = 0, *, most_on_page: int = MOST_ON_PAGE) -> NeonApi:
    """Return an account with one project, as the console makes it."""
    world = World(now=clock.now, seed=seed, fill=_fill, most_on_page=most_on_page)
    return NeonApi(world, CREDENTIAL)


def _fill(world: World) -> None:
    found_project(world, PROJECT, NAME)


def harness_on(api: NeonApi, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on the project of an account."""
    return Harness(
        Neon,
        (Project, Branch, Endpoint, Role, Database, Backups),
        settings={"project": PROJECT},
        environ={"NEON_API_KEY": api.token},
        transport=httpx.ASGITransport(SimulatedApp(api)),
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new account whose ids, passwords and own operations come from the seed, and its time from the clock."""
    api = account(clock, seed)
    return Simulated(harness_on(api, clock, seed), SAMPLES, api.state)
