"""What a vendor holds, and what a world needs of a vendor: values and the protocol that both flavours follow."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from reconciler.kind.base import Kind
from reconciler.model import Address, Identity, Resource
from reconciler.simulate.tree import Tree
from reconciler.simulate.trouble import Weather


@dataclass(frozen=True, slots=True)
class Key:
    """One object at a vendor, for ever: ids are not used again."""

    instance: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} of {self.instance}"


@dataclass(frozen=True, slots=True)
class Thing:
    """An object as it is at the vendor now, read past everything that is simulated to go wrong."""

    key: Key
    identity: Identity
    values: Mapping[str, Any]
    created_at: datetime | None = None
    inactive: bool = False


class Vendor(Protocol):
    """The vendors of one world, as the simulation uses them: never through the engine."""

    kinds: tuple[type[Kind], ...]
    providers: Mapping[str, type[Any]]  # provider type -> class, not yet watched
    weather: Weather
    exact: bool  # `values` are what was stored, to the letter

    @property
    def transport(self) -> Callable[[], Any] | None:
        """What clients over HTTP talk through; None where there is no HTTP."""
        ...

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return the instances with their settings, as environment.yaml has them."""
        ...

    def environ(self) -> dict[str, str]:
        """Return the credentials by name."""
        ...

    def new(self, rng: random.Random, tree: Tree) -> tuple[Address, dict[str, Any]] | None:
        """Return an object that could be desired beside what is; None when there is none left."""
        ...

    def changed(self, rng: random.Random, tree: Tree, address: Address) -> dict[str, Any] | None:
        """Return other fields for a desired object; None when it cannot change."""
        ...

    async def things(self) -> dict[Key, Thing]:
        """Return everything that is there."""
        ...

    async def make(self, rng: random.Random, tree: Tree, like: Address | None) -> Key | None:
        """Make an object by hand: with the identity of a desired one, or any. None where that cannot be done."""
        ...

    async def edit(self, rng: random.Random, tree: Tree, thing: Thing, managed: Iterable[str] | None) -> str:
        """Change a field by hand, one of `managed` or (None) one that nobody manages; return it, "" for none."""
        ...

    async def rename(self, rng: random.Random, thing: Thing) -> str:
        """Give an object another name by hand, one that nothing has, and return it; "" where that cannot be done."""
        ...

    async def remove(self, thing: Thing) -> bool:
        """Delete an object by hand. False where the vendor refuses that."""
        ...

    def secrets(self) -> Iterable[str]:
        """Return every secret text it holds."""
        ...

    def moves_along(self, kind: str) -> frozenset[str]:
        """Return the fields of a kind that the vendor changes together with others."""
        ...

    def unwelcome(self, desired: Resource) -> str:
        """Return what its provider is known to have against any write of a desired object; "" for nothing."""
        ...

    def account(self, other: bool) -> bool:
        """Belong to another account, or to the own one again. False where that cannot be done."""
        ...
