"""From a spec as written to what is sent: references become live ids, secret names become values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.errors import ProviderError
from reconciler.kind.shape import Shape
from reconciler.model import Address, Resource
from reconciler.values import (
    Generated,
    KnownAfterApply,
    NoValue,
    OutputRef,
    Path,
    SecretRef,
    SecretValue,
    Unknown,
    path_text,
)


@dataclass(slots=True)
class Resolver:
    """Resolves the specs of one run. `ids` and `outputs` grow as objects are created.

    `externals` is (instance, external kind) to name to ids. `generated` keeps each generated value for the run, so
    that a retry sends the same one.
    """

    ids: dict[Address, str]
    externals: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
    secret: Callable[[str], SecretValue | None]
    generate: Callable[[Generated], SecretValue]
    output: Callable[[OutputRef], Any]
    outputs: dict[Address, Mapping[str, Any]] = field(default_factory=dict)
    generated: dict[tuple[Address, str], SecretValue] = field(default_factory=dict)
    sent: dict[Address, dict[str, str]] = field(default_factory=dict)  # path to the text a fingerprint is taken of

    def resolve(self, resource: Resource, shape: Shape, names: set[str] | None = None) -> Resource:
        """Return the resource ready to send. With `names`, secrets and outputs outside those fields stay unresolved.

        Raises ProviderError when something it refers to has no id or no value.
        """
        self.sent[resource.address] = {}
        spec = {
            name: self._walk(value, shape.member(name), resource, (name,), names is None or name in names)
            for name, value in resource.spec.items()
        }
        return replace(resource, spec=spec)

    def _walk(self, value: Any, shape: Shape, resource: Resource, path: Path, send: bool) -> Any:
        match value:
            case SecretRef() | Generated() | OutputRef():
                return self._special(value, resource, path) if send else value
            case Mapping():
                return {k: self._walk(v, shape.member(k), resource, (*path, k), send) for k, v in value.items()}
            case tuple():
                return tuple(
                    self._walk(v, shape.item(), resource, (*path, shape.step(v, i)), send) for i, v in enumerate(value)
                )
            case str() if shape.ref:
                return self._reference(value, shape)
            case str() if shape.external:
                ids = self.externals.get((resource.provider, shape.external.kind), {}).get(value, ())
                if len(ids) != 1:
                    raise ProviderError(f"{shape.external.kind}: {value} does not exist", fix=shape.external.create)
                return ids[0]
            case _:
                return value

    def _reference(self, value: str, shape: Shape) -> str:
        address = Address.parse(value) if len(shape.ref) > 1 else Address(shape.ref[0], value)
        live_id = self.ids.get(address)
        if live_id is None:
            raise ProviderError(f"{address} has no live id yet", fix="apply it first")
        return f"{address.collection}/{live_id}" if len(shape.ref) > 1 else live_id

    def _special(self, value: SecretRef | Generated | OutputRef, resource: Resource, path: Path) -> Any:
        found: Any
        match value:
            case SecretRef(name):
                found = self.secret(name)
                if found is None:
                    raise ProviderError(f"secret {name} has no value", fix=f"set {name} in the environment")
            case Generated():
                key = (resource.address, path_text(path))
                if key not in self.generated:
                    self.generated[key] = self.generate(value)
                found = self.generated[key]
            case OutputRef():
                found = self._output(value)
        self.sent[resource.address][path_text(path)] = found.reveal() if isinstance(found, SecretValue) else str(found)
        return found

    def _output(self, ref: OutputRef) -> Any:
        made = self.outputs.get(Address.parse(ref.address))
        found = made.get(ref.output) if made is not None else self.output(ref)
        if isinstance(found, NoValue) or (found is None and made is not None):
            raise ProviderError(
                f"{ref} has no value: {ref.address} was read and has no {ref.output}",
                fix="give it one, or remove the reference",
            )
        if found is None or isinstance(found, Unknown | KnownAfterApply):
            raise ProviderError(f"{ref} is not known", fix="apply again once its source can be read")
        return found
