"""What has to be read for a plan: which collections and which external names, per provider instance. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.load.project import Project
from reconciler.model import Address, Recorded, Resource
from reconciler.plan.references import external_names


@dataclass(frozen=True, slots=True)
class Wanted:
    """Per instance: the collections to list, and the external kinds to look up.

    `recorded` are further external kinds, which only records name: where they cannot be read, nothing is unknown.
    """

    kinds: Mapping[str, tuple[str, ...]]
    externals: Mapping[str, tuple[str, ...]]
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def wanted(
    project: Project, records: Iterable[Recorded], *, providers: tuple[str, ...] = (), coverage: bool = False
) -> Wanted:
    """Return what to read. `coverage` adds every collection of every configured instance."""
    kinds: dict[str, set[str]] = defaultdict(set)
    externals: dict[str, set[str]] = defaultdict(set)
    recorded: dict[str, set[str]] = defaultdict(set)
    for resource in project.resources:
        kinds[resource.provider].add(resource.address.collection)
        externals[resource.provider].update(_named(resource.spec, project.kinds[resource.address.collection]))
    named = {r.address for r in project.resources} | {_moved(r) for r in project.resources}
    for record in records:
        collection = record.address.collection
        kinds[record.provider].add(collection)
        if record.address in named and collection in project.kinds:
            recorded[record.provider].update(_named(record.spec, project.kinds[collection]))
    for name, instance in project.instances.items():
        for collection, kind in project.kinds.items():
            if kind.provider == instance.type and (coverage or collection in project.collections):
                kinds[name].add(collection)
                if coverage:
                    externals[name].update(_nameable(kind))
    chosen = [name for name in sorted(kinds) if not providers or name in providers]
    return Wanted(
        {name: tuple(sorted(kinds[name])) for name in chosen},
        {name: tuple(sorted(externals[name])) for name in chosen if externals[name]},
        {name: tuple(sorted(more)) for name in chosen if (more := recorded[name] - externals[name])},
    )


def _moved(resource: Resource) -> Address:
    """Return the address that a resource had before it was moved; its own where it was not."""
    return Address(resource.address.collection, resource.lifecycle.moved_from or resource.address.handle)


def _named(spec: Mapping[str, Any], kind: type[Kind]) -> set[str]:
    """Return the external kinds that a spec names. Most kinds have no such field, and their specs are not searched."""
    return {name for name, _, _ in external_names(spec, shape_of(kind))} if _nameable(kind) else set()


@cache
def _nameable(kind: type[Kind]) -> frozenset[str]:
    """Return every external kind that fields of a kind can name."""
    return frozenset(_externals(shape_of(kind)))


def _externals(shape: Shape) -> Iterator[str]:
    if shape.external:
        yield shape.external.kind
    for inner in [*shape.fields.values(), *([shape.element] if shape.element else [])]:
        yield from _externals(inner)
