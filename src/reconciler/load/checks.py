"""What only shows across objects: two of one name, of one identity, of one live id; moves; the kinds' own checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.kind.base import Kind
from reconciler.kind.shape import shape_of
from reconciler.load.problems import Problems
from reconciler.load.resources import Entry
from reconciler.load.settings import Instance
from reconciler.model import Resource


def without_duplicates(entries: Iterable[Entry], problems: Problems) -> list[Entry]:
    """Return the first entry of each address, and add a problem for every other. (One file's own are found earlier.)"""
    first: dict[object, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.address, entry)
        if other is not entry:
            message = f"{entry.address} is written twice, first at {other.places.key(())}"
            problems.add(message, "keep one of them, or give it another handle", entry.places.key(()))
    return list(first.values())


def check_identities(resources: Sequence[Resource], kinds: Mapping[str, type[Kind]], problems: Problems) -> None:
    """Add a problem for objects of one instance and collection that are one live object."""

    def identity(resource: Resource) -> str | None:
        return " ".join(part for part in resource.identity if part) or None

    def pinned(resource: Resource) -> str | None:
        return resource.lifecycle.id

    _one_each(resources, problems, identity, "identity", "give one of them another name, or remove it")
    _no_collisions(resources, kinds, problems)
    _one_each(resources, problems, pinned, "lifecycle.id", "a live object has one handle; remove one of them")


def _one_each(
    resources: Sequence[Resource], problems: Problems, key: Callable[[Resource], str | None], what: str, fix: str
) -> None:
    seen: dict[tuple[str, str, object], Resource] = {}
    for resource in resources:
        text = key(resource)
        if text is None:
            continue
        exact = resource.identity if what == "identity" else text
        other = seen.setdefault((resource.provider, resource.address.collection, exact), resource)
        if other is not resource:
            message = f"{resource.address} and {other.address} ({other.where}) have the same {what}, {text}"
            problems.add(message, fix, resource.where)


def _no_collisions(resources: Sequence[Resource], kinds: Mapping[str, type[Kind]], problems: Problems) -> None:
    """Add a problem for objects whose identities differ, and that the vendor would not let stand side by side."""
    for number, resource in enumerate(resources):
        collection = resource.address.collection
        collide = shape_of(kinds[collection]).collide if collection in kinds else None
        for other in resources[:number] if collide else ():
            near = (other.provider, other.address.collection) == (resource.provider, collection)
            if near and collide and other.identity != resource.identity and collide(other.identity, resource.identity):
                message = f"{resource.address} and {other.address} ({other.where}) cannot both exist: they overlap"
                problems.add(message, "make them disjoint, or remove one of them", resource.where)


def check_moves(resources: Sequence[Resource], handles: Mapping[str, frozenset[str]], problems: Problems) -> None:
    """Add a problem for a `moved_from` that still exists, or that two objects claim."""
    claimed: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        old = resource.lifecycle.moved_from
        if old is None:
            continue
        collection = resource.address.collection
        where = resource.place(("lifecycle", "moved_from"))
        if old in handles.get(collection, ()):
            message = f"lifecycle.moved_from: {collection}/{old} still exists"
            problems.add(message, "remove the old object, or this line", where)
        other = claimed.setdefault((collection, old), resource)
        if other is not resource:
            message = f"lifecycle.moved_from: {other.address} ({other.where}) was moved from {old} already"
            problems.add(message, "remove one of the two lines", where)


def cross_check(
    resources: Sequence[Resource],
    kinds: Mapping[str, type[Kind]],
    instances: Mapping[str, Instance],
    skip: frozenset[str],
    problems: Problems,
) -> None:
    """Add what each kind's own `cross_check` finds among all objects of an instance.

    The kinds of collections in `skip` are not asked: what is missing there would mislead them.
    """

    by_instance: dict[str, list[Resource]] = {}
    for resource in resources:
        by_instance.setdefault(resource.provider, []).append(resource)
    for name, members in by_instance.items():
        collections = dict.fromkeys(resource.address.collection for resource in members)
        where = {resource.address: resource for resource in members}
        for collection in collections:
            if collection in skip or name not in instances:
                continue
            found = kinds[collection].cross_check(tuple(members), instances[name].settings)
            for address, field, message, fix in found:
                _add(where[address], field, message, fix, problems)


def _add(resource: Resource, field: str, message: str, fix: str, problems: Problems) -> None:
    subject = field or str(resource.address)
    said = message if message.startswith((f"{subject}:", f"{subject} ")) else f"{subject}: {message}"
    problems.add(said, fix, resource.place((field,)) if field else resource.where)
