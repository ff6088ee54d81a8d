"""`Account`: a provider connected to its simulator, with what tests of single calls need."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from reconciler.errors import Location
from reconciler.model import Address, Create, FieldDiff, Live, Resource, Update
from reconciler.provider import Provider
from reconciler.testing.harness import Harness
from reconciler.testing.wire import FaultTransport
from reconciler.values import SecretRef


@dataclass
class Account:
    """A simulated account. `client` acts as the dashboard does: it meets no faults and is not in `wire.sent`."""

    harness: Harness
    client: httpx.AsyncClient
    wire: FaultTransport
    provider: Any = None  # connected for reading and writing

    @classmethod
    @asynccontextmanager
    async def open(cls, harness: Harness, *, base_url: str, headers: Mapping[str, str]) -> AsyncIterator[Account]:
        """Yield the account of a harness on a simulator (`transport`). The dashboard sends `headers` to `base_url`."""
        wire = harness.transport
        if not isinstance(wire, FaultTransport):
            raise TypeError("the harness needs a transport on the simulator")
        async with httpx.AsyncClient(transport=wire.inner, base_url=base_url, headers=headers) as client:
            account = cls(harness, client, wire)
            account.provider = await account.connect()
            try:
                yield account
            finally:
                await harness.close()

    async def connect(
        self,
        *,
        read_only: bool = False,
        environ: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        **settings: Any,
    ) -> Any:
        """Return another connection: with these secrets in the environment, over this transport, with these settings.

        A secret that is "" is not set.
        """
        other = replace(
            self.harness,
            settings={**self.harness.settings, **settings},
            environ={**self.harness.environ, **(environ or {})},
            transport=transport or self.wire,
            rim=self.wire,
        )
        provider: Provider = await other.connect(read_only=read_only)
        self.harness.opened.append(provider)
        return provider

    async def api(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """Send a request as the dashboard would, and return the JSON that came back with that status."""
        answer = await self.client.request(method, path, json=body, **options)
        if answer.status_code != status:
            raise AssertionError(f"{method} {path} gave {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    async def listed(self, collection: str) -> dict[str, Live]:
        """Return the live objects of a collection by title."""
        return {live.title: live async for live in self.provider.list(collection)}

    def resource(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Resource:
        """Return what the engine would make of a piece of YAML: validated, sugar expanded, nothing resolved."""
        kind = self.harness.kind(collection)
        expansion = kind.model_validate(dict(fields)).expand()
        return Resource(
            address=Address(collection, handle),
            provider=self.harness.instance,
            identity=kind.identify(handle, expansion.spec),
            spec=expansion.spec,
            where=Location(f"desired/{collection}.yaml", 1),
            origins=expansion.origins,
        )

    def sending(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Resource:
        """Return a resource ready to be sent: secrets are values. References in `fields` have to be live ids."""
        wanted = self.resource(collection, handle, fields)
        return replace(wanted, spec={name: self._revealed(value) for name, value in wanted.spec.items()})

    async def create(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Live:
        """Create an object."""
        made: Live = await self.provider.create(self.sending(collection, handle, fields))
        return made

    async def update(self, live: Live, fields: Mapping[str, Any], names: Iterable[str], *, handle: str = "") -> Live:
        """Make the named fields of an object what `fields`, the whole of its YAML, say."""
        made: Live = await self.provider.update(self.change(live, fields, names, handle=handle))
        return made

    def change(self, live: Live, fields: Mapping[str, Any], names: Iterable[str], *, handle: str = "") -> Update:
        """Return the update that makes the named fields what `fields` say. `handle` defaults to the object's title."""
        desired = self.sending(live.kind, handle or live.title, fields)
        diffs = tuple(FieldDiff((n,), live.values.get(n), desired.spec.get(n)) for n in names)
        return Update(
            address=desired.address,
            provider=desired.provider,
            why=("changed",),
            desired=desired,
            live=live,
            fields=diffs,
        )

    def creation(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Create:
        """Return the change that creates an object, as a plan has it: for previews."""
        desired = self.resource(collection, handle, fields)
        diffs = tuple(FieldDiff((name,), None, value) for name, value in desired.spec.items())
        return Create(address=desired.address, provider=desired.provider, why=("new",), desired=desired, fields=diffs)

    def requests(self, method: str) -> list[tuple[str, Any]]:
        """Return (path, body) of what the provider sent so far with a method."""
        return [(s.path, json.loads(s.body) if s.body else None) for s in self.wire.sent if s.method == method]

    def _revealed(self, value: Any) -> Any:
        if isinstance(value, SecretRef):
            return self.harness.secret(value.name)
        if isinstance(value, Mapping):
            return {name: self._revealed(inner) for name, inner in value.items()}
        return tuple(self._revealed(v) for v in value) if isinstance(value, tuple) else value
