"""A Better Stack account of the simulator, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import pytest

from reconciler import Address, Kind, Location, Resource
from reconciler.testing import Account, FakeClock, Harness, virtual_runtime
from reconciler_betterstack.convert.kinds import CODECS, KINDS
from reconciler_betterstack.provider import BetterStack
from reconciler_betterstack.sandbox.app import BetterStackApp, new_store
from reconciler_betterstack.sandbox.store import Store

TOKEN = "sandbox-token-0123456789abcdef"
SECRETS = {"HEADER_TOKEN": "header-secret-value-1", "MONITOR_PASSWORD": "monitor-secret-value-2"}


def model_of(collection: str) -> type[Kind]:
    return KINDS[collection].model


def resource(collection: str, handle: str, fields: Mapping[str, Any], **more: Any) -> Resource:
    """Return what the engine would make of a piece of YAML: validated, sugar expanded, nothing resolved."""
    kind = model_of(collection)
    expansion = kind.model_validate(fields).expand()
    return Resource(
        address=Address(collection, handle),
        provider="betterstack",
        identity=kind.identify(handle, expansion.spec),
        spec=expansion.spec,
        where=Location(f"desired/{collection}.yaml", 1),
        origins=expansion.origins,
        **more,
    )


class BetterStackAccount(Account):
    """A simulated account with a connected provider."""

    app: BetterStackApp
    clock: FakeClock

    @property
    def store(self) -> Store:
        return self.app.store


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    clock = FakeClock()
    store = new_store(now=clock.now, needs={"slack_channels": ["#alerts-prod"], "policy_groups": ["Products"]})
    app = BetterStackApp(store, TOKEN)
    transport = httpx.ASGITransport(app)
    harness = Harness(
        BetterStack,
        tuple(codec.model for codec in CODECS),
        settings={"rate": "none"},
        environ={"BETTERSTACK_API_TOKEN": TOKEN, **SECRETS},
        transport=transport,
        runtime=virtual_runtime(clock),
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with BetterStackAccount.open(harness, base_url="https://uptime.betterstack.com", headers=headers) as made:
        made.app, made.clock = app, clock
        yield made


@pytest.fixture(scope="session")
def make() -> Callable[..., Resource]:
    """Return `resource`, for tests that need no account."""
    return resource
