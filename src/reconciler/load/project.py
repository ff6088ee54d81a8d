"""A whole desired state, loaded: what `plan` and `apply` work on, and what `validate` approves."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.discover import Catalog
from reconciler.errors import InputError, Location
from reconciler.kind.base import Kind
from reconciler.load.collections import read_collections
from reconciler.load.document import Document, parse
from reconciler.load.environment import approvals_as_text
from reconciler.load.files import read_all
from reconciler.load.judge import Judge
from reconciler.load.names import APPROVALS_FILES, ENVIRONMENT_FILES, POLICIES
from reconciler.load.problems import Problems
from reconciler.load.settings import CollectionSettings as CollectionSettings
from reconciler.load.settings import Environment, read_approvals, read_environment
from reconciler.load.settings import Instance as Instance
from reconciler.load.settings import SecretSource as SecretSource
from reconciler.model import Approval, Resource, Rule

_DEFAULT = CollectionSettings()


@dataclass(frozen=True)
class Project:
    """`root` is the folder that `desired` stands in; relative paths in settings start there.

    `kinds` are those of the configured provider types, compact ones left out; `resources` are sorted by address, and
    `files` are as messages name them.
    """

    root: Path
    desired: Path
    environment: str
    instances: Mapping[str, Instance]
    collections: Mapping[str, CollectionSettings]
    kinds: Mapping[str, type[Kind]]
    resources: tuple[Resource, ...]
    approvals: tuple[Approval, ...]
    secret_sources: tuple[SecretSource, ...]
    apply_from: str | None
    files: tuple[str, ...]
    policies: tuple[Rule, ...] = ()

    def settings_for(self, collection: str) -> CollectionSettings:
        """Return a collection's settings, the defaults where none are written."""
        return self.collections.get(collection, _DEFAULT)


def load_project(desired: Path, catalog: Catalog, *, extra_env_files: tuple[str, ...] = ()) -> Project:
    """Return the project, checked by the models. `extra_env_files` are asked for secrets before those it names.

    Raises:
        InputError: with every problem of every file.
    """
    with _uncollected():
        return _load(desired, catalog, extra_env_files, None)


def validate_project(desired: Path, catalog: Catalog) -> Project:
    """Return the project, checked by the models and by the published schemas. A disagreement is reported as a bug.

    Raises:
        InputError: with every problem of every file.
    """
    from reconciler.schema.verdict import SchemaJudge

    with _uncollected():
        return _load(desired, catalog, (), SchemaJudge())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the cycle collector off: loading makes many objects and no cycles, and looking for them takes as long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(desired: Path, catalog: Catalog, extra_env_files: Iterable[str], judge: Judge | None) -> Project:
    problems = Problems()
    folder = desired.resolve()
    sources, unreadable = read_all(desired)
    problems.extend((problem, False) for problem in unreadable)
    documents: dict[str, Document] = {}
    for source in sources:
        as_text = approvals_as_text if _below(source.name, folder) in APPROVALS_FILES else None
        document, found = parse(source.text, source.name, as_text=as_text)
        problems.traps(found)
        if document is not None:
            documents[source.name] = document
    problems.unread = bool(unreadable) or len(documents) < len(sources)
    own = {name: documents.pop(name) for name in list(documents) if _below(name, folder) in ENVIRONMENT_FILES}
    granted = {name: documents.pop(name) for name in list(documents) if _below(name, folder) in APPROVALS_FILES}
    judging = {name: documents.pop(name) for name in list(documents) if _below(name, folder).startswith(POLICIES)}
    environment = _environment(own, folder, catalog, problems, judge)
    approvals = tuple(a for document in granted.values() for a in read_approvals(document, problems, judge))
    rules = _policies(judging.values(), catalog, problems, judge)
    resources = read_collections(documents.values(), catalog, environment, problems, judge)
    found_problems = problems.all()
    if found_problems or environment is None:
        raise InputError(found_problems)
    extra = tuple(SecretSource("env_file", path, Location("--env-file")) for path in extra_env_files)
    types = dict.fromkeys(environment.types.values())
    return Project(
        root=folder.parent,
        desired=folder,
        environment=environment.name,
        instances=environment.instances,
        collections=environment.collections,
        kinds={
            name: kind
            for provider_type in types
            for name, kind in catalog.kinds_of(provider_type).items()
            if not kind.unfolds_into
        },
        resources=tuple(sorted(resources, key=lambda resource: resource.address)),
        approvals=approvals,
        secret_sources=(*extra, *environment.secret_sources),
        apply_from=environment.apply_from,
        files=tuple(source.name for source in sources),
        policies=rules,
    )


def _below(name: str, folder: Path) -> str:
    return name.removeprefix(f"{folder.name}/")


def _policies(
    documents: Collection[Document], catalog: Catalog, problems: Problems, judge: Judge | None
) -> tuple[Rule, ...]:
    if not documents:
        return ()
    from reconciler.load.policies import read_policies  # what has no policies pays nothing for them

    return read_policies(documents, catalog, problems, judge)


def _environment(
    own: Mapping[str, Document], folder: Path, catalog: Catalog, problems: Problems, judge: Judge | None
) -> Environment | None:
    names = sorted(own)
    if len(names) > 1:
        problems.add(f"{names[0]} and {names[1]} both exist", "keep one of them", Location(names[1]))
    if names:
        return read_environment(own[names[0]], catalog, problems, judge)
    if folder.is_dir() and not any((folder / name).exists() for name in ENVIRONMENT_FILES):
        fix = "create it with `environment: production` and `providers: {…}`"
        problems.add(f"{folder.name}/environment.yaml is missing", fix)
    return None
