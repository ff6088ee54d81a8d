"""environment.yaml and approvals.yaml: from data to instances, collection settings, secret sources, approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel
from pydantic_core import ValidationError

from reconciler.discover import Catalog
from reconciler.errors import Location
from reconciler.kind.settings import ProviderSettings
from reconciler.kind.shape import shape_of
from reconciler.load.document import Document
from reconciler.load.environment import ApprovalsForm, EnvironmentForm
from reconciler.load.explain import Written, explain
from reconciler.load.judge import Judge, compare
from reconciler.load.places import Places
from reconciler.load.problems import Problems
from reconciler.load.suggest import did_you_mean
from reconciler.model import Approval

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Instance:
    """A provider as the user configured it. `settings` hold secrets by name only."""

    name: str
    type: str
    settings: ProviderSettings
    where: Location


@dataclass(frozen=True)
class CollectionSettings:
    """How far the tool may go with one collection."""

    authority: Literal["managed", "additive", "observe"] = "managed"
    allow_empty: bool = False


@dataclass(frozen=True)
class SecretSource:
    """Where secrets may come from after the process environment. `path` is relative to the project."""

    kind: Literal["env_file", "sops_file"]
    path: str
    where: Location


@dataclass(frozen=True)
class Environment:
    """What environment.yaml says. `types` maps every instance that is named, usable or not, to its provider type."""

    name: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    collections: Mapping[str, CollectionSettings] = field(default_factory=dict)
    secret_sources: tuple[SecretSource, ...] = ()
    apply_from: str | None = None


def read_environment(
    document: Document, catalog: Catalog, problems: Problems, judge: Judge | None
) -> Environment | None:
    """Return what environment.yaml says, as far as it can be used; None when it is not even a mapping."""
    data = document.data
    if not isinstance(data, Mapping):
        problems.add("environment.yaml must be a mapping", "write `environment: production`", Location(document.file))
        return None
    own = {key: value for key, value in data.items() if key not in catalog.collections()}
    for key in data:
        if key not in own:
            fix = f"move it to a file of its own, such as {key}.yaml"
            problems.add(f"{key} does not belong in environment.yaml", fix, document.places.key((key,)))
    form = read_model(EnvironmentForm, own, document, document.places, problems, judge)
    providers = data.get("providers")
    named = {
        name: settings
        for name, settings in (providers if isinstance(providers, Mapping) else {}).items()
        if isinstance(settings, Mapping)
    }
    types = {name: str(settings.get("type") or name) for name, settings in named.items()}
    instances = {
        name: instance
        for name, settings in named.items()
        if (instance := _instance(name, types[name], settings, document, catalog, problems, judge))
    }
    if form is None:
        return Environment(types=types)
    for name in form.collections:
        if name not in catalog.collections():
            fix = did_you_mean(name, catalog.collections())
            problems.add(f"unknown collection {name}", fix, document.places.key(("collections", name)))
    settings_by_name = {
        name: CollectionSettings(settings.authority, settings.allow_empty)
        for name, settings in form.collections.items()
    }
    sources = tuple(
        SecretSource("sops_file" if source.sops_file else "env_file", path, document.places.key(("secrets", index)))
        for index, source in enumerate(form.secrets)
        if (path := source.env_file or source.sops_file)
    )
    return Environment(form.environment, types, instances, settings_by_name, sources, form.apply_from or None)


def _instance(
    name: str,
    provider_type: str,
    settings: Mapping[str, Any],
    document: Document,
    catalog: Catalog,
    problems: Problems,
    judge: Judge | None,
) -> Instance | None:
    places = document.places.below("providers", name)
    if provider_type not in catalog.provider_types():
        where = places.value(("type",)) if settings.get("type") else places.key(())
        fix = did_you_mean(provider_type, catalog.provider_types(), otherwise="install the package that has it")
        problems.add(f"unknown provider type {provider_type}", fix, where)
        return None
    kinds = catalog.kinds_of(provider_type)
    if not kinds:
        reasons = "; ".join(f"{b.error} ({b.origin})" for b in catalog.broken) or "its package declares no collections"
        problems.add(
            f"provider type {provider_type} cannot be used: {reasons}", "reinstall its package", places.key(())
        )
        return None
    model = next(iter(kinds.values())).settings
    made = read_model(model, settings, document, places, problems, judge)
    return Instance(name, provider_type, made, places.key(())) if made is not None else None


def read_model(
    model: type[Model],
    data: Any,
    document: Document,
    places: Places,
    problems: Problems,
    judge: Judge | None,
) -> Model | None:
    """Return the data as this model, or None with every problem added."""
    made = None
    try:
        made = model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems.extend(explain(error, Written(data, shape_of(model), places)))
    if judge is not None and not document.refused:
        compare(made is not None, judge.model(model, data), "this mapping", places.key(()), problems)
    return made


def read_approvals(document: Document, problems: Problems, judge: Judge | None) -> tuple[Approval, ...]:
    """Return the approvals of approvals.yaml."""
    form = read_model(ApprovalsForm, document.data, document, document.places, problems, judge)
    if form is None:
        return ()
    return tuple(
        Approval(entry.digest, entry.reason, entry.until, document.places.key(("approvals", index)))
        for index, entry in enumerate(form.approvals)
    )
