"""The vendors of provider packages: each package's own simulator, in this process, and its client as it is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.kind.base import Kind
from reconciler.kind.shape import shape_of
from reconciler.model import Address, Live, Resource
from reconciler.plan.references import targets
from reconciler.simulate.things import Key, Thing
from reconciler.simulate.tree import Tree
from reconciler.simulate.trouble import CALM, Weather
from reconciler.simulate.wire import BadWire
from reconciler.testing.clock import FakeClock
from reconciler.testing.harness import Sample, secret_names
from reconciler.testing.lab import Lab
from reconciler.testing.rim import Fault
from reconciler.testing.simulated import SIMULATIONS, Simulated
from reconciler.testing.wire import FaultTransport
from reconciler.values import SecretValue, Unknown, Unreadable, leaves

_RIM = {
    "reset before the effect": Fault.RESET_BEFORE,
    "reset after the effect": Fault.RESET_AFTER,
}


@cache
def packages() -> dict[str, EntryPoint]:
    """Return what is installed, by the name of the simulation."""
    return {point.name: point for point in sorted(entry_points(group=SIMULATIONS), key=lambda p: p.name)}


@cache
def sampled_kinds() -> tuple[str, ...]:
    """Return every kind that the samples of the installed packages have."""
    found = {s.where.collection for p in packages().values() for s in p.load()(FakeClock(), 0).samples}
    return tuple(sorted(found))


class PackageVendor:
    """One provider package on its simulator. What a person does by hand goes through a connection of its own."""

    exact = False

    def __init__(self, name: str, clock: FakeClock, rng: random.Random, root: Path) -> None:
        opened: Simulated = packages()[name].load()(clock, rng.getrandbits(16))
        self.simulated, self.harness = opened, opened.harness
        self.harness.root = root
        self.samples = {sample.where: sample for sample in opened.samples}
        self.kinds: tuple[type[Kind], ...] = self.harness.kinds
        self.providers: Mapping[str, type[Any]] = {self.harness.provider_type: self.harness.provider}
        rim = self.harness.rim
        self.wire = BadWire(rim.inner, clock) if isinstance(rim, FaultTransport) else None
        self._weather: Weather = CALM
        self.seen: set[str] = set()  # secret texts met in listings

    @property
    def transport(self) -> Callable[[], Any] | None:
        """What clients talk through; None where they bring their own."""
        wire = self.wire
        return (lambda: wire) if wire else None

    @property
    def weather(self) -> Weather:
        """What is going wrong now."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        if self.wire:
            self.wire.calm()
            self.wire.weather = weather
        elif self.harness.rim:
            self.harness.rim.disarm()
            for fault, meant in _RIM.items():
                if armed := weather.has(fault):
                    self.harness.rim.arm(meant, times=armed.times, writes_only=armed.on == "write")

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return the one instance with its settings."""
        return {self.harness.instance: {**self.harness.settings, "type": self.harness.provider_type}}

    def environ(self) -> dict[str, str]:
        """Return the credentials, and a value for each secret that a sample names."""
        names = {n for s in self.samples.values() for v in (s.fields, s.changed or {}) for n in secret_names(v)}
        return {**{n: self.harness.secret(n).reveal() for n in sorted(names)}, **self.harness.environ}

    def new(self, rng: random.Random, tree: Tree) -> tuple[Address, dict[str, Any]] | None:
        """Return a sample that is not desired yet, or what it needs first."""
        there = set(tree.addresses())
        free = [sample for address, sample in self.samples.items() if address not in there]
        if not free:
            return None
        kind = rng.choice(sorted({sample.where.collection for sample in free}))
        sample = self._needed(rng.choice([s for s in free if s.where.collection == kind]), there)
        return sample.where, dict(sample.fields)

    def _needed(self, sample: Sample, there: set[Address]) -> Sample:
        missing = [a for a in self._targets(sample, changed=False) if a not in there and a != sample.where]
        return self._needed(self.samples[missing[0]], there) if missing else sample

    def _targets(self, sample: Sample, *, changed: bool) -> list[Address]:
        spec = self.harness.resource(sample, changed=changed).spec
        return list(targets(spec, shape_of(self.harness.kind(sample.where.collection))))

    def changed(self, rng: random.Random, tree: Tree, address: Address) -> dict[str, Any] | None:
        """Return the other version of a sample."""
        sample = self.samples.get(address)
        if sample is None or sample.changed is None:
            return None
        before = tree.get(address)
        plain = {k: v for k, v in before.items() if k != "lifecycle"}
        to_changed = plain != dict(sample.changed)
        if any(a not in tree.addresses() for a in self._targets(sample, changed=to_changed)):
            return None
        life = {"lifecycle": before["lifecycle"]} if "lifecycle" in before else {}
        return {**(sample.changed if to_changed else sample.fields), **life}

    async def things(self) -> dict[Key, Thing]:
        """Return everything that is there."""
        found = {}
        async for live in self._live():
            key = Key(self.harness.instance, live.kind, live.id)
            found[key] = Thing(key, live.identity, _plain(live.values), live.created_at, live.inactive)
            self.seen.update(
                text.reveal() for text in leaves((live.values, live.outputs)) if isinstance(text, SecretValue)
            )
        return found

    async def _live(self) -> Any:
        provider = await self.harness.connect(read_only=True)
        try:
            for kind in self.kinds:
                if not kind.unfolds_into:
                    async for live in provider.list(kind.collection):
                        yield live
        finally:
            await self.harness.close()

    async def make(self, rng: random.Random, tree: Tree, like: Address | None) -> Key | None:
        """Make a sample by hand, as the provider's own client makes it."""
        there = {(one.kind, one.identity): one async for one in self._live()}
        chosen = like or rng.choice(sorted(self.samples))
        sample = self.samples.get(chosen)
        if sample is None or (chosen.collection, self.harness.resource(sample).identity) in there:
            return None
        if sample.changed is not None and rng.random() < 0.4:
            sample = Sample(sample.address, sample.changed, sample.fields)
        async with Lab.open(self.harness, self.samples.values()) as lab:
            for address, one in self.samples.items():
                if live := there.get((address.collection, self.harness.resource(one).identity)):
                    lab.made[address] = live
            if any(a not in lab.made for a in self._targets(sample, changed=False) if a != sample.where):
                return None
            try:
                made: Live = await lab.provider.create(await lab.sendable(sample))
            except (ReconcilerError, AssertionError):
                return None  # the vendor does not take it: its dashboard would not either
        return Key(self.harness.instance, made.kind, made.id)

    async def edit(self, rng: random.Random, tree: Tree, thing: Thing, managed: Iterable[str] | None) -> str:
        """Take an object to the other version of its sample by hand."""
        if managed is None:
            return ""
        there = {(one.kind, one.identity): one async for one in self._live()}
        for address, sample in self.samples.items():
            live = there.get((address.collection, self.harness.resource(sample).identity))
            if live is None or live.id != thing.key.id or sample.changed is None:
                continue
            flipped = Sample(sample.address, sample.changed, sample.fields)
            async with Lab.open(self.harness, self.samples.values()) as lab:
                for other, one in self.samples.items():
                    if found := there.get((other.collection, self.harness.resource(one).identity)):
                        lab.made[other] = found
                for version in (sample, flipped):
                    if any(a not in lab.made for a in self._targets(version, changed=True)):
                        continue
                    try:
                        change = await lab.change(version, live)
                        if not change.fields:
                            continue
                        await lab.provider.update(change)
                    except (ReconcilerError, AssertionError):
                        return ""
                    return ", ".join(sorted({str(f.path[0]) for f in change.fields}))
        return ""

    async def rename(self, rng: random.Random, thing: Thing) -> str:
        """Return "": what a sample is called cannot be changed here."""
        return ""

    async def remove(self, thing: Thing) -> bool:
        """Delete an object by hand, with what the vendor takes along; False where it refuses that."""
        live = [one async for one in self._live() if (one.kind, one.id) == (thing.key.kind, thing.key.id)]
        provider = await self.harness.connect()
        try:
            if live:
                await provider.delete(live[0])
        except ReconcilerError:
            return False
        finally:
            await self.harness.close()
        return bool(live)

    def secrets(self) -> Iterable[str]:
        """Return every secret text that any listing showed."""
        return self.seen

    def moves_along(self, kind: str) -> frozenset[str]:
        """Return what the samples of a kind say, and all that they write: by hand, a sample changes as a whole."""
        same = [sample for address, sample in self.samples.items() if address.collection == kind]
        return frozenset(n for s in same for n in (*s.moves_along, *s.fields, *(s.changed or {})))

    def unwelcome(self, desired: Resource) -> str:
        """Return "": what a package's provider holds is its own tests' matter."""
        return ""

    def account(self, other: bool) -> bool:
        """Return False: a simulator is one account."""
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, Unknown | Unreadable):
        return None
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
