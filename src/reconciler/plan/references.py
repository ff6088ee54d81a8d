"""References between resources: from live ids to handles when comparing, from handles to what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT, Address, Live
from reconciler.plan.match import Match
from reconciler.plan.state import Observation
from reconciler.values import KnownAfterApply, LiveId, NoValue, OutputRef, Unknown


def targets(value: Any, shape: Shape) -> Iterator[Address]:
    """Yield every address that a spec refers to, by reference fields and by `{from: …}`."""
    if isinstance(value, OutputRef):
        yield Address.parse(value.address)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from targets(inner, shape.member(name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from targets(inner, shape.item())
    elif shape.ref and isinstance(value, str):
        yield Address.parse(value) if len(shape.ref) > 1 else Address(shape.ref[0], value)


def external_names(value: Any, shape: Shape) -> Iterator[tuple[str, str, str]]:
    """Yield (external kind, name, how to create one) for every external reference of a spec."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from external_names(inner, shape.member(name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from external_names(inner, shape.item())
    elif shape.external and isinstance(value, str):
        yield shape.external.kind, value, shape.external.create


def live_id_of(item: Match) -> str:
    """Return the id an address has: the live one, else (not readable now) the recorded one; "" for none."""
    if item.live is not None:
        return item.live.id
    return item.recorded.live_id if item.unknown and item.recorded else ""


class References:
    """Turns live ids into handles and names, and `{from: …}` into values, given what was matched."""

    def __init__(self, matches: Iterable[Match], observation: Observation) -> None:
        self._live: dict[Address, Match] = {}
        self._handle: dict[tuple[str, str, str], str] = {}
        for item in matches:
            if item.desired is not None:
                self._live[item.address] = item
            live_id = live_id_of(item)
            if live_id:
                self._handle[item.provider, item.address.collection, live_id] = item.address.handle
        self._name = {
            (provider, kind, live_id): name
            for (provider, kind), names in observation.externals.items()
            for name, ids in names.items()
            for live_id in ids
        }
        self._unnamed = observation.unnamed

    def localize(self, live: Live, provider: str, shape: Shape) -> Mapping[str, Any]:
        """Return a live object's values with every reference written as the user would write it."""
        return {name: self._walk(value, shape.member(name), provider) for name, value in live.values.items()}

    def _walk(self, value: Any, shape: Shape, provider: str) -> Any:
        if isinstance(value, Mapping):
            return {k: self._walk(v, shape.member(k), provider) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._walk(v, shape.item(), provider) for v in value)
        if shape.ref and isinstance(value, str):
            return self._reference(value, shape, provider)
        if shape.external and isinstance(value, str):
            return self._external(value, shape.external.kind, provider)
        return value

    def _external(self, live_id: str, kind: str, provider: str) -> str | LiveId | Unknown:
        if (provider, kind) in self._unnamed:
            return Unknown(f"{kind} could not be read, so what id {live_id} is called")
        return self._name.get((provider, kind, live_id)) or LiveId(live_id)

    def _reference(self, value: str, shape: Shape, provider: str) -> Any:
        if len(shape.ref) == 1:
            return self._handle.get((provider, shape.ref[0], value)) or LiveId(value)
        collection, _, live_id = value.partition("/")
        handle = self._handle.get((provider, collection, live_id))
        return f"{collection}/{handle}" if handle else LiveId(value)

    def resolve(self, ref: OutputRef) -> Any:
        """Return an output's value: plain, SecretValue, Unknown (with a reason), NoValue, or KnownAfterApply."""
        item = self._live.get(Address.parse(ref.address))
        if item is None or (item.live is None and not item.unknown):
            return KnownAfterApply(str(ref))
        if item.unknown or item.live is None:
            return Unknown(f"{ref.address} could not be read: {item.unknown}")
        value = item.live.outputs.get(ref.output, ABSENT)
        return NoValue(str(ref)) if value is ABSENT else value
