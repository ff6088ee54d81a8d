"""References between objects: each must name one that exists, and none may lead back to where it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.errors import Location
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.load.problems import Problems
from reconciler.load.suggest import did_you_mean
from reconciler.model import Address, Resource
from reconciler.values import OutputRef, Path, Value, path_text


@dataclass(frozen=True, slots=True)
class Known:
    """What may be referred to: handles by collection (broken objects too), kinds, every collection's name, and where.

    `instances` has the instance of each object that could be read.
    """

    handles: Mapping[str, frozenset[str]]
    kinds: Mapping[str, type[Kind]]
    collections: Iterable[str]
    instances: Mapping[Address, str]


def check_references(resources: Iterable[Resource], known: Known, problems: Problems) -> list[Resource]:
    """Return the resources with each reference in its one form, and add a problem for each that leads nowhere.

    The form is a bare handle for a field of one collection, and `collection/handle` for a field of several.
    """
    done = []
    edges: dict[Address, dict[Address, Location]] = {}
    for resource in resources:
        walk = _Walk(resource, known, problems)
        shape = shape_of(known.kinds[resource.address.collection])
        spec = {name: walk.value(value, shape.member(name), (name,)) for name, value in resource.spec.items()}
        edges[resource.address] = walk.edges
        done.append(resource if spec == resource.spec else replace(resource, spec=spec))
    for cycle, where in _cycles(edges):
        path = " → ".join(str(address) for address in cycle)
        problems.add(f"these refer to each other in a circle: {path}", "remove one of the references", where)
    return done


def identified(resources: Iterable[Resource], kinds: Mapping[str, type[Kind]]) -> list[Resource]:
    """Return the resources with identities that name what they refer to as live objects do: by name, not by handle."""
    resources = list(resources)
    names = {resource.address: resource.identity[0] for resource in resources}
    return [_identified(resource, kinds[resource.address.collection], names) for resource in resources]


def _identified(resource: Resource, kind: type[Kind], names: Mapping[Address, str]) -> Resource:
    named = {}
    for member in kind.identity[1:]:
        refs, handle = shape_of(kind).member(member).ref, resource.spec.get(member)
        if len(refs) == 1 and isinstance(handle, str):
            named[member] = names.get(Address(refs[0], handle), handle)
    if all(resource.spec[member] == name for member, name in named.items()):
        return resource
    return replace(resource, identity=kind.identify(resource.address.handle, {**resource.spec, **named}))


@dataclass(slots=True)
class _Walk:
    resource: Resource
    known: Known
    problems: Problems
    edges: dict[Address, Location] = field(default_factory=dict)

    def value(self, value: Value, shape: Shape, path: Path) -> Any:
        if isinstance(value, OutputRef):
            self.output(value, path)
            return value
        if isinstance(value, Mapping):
            return {name: self.value(inner, shape.member(name), (*path, name)) for name, inner in value.items()}
        if isinstance(value, tuple):
            items = (self.value(inner, shape.item(), (*path, index)) for index, inner in enumerate(value))
            return tuple(items)
        if shape.ref and isinstance(value, str):
            return self.reference(value, shape.ref, path)
        return value

    def reference(self, value: str, collections: tuple[str, ...], path: Path) -> str:
        collection, slash, handle = value.rpartition("/")
        if slash and collection not in collections:
            fix = f"it names {' or '.join(collections)}"
            self.problem(path, f"{value} is in another collection", fix)
            return value
        searched = (collection,) if slash else collections
        found = [name for name in searched if handle in self.known.handles.get(name, ())]
        if len(found) > 1:
            options = " or ".join(f"{name}/{handle}" for name in found)
            self.problem(path, f"{value} is in several collections", f"write {options}")
        elif not found:
            self.dangling(value, searched, collections, path)
        else:
            self.edges.setdefault(Address(found[0], handle), self.place(path))
            self.beside(Address(found[0], handle), path)
            return handle if len(collections) == 1 else f"{found[0]}/{handle}"
        return value

    def beside(self, target: Address, path: Path) -> None:
        """Add a problem where what is named stands in another account of the same vendor: its id means nothing here."""
        own, there = (self.known.instances.get(address) for address in (self.resource.address, target))
        types = {self.known.kinds[address.collection].provider for address in (self.resource.address, target)}
        if own and there and own != there and len(types) == 1:
            fix = f"put both into one instance with `lifecycle: {{provider: {there}}}`, or name another"
            self.problem(path, f"{target} is in {there}, and {self.resource.address} is in {own}", fix)

    def dangling(self, value: str, searched: tuple[str, ...], collections: tuple[str, ...], path: Path) -> None:
        if self.problems.unread:
            return  # it may be in the file that could not be read
        short = len(collections) == 1
        names = [h if short else f"{c}/{h}" for c in searched for h in self.known.handles.get(c, ())]
        where = " and ".join(searched)
        fix = did_you_mean(value, names, otherwise="" if names else f"add it under {searched[0]}:")
        self.problem(path, f"{value} is not among {where} in desired/", fix)

    def output(self, value: OutputRef, path: Path) -> None:
        address = Address.parse(value.address)
        if address.collection not in self.known.collections:
            fix = did_you_mean(address.collection, self.known.collections)
            self.problem(path, f"unknown collection {address.collection}", fix)
            return
        handles = self.known.handles.get(address.collection, frozenset())
        if address.handle not in handles:
            if not self.problems.unread:
                fix = did_you_mean(address.handle, handles, otherwise=f"add it under {address.collection}:")
                self.problem(path, f"{address} is not in desired/", fix)
            return
        kind = self.known.kinds.get(address.collection)
        outputs = kind.outputs if kind else {}
        if kind and value.output not in outputs:
            fix = did_you_mean(value.output, outputs, otherwise="" if outputs else f"{address.collection} have none")
            self.problem(path, f"{address} has no output {value.output}", fix)
            return
        self.edges.setdefault(address, self.place(path))

    def problem(self, path: Path, message: str, fix: str) -> None:
        self.problems.add(f"{path_text(path)}: {message}", fix, self.place(path))

    def place(self, path: Path) -> Location:
        return self.resource.place(path)


def _cycles(edges: Mapping[Address, Mapping[Address, Location]]) -> list[tuple[list[Address], Location]]:
    """Return circles, each once, from the address at which one was entered. Without recursion: chains may be long."""
    found = []
    done: set[Address] = set()
    for start in sorted(edges):
        trail: dict[Address, None] = {}
        stack: list[tuple[Address, bool]] = [(start, False)]
        while stack:
            address, leaving = stack.pop()
            if leaving:
                del trail[address]
                done.add(address)
                continue
            if address in done or address in trail:
                continue
            trail[address] = None
            stack.append((address, True))
            for target, where in sorted(edges.get(address, {}).items(), reverse=True):
                if target in trail:
                    names = list(trail)
                    found.append(([*names[names.index(target) :], target], where))
                else:
                    stack.append((target, False))
    return found
