"""A Better Stack account of the simulator, and a provider connected to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import (
    Address,
    Connection,
    Create,
    FieldDiff,
    Kind,
    Live,
    Location,
    Resource,
    Runtime,
    SecretRef,
    SecretValue,
    Update,
)
from reconciler.testing import FakeClock, FaultTransport, virtual_runtime
from reconciler_betterstack.convert.kinds import KINDS
from reconciler_betterstack.models import BetterStackSettings
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


@dataclass
class Account:
    """A simulated account with a connected provider. `sent` holds every request, bodies parsed."""

    app: BetterStackApp
    clock: FakeClock
    runtime: Runtime
    wire: FaultTransport
    client: httpx.AsyncClient
    opened: list[BetterStack] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def provider(self) -> BetterStack:
        return self.opened[0]

    async def connect(
        self,
        *,
        token: str = TOKEN,
        transport: httpx.AsyncBaseTransport | None = None,
        read_only: bool = False,
        **settings: Any,
    ) -> BetterStack:
        """Return another connection, on the same account unless a transport is given."""
        connection = Connection(
            instance="betterstack",
            settings=BetterStackSettings.model_validate({"rate": "none", **settings}),
            secrets={"token": SecretValue(token, "secret BETTERSTACK_API_TOKEN")} if token else {},
            runtime=self.runtime,
            root=Path(),
            read_only=read_only,
            transport=transport or self.wire,
        )
        provider = await BetterStack.connect(connection)
        self.opened.append(provider)
        return provider

    async def api(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a request as the dashboard would, and return what came back."""
        answer = await self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def listed(self, collection: str) -> dict[str, Live]:
        """Return the live objects of a collection by name."""
        return {live.title: live async for live in self.provider.list(collection)}

    async def create(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Live:
        """Create an object. References in `fields` are live ids."""
        return await self.provider.create(self.resolved(resource(collection, handle, fields)))

    async def update(self, live: Live, fields: Mapping[str, Any], names: Iterable[str]) -> Live:
        """Update the named fields of an object to what `fields` say."""
        return await self.provider.update(self.change(live, fields, names))

    def change(self, live: Live, fields: Mapping[str, Any], names: Iterable[str]) -> Update:
        desired = self.resolved(resource(live.kind, live.title, fields))
        diffs = tuple(FieldDiff((n,), live.values.get(n), desired.spec.get(n)) for n in names)
        common: dict[str, Any] = {"address": desired.address, "provider": "betterstack", "why": ("changed",)}
        return Update(**common, desired=desired, live=live, fields=diffs)

    def creation(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Create:
        desired = resource(collection, handle, fields)
        diffs = tuple(FieldDiff((n,), None, v) for n, v in desired.spec.items())
        return Create(address=desired.address, provider="betterstack", why=("new",), desired=desired, fields=diffs)

    def resolved(self, wanted: Resource) -> Resource:
        """Return a resource with its secrets as values; references are taken for live ids."""
        return replace(wanted, spec={name: _with_secrets(value) for name, value in wanted.spec.items()})

    def requests(self, method: str) -> list[tuple[str, Any]]:
        """Return (path, body) of what was sent so far with a method."""
        return [(s.path, json.loads(s.body) if s.body else None) for s in self.wire.sent if s.method == method]


def _with_secrets(value: Any) -> Any:
    if isinstance(value, SecretRef):
        return SecretValue(SECRETS[value.name], f"secret {value.name}")
    if isinstance(value, Mapping):
        return {k: _with_secrets(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_with_secrets(v) for v in value)
    return value


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    clock = FakeClock()
    store = new_store(now=clock.now, needs={"slack_channels": ["#alerts-prod"], "policy_groups": ["Products"]})
    app = BetterStackApp(store, TOKEN)
    transport = httpx.ASGITransport(app)
    runtime = virtual_runtime(clock, transport=lambda: transport)
    wire = FaultTransport(transport)
    client = httpx.AsyncClient(
        transport=transport,
        base_url="https://uptime.betterstack.com",
        headers={"authorization": f"Bearer {TOKEN}"},
    )
    made = Account(app, clock, runtime, wire, client)
    await made.connect()
    yield made
    for provider in made.opened:
        await provider.close()
    await client.aclose()


@pytest.fixture(scope="session")
def make() -> Callable[..., Resource]:
    """Return `resource`, for tests that need no account."""
    return resource
