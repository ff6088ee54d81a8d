"""A repository of GitHub in this process, for the contract suite and for simulations."""

from __future__ import annotations

import httpx

from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_github.models import ActionsSecret, ActionsVariable, Environment, Ruleset
from reconciler_github.provider import GitHub
from reconciler_github.sandbox.app import GitHubApi
from reconciler_github.sandbox.samples import SAMPLES
from reconciler_github.sandbox.store import Store

REPOSITORY = "ai-gurus/production"
CREDENTIAL = "github_pat_contract_0123456789"
PEOPLE = ("User/alice", "User/bob", "Team/platform")


def repository(clock: FakeClock, seed: int = 0) -> Store:
    """Return a new repository with the people that the samples name as reviewers."""
    return Store(REPOSITORY, repository_id=4711, now=clock.now, seed=seed, reviewers=PEOPLE)


def transport_of(store: Store) -> httpx.AsyncBaseTransport:
    """Return what leads to the API."""
    return httpx.ASGITransport(SimulatedApp(GitHubApi(store, CREDENTIAL)))


def harness_on(transport: httpx.AsyncBaseTransport, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on what leads to a repository."""
    return Harness(
        GitHub,
        (Ruleset, Environment, ActionsVariable, ActionsSecret),
        settings={"rate": "none", "repository": REPOSITORY},
        environ={"GITHUB_TOKEN": CREDENTIAL},
        transport=transport,
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new repository whose keys come from the seed, and its time from the clock."""
    store = repository(clock, seed)
    return Simulated(harness_on(transport_of(store), clock, seed), SAMPLES, store.state)
