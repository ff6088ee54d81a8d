"""A Better Stack account in this process, for the contract suite and for simulations."""

from __future__ import annotations

import httpx

from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_betterstack.convert.kinds import CODECS
from reconciler_betterstack.provider import BetterStack
from reconciler_betterstack.sandbox.app import BetterStackApp, new_store
from reconciler_betterstack.sandbox.samples import SAMPLES
from reconciler_betterstack.sandbox.store import Store

CREDENTIAL = "contract-token-0123456789abcdef"
NEEDS = {"slack_channels": ["#alerts-prod", "#other"], "policy_groups": ["Products"]}


def account(clock: FakeClock, seed: int = 0) -> Store:
    """Return an account with what the samples refer to and nobody manages."""
    return new_store(now=clock.now, seed=seed, needs=NEEDS)


def harness_on(store: Store, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on an account."""
    return Harness(
        BetterStack,
        tuple(codec.model for codec in CODECS),
        settings={"rate": "none"},
        environ={"BETTERSTACK_API_TOKEN": CREDENTIAL},
        transport=httpx.ASGITransport(BetterStackApp(store, CREDENTIAL)),
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new account. All of its time comes from the clock, all that it makes up from the seed."""
    store = account(clock, seed)
    return Simulated(harness_on(store, clock, seed), SAMPLES, store.state)
