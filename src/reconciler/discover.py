"""Installed providers, found by entry point. A model is imported when its type is used, a client when one is opened.

A collection belongs to the provider types that the same installed package declares. Two packages that declare one name
are an error; a package that cannot be imported is recorded and skipped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.errors import InputError, Problem, ReconcilerError
from reconciler.load.names import APPROVALS, ENVIRONMENT_KEYS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from reconciler.kind.base import Kind
    from reconciler.provider import Provider

COLLECTIONS = "reconciler.collections"
PROVIDERS = "reconciler.providers"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One provider type as `provider list` shows it. `origin` is its package and module."""

    name: str
    version: str
    kinds: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A collection or provider type that cannot be used, and why."""

    name: str
    origin: str
    error: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One declared name. `types` are the provider types of the package that declares it."""

    name: str
    load: Callable[[], Any]
    package: str
    version: str = ""
    module: str = ""
    types: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return f"{self.package} ({self.module})" if self.module else self.package


class Catalog:
    """The kinds and providers that can be used. What is loaded is loaded once."""

    def __init__(self, collections: Iterable[Entry], providers: Iterable[Entry]) -> None:
        self._collections = _by_name("collection", collections)
        self._providers = _by_name("provider type", providers)
        self._kinds: dict[str, type[Kind] | None] = {}
        self._clients: dict[str, type[Provider] | None] = {}
        self._broken: dict[tuple[str, str], BrokenPlugin] = {}  # by group and name

    @classmethod
    def of(cls, kinds: Iterable[type[Kind]], providers: Mapping[str, type]) -> Catalog:
        """Return a catalog of these kinds and clients, without looking at what is installed."""
        kinds = tuple(kinds)
        names = dict.fromkeys([*providers, *(kind.provider for kind in kinds)])
        return cls(
            [Entry(k.collection, partial(_given, k), k.__module__, types=(k.provider,)) for k in kinds],
            [Entry(n, partial(_given, providers.get(n)), f"given {n}", types=(n,)) for n in names],
        )

    @property
    def kinds(self) -> Mapping[str, type[Kind]]:
        """Every kind that loads, by collection. Imports all models."""
        return {name: kind for name in self._collections if (kind := self.kind(name)) is not None}

    def collections(self) -> tuple[str, ...]:
        """Return the declared collections, loaded or not."""
        return tuple(sorted(self._collections))

    def types_for(self, collection: str) -> tuple[str, ...]:
        """Return the provider types that a collection may belong to, without importing its model."""
        entry = self._collections.get(collection)
        return entry.types if entry else ()

    def kinds_of(self, provider_type: str) -> Mapping[str, type[Kind]]:
        """Return the kinds of one provider type, by collection. Imports that package's models only."""
        candidates = [name for name, entry in sorted(self._collections.items()) if provider_type in entry.types]
        loaded = {name: kind for name in candidates if (kind := self.kind(name)) is not None}
        return {name: kind for name, kind in loaded.items() if kind.provider == provider_type}

    def kind(self, collection: str) -> type[Kind] | None:
        """Return a collection's kind; None when no package declares it, or it is broken."""
        if collection not in self._collections:
            return None
        if collection not in self._kinds:
            self._kinds[collection] = self._load(COLLECTIONS, self._collections[collection], _wrong_kind)
        return self._kinds[collection]

    def provider_types(self) -> tuple[str, ...]:
        """Return the declared provider types."""
        return tuple(sorted(self._providers))

    def provider_class(self, provider_type: str) -> type[Provider]:
        """Return the client of a provider type. Raises ReconcilerError when there is none or it cannot be imported."""
        entry = self._providers.get(provider_type)
        if entry is None:
            raise ReconcilerError(
                f"no installed package has the provider type {provider_type}", fix="install the package that has it"
            )
        if provider_type not in self._clients:
            self._clients[provider_type] = self._load(PROVIDERS, entry, _wrong_client)
        client = self._clients[provider_type]
        if client is None:
            broken = self._broken[PROVIDERS, provider_type]
            raise ReconcilerError(
                f"provider {provider_type} cannot be used: {broken.error}", fix=f"reinstall or remove {broken.origin}"
            )
        return client

    @property
    def broken(self) -> tuple[BrokenPlugin, ...]:
        """What could not be loaded so far."""
        return tuple(broken for _, broken in sorted(self._broken.items()))

    def plugins(self) -> tuple[PluginInfo, ...]:
        """Return every provider type with its collections. Imports models only of a package that has several types."""
        return tuple(
            PluginInfo(name, entry.version, self._collections_of(name, entry), entry.origin)
            for name, entry in sorted(self._providers.items())
        )

    def _collections_of(self, name: str, entry: Entry) -> tuple[str, ...]:
        if len(entry.types) > 1:
            return tuple(self.kinds_of(name))
        return tuple(sorted(c for c, declared in self._collections.items() if name in declared.types))

    def _load(self, group: str, entry: Entry, wrong: Callable[[Entry, Any], str]) -> Any:
        try:
            loaded = entry.load()
        except Exception as error:
            logger.debug("cannot load %s of %s", entry.name, entry.origin, exc_info=True)
            reason = f"{type(error).__name__}: {error}"
        else:
            reason = wrong(entry, loaded)
            if not reason:
                return loaded
        self._broken[group, entry.name] = BrokenPlugin(entry.name, entry.origin, reason)
        return None


def discover() -> Catalog:
    """Return what is installed. Raises InputError when two packages declare the same name."""
    from importlib.metadata import entry_points

    providers, collections = tuple(entry_points(group=PROVIDERS)), tuple(entry_points(group=COLLECTIONS))
    types: dict[str, list[str]] = {}
    for point in providers:
        types.setdefault(_package(point), []).append(point.name)
    return Catalog([_entry(p, types) for p in collections], [_entry(p, types) for p in providers])


def _entry(point: EntryPoint, types: Mapping[str, list[str]]) -> Entry:
    package = _package(point)
    version = point.dist.version if point.dist else ""
    return Entry(point.name, point.load, package, version, point.module, tuple(sorted(types.get(package, ()))))


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module.partition(".")[0]


def _given(value: Any) -> Any:
    return value


def _by_name(what: str, entries: Iterable[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        other = found.setdefault(entry.name, entry)
        if other is not entry:
            problems.append(
                Problem(
                    f"two packages declare the {what} {entry.name}: {other.origin} and {entry.origin}",
                    "uninstall one of them",
                )
            )
    if problems:
        raise InputError(problems)
    return found


def _wrong_kind(entry: Entry, kind: Any) -> str:
    from reconciler.kind.base import Kind

    if not (isinstance(kind, type) and issubclass(kind, Kind)):
        return "it is not a subclass of reconciler.Kind"
    if kind.collection != entry.name:
        return f"it is declared as {entry.name} and calls itself {kind.collection or 'nothing'}"
    if kind.provider not in entry.types:
        types = ", ".join(entry.types) or "no provider type"
        return f"its provider is {kind.provider or 'not named'}, and its package declares {types}"
    if not (kind.identity or kind.unfolds_into) or not hasattr(kind, "settings"):
        return f"it has no {'settings' if kind.identity else 'identity'}"
    reserved = {*ENVIRONMENT_KEYS, APPROVALS} & {entry.name} or {"lifecycle"} & kind.model_fields.keys()
    if reserved:
        return f"{reserved.pop()} is a reserved word"
    return ""


def _wrong_client(entry: Entry, client: Any) -> str:
    return "" if isinstance(client, type) else "it is not a class"
