"""`Lab`: one provider connection and the objects made through it, for laws that act as the engine would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.engine.resolve import Resolver
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import Address, FieldDiff, Live, Resource, Update
from reconciler.plan.compare import compare
from reconciler.plan.facts import Facts, NoSecrets
from reconciler.plan.references import external_names, targets
from reconciler.provider import Provider, Resolves
from reconciler.testing.harness import Harness, Sample
from reconciler.values import (
    Generated,
    KnownAfterApply,
    OutputRef,
    SecretRef,
    SecretValue,
    Unreadable,
    path_text,
)


class _NoOutputs:
    def resolve(self, ref: OutputRef) -> KnownAfterApply:
        return KnownAfterApply(str(ref))


@dataclass(slots=True)
class Lab:
    """Makes samples with what they need first, and knows what they became."""

    harness: Harness
    provider: Provider
    samples: Mapping[Address, Sample]
    made: dict[Address, Live] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, harness: Harness, samples: Iterable[Sample]) -> AsyncIterator[Lab]:
        """Yield a lab on a connection that may write."""
        try:
            yield cls(harness, await harness.connect(), {sample.where: sample for sample in samples})
        finally:
            await harness.close()

    async def create(self, sample: Sample) -> Live:
        """Create what the sample refers to and is not there yet, then the sample, and return it."""
        await self.prepare(sample)
        live = await self.provider.create(await self.sendable(sample))
        self.made[sample.where] = live
        return live

    async def prepare(self, sample: Sample) -> None:
        """Create what either version of the sample refers to, and is not there yet."""
        shape = shape_of(self.kind(sample.where))
        for changed in (False, True):
            for address in targets(self.harness.resource(sample, changed=changed).spec, shape):
                assert address in self.samples, f"{sample.address} refers to {address}, and no sample has that address"
                if address not in self.made and address != sample.where:
                    await self.create(self.samples[address])

    async def sendable(self, sample: Sample, *, changed: bool = False, only: set[str] | None = None) -> Resource:
        """Return the sample as the engine sends it: references as live ids, secrets as values."""
        resource = self.harness.resource(sample, changed=changed)
        shape = shape_of(self.kind(sample.where))
        resolver = Resolver(
            ids={address: live.id for address, live in self.made.items()},
            externals=await self._externals(resource, shape),
            secret=self._secret,
            generate=lambda wanted: SecretValue(self.harness.runtime.entropy(wanted.bytes).hex(), "generated"),
            output=lambda ref: None,
            outputs={address: live.outputs for address, live in self.made.items()},
        )
        return resolver.resolve(resource, shape, only)

    def _secret(self, name: str) -> SecretValue:
        """Return a secret's value, and put it into the redaction funnel, as resolving does."""
        value = self.harness.secret(name)
        self.harness.runtime.redactor.add(value.reveal(), value.label)
        return value

    async def _externals(self, resource: Resource, shape: Shape) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
        wanted = {kind for kind, _, _ in external_names(resource.spec, shape)}
        if not wanted:
            return {}
        provider = self.provider
        assert isinstance(provider, Resolves), "a model has External fields, so its provider needs `externals`"
        return {
            (self.harness.instance, kind): {item.name: (item.id,) async for item in provider.externals(kind)}
            for kind in wanted
        }

    async def change(self, sample: Sample, live: Live) -> Update:
        """Return the update that takes a live object to the sample's changed version.

        Its fields are those that differ, and those that cannot be read and are written differently now.
        """
        before, after = (self.harness.resource(sample, changed=changed).spec for changed in (False, True))
        wanted = await self.sendable(sample, changed=True)
        fields = differences(wanted.spec, live, shape_of(self.kind(sample.where)))
        shown = {diff.path[0] for diff in fields}
        hidden = [name for name in after if name not in shown and after[name] != before.get(name)]
        fields += [FieldDiff((name,), live.values.get(name, Unreadable()), wanted.spec[name]) for name in hidden]
        return Update(
            address=sample.where,
            provider=self.harness.instance,
            why=("changed",),
            desired=wanted,
            live=live,
            fields=tuple(fields),
        )

    async def listed(self, collection: str) -> dict[str, Live]:
        """Return all live objects of a collection by id."""
        found = [live async for live in self.provider.list(collection)]
        assert len({live.id for live in found}) == len(found), f"list({collection!r}) yields an id twice"
        return {live.id: live for live in found}

    def kind(self, address: Address) -> type[Kind]:
        """Return the model of an object."""
        return self.harness.kind(address.collection)


def differences(spec: Mapping[str, Any], live: Live, shape: Shape) -> list[FieldDiff]:
    """Return how a live object differs from a resolved spec. Secrets are compared by value; the unreadable is equal."""
    found = compare(_bare(spec), _bare(live.values), shape, recorded=None, facts=Facts(NoSecrets(), _NoOutputs()))
    assert not found.unknown, f"{live.kind}/{live.id} has values that could not be read: {found.unknown}"
    return found.diffs


def named(diffs: Iterable[FieldDiff]) -> list[str]:
    """Return differences as `path: live -> wanted`, for messages of failed laws."""
    return [f"{path_text(d.path)}: live {d.before!r}, wanted {d.after!r}" for d in diffs]


def _bare(value: Any) -> Any:
    """Return values with secrets as text, so that they can be compared at all."""
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: _bare(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_bare(inner) for inner in value)
    assert not isinstance(value, SecretRef | OutputRef | Generated), f"{value} was not resolved"
    return value
