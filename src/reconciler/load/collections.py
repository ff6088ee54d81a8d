"""All collections of all files: from documents to resources, each checked alone and then among the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.discover import Catalog
from reconciler.errors import Location
from reconciler.kind.base import Kind
from reconciler.load.checks import check_identities, check_moves, cross_check, without_duplicates
from reconciler.load.document import Document
from reconciler.load.judge import Judge
from reconciler.load.names import APPROVALS, ENVIRONMENT_KEYS, HANDLE, RULES
from reconciler.load.problems import Problems
from reconciler.load.references import Known, check_references, identified
from reconciler.load.resources import Entry, loose, read_object
from reconciler.load.settings import Environment
from reconciler.load.suggest import did_you_mean
from reconciler.load.unfold import Compact, unfold
from reconciler.model import Address, Resource


def read_collections(
    documents: Iterable[Document],
    catalog: Catalog,
    environment: Environment | None,
    problems: Problems,
    judge: Judge | None,
) -> list[Resource]:
    """Return every resource that can be read, and add all problems. `environment` is None when it is not known."""
    kinds: dict[str, type[Kind]] = {}
    written: list[Entry] = []
    for document in documents:
        for collection in _collections(document, catalog, environment, problems):
            kind = catalog.kind(collection)
            if kind is None:
                why = next((b.error for b in catalog.broken if b.name == collection), "its package is broken")
                where = document.places.key((collection,))
                problems.add(f"{collection} cannot be used: {why}", "reinstall the package that declares it", where)
                problems.unread = True
                continue
            kinds[collection] = kind
            written.extend(_entries(document, collection, problems))
    compact = [c for e in written if (c := _compact(e, kinds, catalog, problems, judge)) is not None]
    written = [e for e in written if not kinds[e.address.collection].unfolds_into]
    entries = without_duplicates([*written, *(e for c in compact for e in c.entries)], problems)
    types = environment.types if environment else None
    read = {e.address: read_object(e, kinds[e.address.collection], types, problems, judge) for e in entries}
    resources = sorted((r for r in read.values() if r is not None), key=lambda r: r.address)
    handles = {name: frozenset(a.handle for a in read if a.collection == name) for name in kinds}
    refused = [r for e in entries if read[e.address] is None and (r := loose(e)) is not None]
    known = Known(handles, kinds, catalog.collections(), {r.address: r.provider for r in resources})
    others = [*refused, *(c.itself for c in compact)]
    resources = identified(check_references([*resources, *others], known, problems)[: len(resources)], kinds)
    check_identities(resources, kinds, problems)
    check_moves(resources, handles, problems)
    if environment and not problems.unread:
        broken = frozenset(address.collection for address, resource in read.items() if resource is None)
        cross_check(resources, kinds, environment.instances, broken, problems)
    return resources


def _compact(
    entry: Entry, kinds: dict[str, type[Kind]], catalog: Catalog, problems: Problems, judge: Judge | None
) -> Compact | None:
    """Return a compact object with what it stands for, and make the kind of that known; None for any other."""
    kind = kinds[entry.address.collection]
    into = catalog.kind(kind.unfolds_into) if kind.unfolds_into else None
    if into is None:
        return None
    kinds[kind.unfolds_into] = into
    return unfold(entry, kind, problems, judge)


def _collections(
    document: Document, catalog: Catalog, environment: Environment | None, problems: Problems
) -> Iterable[str]:
    """Yield the collections of a file that can be read, and add a problem for every other key."""
    if not isinstance(document.data, Mapping):
        what = "a list" if isinstance(document.data, list) else "a single value"
        message = f"the file is {what}, not a mapping of collections"
        problems.add(message, "begin it with a collection, such as `monitors:`", Location(document.file))
        return
    known = catalog.collections()
    for key in document.data:
        where = document.places.key((key,))
        if key in ENVIRONMENT_KEYS:
            problems.add(f"{key} belongs in environment.yaml", "move it there", where)
        elif key == APPROVALS:
            problems.add("approvals belong in approvals.yaml", "move them there, directly under desired/", where)
        elif key == RULES and key not in known:
            problems.add("rules belong in policies/", "move the file into the folder policies/ of desired/", where)
        elif key not in known:
            problems.add(f"unknown collection {key}", did_you_mean(key, known), where)
        elif environment is not None and not set(catalog.types_for(key)) & set(environment.types.values()):
            provider = " or ".join(catalog.types_for(key))
            fix = f"add `{provider}: {{…}}` under providers: in environment.yaml"
            problems.add(f"{key} belong to {provider}, which environment.yaml does not name", fix, where)
        else:
            yield key


def _entries(document: Document, collection: str, problems: Problems) -> Iterable[Entry]:
    objects = document.data[collection]
    if not isinstance(objects, Mapping):
        fix = f"write each object under its handle, or `{collection}: {{}}` for none"
        where = document.places.value((collection,))
        problems.add(f"{collection} must be a mapping of handles to objects", fix, where)
        return
    for handle, data in objects.items():
        places = document.places.below(collection, handle)
        if not re.fullmatch(HANDLE, handle):
            problems.add(f"{handle!r} is no handle", "write text without spaces and slashes", places.key(()))
            continue
        yield Entry(Address(collection, handle), data, places, document)
