"""`desired/` while a world lives: what is written now, and what each commit held."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.load.project import Project, load_project
from reconciler.model import Address
from reconciler.testing.project import write_project
from reconciler.values import leaves


@dataclass(slots=True)
class Tree:
    """The YAML as Python values. `instances` are the provider instances with their settings."""

    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    collections: dict[str, dict[str, Any]] = field(default_factory=dict)
    approvals: list[dict[str, Any]] = field(default_factory=list)

    def addresses(self) -> list[Address]:
        """Return every address, sorted."""
        return sorted(Address(kind, handle) for kind, found in self.objects.items() for handle in found)

    def get(self, address: Address) -> dict[str, Any]:
        """Return what is written at an address."""
        return self.objects[address.collection][address.handle]

    def put(self, address: Address, fields: Mapping[str, Any]) -> None:
        """Write an object."""
        self.objects.setdefault(address.collection, {})[address.handle] = dict(fields)

    def drop(self, address: Address) -> None:
        """Remove an object; a collection without any goes too."""
        del self.objects[address.collection][address.handle]
        if not self.objects[address.collection]:
            del self.objects[address.collection]

    def lifecycle(self, address: Address) -> dict[str, Any]:
        """Return the `lifecycle:` of an object, to be written to."""
        found: dict[str, Any] = self.get(address).setdefault("lifecycle", {})
        return found

    def copy(self) -> Tree:
        """Return a tree that changes on its own."""
        return copy.deepcopy(self)

    def project(self, root: Path, catalog: Catalog) -> Project:
        """Write the files and return them as the loader reads them. Raises InputError."""
        desired = write_project(
            root,
            self.objects,
            providers=self.instances,
            approvals=self.approvals,
            collections=self.collections,
            environment="world",
        )
        return load_project(desired, catalog)


def strings_in(value: Any) -> Iterator[str]:
    """Yield every text in written values, keys left out."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, str))


def without_reference(value: Any, handle: str, address: str) -> tuple[Any, bool]:
    """Return fields without those that name a handle or an address, and whether any did. Parts go whole."""
    if not isinstance(value, Mapping):
        return value, False
    kept = {
        name: inner
        for name, inner in value.items()
        if name == "lifecycle"
        or not any(text in (handle, address) or text.startswith(f"{address}.") for text in strings_in(inner))
    }
    return kept, len(kept) < len(value)
