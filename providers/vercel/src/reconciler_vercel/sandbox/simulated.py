"""A team of Vercel in this process, for the contract suite and for simulations.

An instance is for one project, or for the projects of a team: each has samples, and is opened, by itself.
"""

from __future__ import annotations

from typing import Any

import httpx

from reconciler import Kind
from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_vercel.models import Domain, HeaderRule, Hosting, Variable
from reconciler_vercel.provider import Vercel
from reconciler_vercel.sandbox.api import VercelApi
from reconciler_vercel.sandbox.samples import OF_A_PROJECT, OF_A_TEAM
from reconciler_vercel.sandbox.store import Store

CREDENTIAL = "contract-token-0123456789abcdef"


def team(clock: FakeClock, seed: int = 0, **projects: str) -> Store:
    """Return a team on a plan with every add-on, and with these projects: name to id."""
    store = Store(now=clock.now, projects=projects, seed=seed)
    store.world.addons = {"protection", "trusted_ips"}
    return store


def on_a_project(store: Store, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on the project `lms`: what is in it, but for its own settings."""
    return _harness(store, clock, seed, (Variable, HeaderRule, Domain), project="lms")


def on_a_team(store: Store, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on all projects of a team, in an instance that can stand beside one for a project."""
    harness = _harness(store, clock, seed, (Hosting,))
    harness.instance = "vercel-team"
    return harness


def _harness(store: Store, clock: FakeClock, seed: int, kinds: tuple[type[Kind], ...], **settings: Any) -> Harness:
    return Harness(
        Vercel,
        kinds,
        settings={"team": store.slug, "rate": "none", **settings},
        environ={"VERCEL_TOKEN": CREDENTIAL},
        transport=httpx.ASGITransport(SimulatedApp(VercelApi(store, CREDENTIAL))),
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_project(clock: FakeClock, seed: int) -> Simulated:
    """Return a new team with the project `lms`. Ids come from the seed, and times from the clock."""
    store = team(clock, seed, lms="prj_lms")
    return Simulated(on_a_project(store, clock, seed), OF_A_PROJECT, VercelApi(store, CREDENTIAL).state)


def open_team(clock: FakeClock, seed: int) -> Simulated:
    """Return a new team without projects. Ids come from the seed, and times from the clock."""
    store = team(clock, seed)
    return Simulated(on_a_team(store, clock, seed), OF_A_TEAM, VercelApi(store, CREDENTIAL).state)
