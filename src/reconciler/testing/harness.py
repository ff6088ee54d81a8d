"""What a plugin's contract test hands to the suite: its provider, its simulator, and samples of its objects."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import Location
from reconciler.kind.base import Kind
from reconciler.kind.settings import ProviderSettings
from reconciler.model import Address, Live, Resource
from reconciler.provider import Connection, Provider
from reconciler.runtime import Runtime
from reconciler.testing.clock import virtual_runtime
from reconciler.testing.rim import FaultRim
from reconciler.values import SecretValue

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Sample:
    """One object as a user writes it, and what the same user changes it to later (None: it cannot be updated).

    Both are YAML as Python values: handles in references, `{"secret": NAME}`, `"3m"`. What a sample refers to must be
    a sample too. `moves_along` names fields that the vendor changes together with the changed ones. `single`: an
    instance has one object of the kind at most, so that there is never another beside it.
    """

    address: str
    fields: Mapping[str, Any]
    changed: Mapping[str, Any] | None = None
    moves_along: frozenset[str] = frozenset()
    single: bool = False

    @property
    def where(self) -> Address:
        return Address.parse(self.address)


@dataclass
class Harness:
    """A provider on its simulator. Make a fresh one, with an empty vendor, for each test.

    `settings` is the instance's entry in environment.yaml; `environ` gives the secrets it names. Secrets that samples
    name get made-up values. HTTP providers pass `transport`, on the simulator, and the suite puts a `FaultTransport`
    before it; others may pass a `rim` of their own, and without one the laws on faults are skipped.
    `pollute` puts into an object at the vendor what no model knows: a new key, a new enum value.
    """

    provider: type[Provider]
    kinds: tuple[type[Kind], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    instance: str = ""  # default: the provider type
    transport: httpx.AsyncBaseTransport | None = None
    rim: FaultRim | None = None
    runtime: Runtime = field(default_factory=virtual_runtime)
    pollute: Callable[[Live], Awaitable[None]] | None = None
    root: Path = field(default_factory=Path)
    opened: list[Provider] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.instance = self.instance or self.provider_type
        if self.transport is not None and self.rim is None:
            from reconciler.testing.wire import FaultTransport

            self.rim = wire = FaultTransport(self.transport)
            self.transport = wire
            self.runtime = replace(self.runtime, transport=lambda: wire)

    @property
    def provider_type(self) -> str:
        """The provider type, as the models name it."""
        return self.kinds[0].provider

    def kind(self, collection: str) -> type[Kind]:
        """Return the model of a collection."""
        return next(kind for kind in self.kinds if kind.collection == collection)

    def secret(self, name: str) -> SecretValue:
        """Return the value of a secret: from `environ`, else one that is easily recognised where it should not be."""
        made_up = f"canary-{name.lower()}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        return SecretValue(self.environ.get(name, made_up), f"secret {name}")

    def model_settings(self) -> ProviderSettings:
        """Return the settings, validated."""
        return self.kinds[0].settings.model_validate({**self.settings, "type": self.provider_type})

    async def connect(self, *, read_only: bool = False, deadline: float | None = None) -> Provider:
        """Return a new connection. `close` closes all of them."""
        settings = self.model_settings()
        references = settings.secrets() if read_only else settings.secrets_to_write()
        named = {name: self.secret(ref.name) for name, ref in references.items()}
        secrets = {name: value for name, value in named.items() if value.reveal()}
        for value in secrets.values():
            self.runtime.redactor.add(value.reveal(), value.label)
        connection = Connection(
            instance=self.instance,
            settings=settings,
            secrets=secrets,
            runtime=self.runtime,
            root=self.root,
            read_only=read_only,
            deadline=deadline,
            transport=self.transport,
        )
        provider = await self.provider.connect(connection)
        self.opened.append(provider)
        return provider

    async def close(self) -> None:
        """Close every connection."""
        while self.opened:
            await self.opened.pop().close()

    def resource(self, sample: Sample, *, changed: bool = False) -> Resource:
        """Return a sample as the engine sees it: validated, sugar expanded, nothing resolved."""
        kind, address = self.kind(sample.where.collection), sample.where
        written = sample.changed if changed and sample.changed is not None else sample.fields
        spec = kind.model_validate(dict(written)).expand().spec
        identity = kind.identify(address.handle, spec)
        return Resource(address, self.instance, identity, spec, Location("sample"))


def secret_names(value: Any) -> Iterator[str]:
    """Yield the name of every secret in written YAML values."""
    if isinstance(value, Mapping) and "secret" in value:
        yield str(value["secret"])
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from secret_names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from secret_names(inner)
