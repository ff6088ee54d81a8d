"""`reconcile init`: everything is made in a copy of `desired/`, proved there, and then written at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.engine.connect import resolver_of
from reconciler.engine.judging import judged_as_written
from reconciler.engine.options import SILENT, Options, Progress
from reconciler.errors import CredentialRejected, ReconcilerError
from reconciler.importing.run import Imported, import_instance
from reconciler.initial.baseline import PATH as PATH_OF_BASELINE
from reconciler.initial.baseline import baseline
from reconciler.initial.files import environment_text, ignored
from reconciler.initial.tool import Tool
from reconciler.initial.workflow import HEARTBEAT, PATH, Needs, render
from reconciler.initial.write import Files
from reconciler.load.document import parse
from reconciler.load.names import ENVIRONMENT_FILES
from reconciler.load.project import Project
from reconciler.runtime import Runtime
from reconciler.sandbox.needs import secret_names
from reconciler.schema.files import generate, stale


@dataclass(frozen=True, slots=True)
class Skipped:
    """An instance that was not imported, why, and what to do about it. `failed`: it should have been."""

    instance: str
    reason: str
    next: str = ""
    failed: Exception | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that `init` would write, and has found out. `kept`: files that are there and stay, each with a reason."""

    project: Project
    files: Files
    kept: tuple[tuple[str, str], ...] = ()
    imported: Mapping[str, Imported] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    ignored: tuple[str, ...] = ()
    tool: Tool | None = None
    softened: tuple[str, ...] = ()  # rules of the baseline that what was found breaks, and that only warn


@dataclass(frozen=True)
class Site:
    """Where and with what. `top` is the top of the git work tree; None outside a repository."""

    desired: Path
    catalog: Catalog
    runtime: Runtime
    load: Callable[[Path], Project]
    validate: Callable[[Path], Project]
    top: Path | None
    tool: Tool
    progress: Progress = SILENT
    deadline: float | None = None  # seconds from now, for each import

    @property
    def root(self) -> Path:
        """The folder that `desired/` stands in."""
        return self.desired.parent


def existing_environment(desired: Path) -> str:
    """Return the name of the environment file that is there; "" for none."""
    return next((name for name in ENVIRONMENT_FILES if (desired / name).exists()), "")


def written_settings(environment: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings in an environment.yaml that loads, as written, by provider type."""
    document, _ = parse(environment.read_text(encoding="utf-8"), environment.name)
    providers: Mapping[str, Any] = document.data.get("providers") or {} if document else {}
    return {str((data or {}).get("type", name)): data or {} for name, data in providers.items()}


async def prepare(
    site: Site, environment: str, providers: Mapping[str, Mapping[str, Any]], *, imports: bool
) -> Prepared:
    """Return what is to be written. Nothing is, but in a temporary folder. An environment.yaml that is there stays.

    Raises InputError with every problem of `desired/` as it would be.
    """
    own = existing_environment(site.desired)
    with _copied(site.desired) as tree:
        if not own:
            (tree / ENVIRONMENT_FILES[0]).write_text(environment_text(environment, providers), encoding="utf-8")
        project = _loaded(site.load, tree, site.root)
        imported, skipped = await _import(site, tree, project, imports=imports)
        if not own:
            pinned = {name: _pinned(data, imported.get(name)) for name, data in providers.items()}
            (tree / ENVIRONMENT_FILES[0]).write_text(environment_text(environment, pinned), encoding="utf-8")
        project, softened = _judged(site, tree)
        new = {
            f"{site.desired.name}/{path.relative_to(tree)}": path.read_text(encoding="utf-8")
            for path in sorted(tree.rglob("*"))
            if path.is_file() and not (site.desired / path.relative_to(tree)).exists()
        }
    kept = [(f"{site.desired.name}/{own}", "it is yours; edit it by hand")] if own else []
    changed: dict[str, tuple[str, str]] = {}
    lines = _ignore(site.root, project, new, changed)
    _schemas(site, new, changed)
    workflow = _workflow(site, project, new, kept)
    tool = site.tool if workflow else None
    return Prepared(project, Files(new, changed), tuple(kept), imported, tuple(skipped), lines, tool, softened)


@contextmanager
def _copied(desired: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="reconcile-init-") as folder:
        tree = Path(folder) / desired.name
        if desired.exists():
            try:
                shutil.copytree(desired, tree)
            except OSError as error:
                said = f"a trial copy of {desired.name}/ cannot be made: {error.strerror or error}; nothing was written"
                raise ReconcilerError(
                    said, fix="free some space, or fix the permissions, then run this again"
                ) from None
        else:
            tree.mkdir()
        yield tree


def _judged(site: Site, tree: Path) -> tuple[Project, tuple[str, ...]]:
    """Write the baseline of policies where there are none, and return the project with the rules that only warn.

    What production breaks on its first day is a warning: it is to be recorded as it is, and mended then.
    """
    project = _loaded(site.validate, tree, site.root)
    path = tree / PATH_OF_BASELINE
    if path.parent.exists():
        return project, ()
    path.parent.mkdir()
    path.write_text(baseline(project.kinds), encoding="utf-8")
    project = _loaded(site.validate, tree, site.root)
    broken = tuple(dict.fromkeys(f.rule for f in judged_as_written(project).denied))
    if broken:
        path.write_text(baseline(project.kinds, broken), encoding="utf-8")
        project = _loaded(site.validate, tree, site.root)
    return project, broken


def _loaded(load: Callable[[Path], Project], tree: Path, root: Path) -> Project:
    return replace(load(tree), root=root)  # relative paths in the settings start at the real project


async def _import(
    site: Site, tree: Path, project: Project, *, imports: bool
) -> tuple[dict[str, Imported], list[Skipped]]:
    """Import what can be read, into the copy; one that cannot be does not keep the others out."""
    resolver = resolver_of(project, site.runtime)
    imported: dict[str, Imported] = {}
    skipped: list[Skipped] = []
    for name, instance in sorted(project.instances.items()):
        missing = [ref.name for ref in instance.settings.secrets().values() if resolver.get(ref.name) is None]
        command = f"`reconcile import {name}`"
        if any(resource.provider == name for resource in project.resources):
            skipped.append(Skipped(name, f"{project.desired.name}/ has objects of it", f"{command} brings in the rest"))
        elif not imports:
            skipped.append(Skipped(name, "--no-import", command))
        elif missing:
            verb = "is" if len(missing) == 1 else "are"
            told = f"set {' and '.join(missing)}, then {command}"
            skipped.append(Skipped(name, f"{' and '.join(missing)} {verb} not set", told))
        else:
            try:
                imported[name] = await import_instance(
                    _loaded(site.load, tree, site.root),
                    site.catalog,
                    site.runtime,
                    name,
                    load=site.load,
                    progress=site.progress,
                    options=Options(deadline=site.deadline),
                )
            except ReconcilerError as error:
                what = "give it a credential that is accepted" if isinstance(error, CredentialRejected) else "mend that"
                skipped.append(Skipped(name, str(error), f"{what}, then {command}", error))
    return imported, skipped


def _pinned(data: Mapping[str, Any], imported: Imported | None) -> dict[str, Any]:
    """Return settings with the account that was read as the only one to be read from now on."""
    if imported is None or not imported.scope or "expect" in data:
        return dict(data)
    return {**data, "expect": dict(imported.scope)}


def _ignore(root: Path, project: Project, new: dict[str, str], changed: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    folders = [folder for one in project.instances.values() for folder in one.settings.private_folders()]
    path = root / ".gitignore"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    after, lines = ignored(before, folders)
    if lines and path.exists():
        changed[path.name] = (before, after)
    elif lines:
        new[path.name] = after
    return lines


def _schemas(site: Site, new: dict[str, str], changed: dict[str, tuple[str, str]]) -> None:
    folder = site.root / "schemas"
    files = generate(site.catalog)
    for name in stale(folder, files):
        if name in files and (folder / name).exists():
            changed[f"schemas/{name}"] = ((folder / name).read_text(encoding="utf-8"), files[name])
        elif name in files:
            new[f"schemas/{name}"] = files[name]


def _workflow(site: Site, project: Project, new: dict[str, str], kept: list[tuple[str, str]]) -> bool:
    """Add the workflow, and return whether it is to be written."""
    path = site.root / PATH
    at_top = site.top is None or site.top.resolve() == site.root.resolve()
    if not at_top or site.desired.name != "desired":
        kept.append((PATH, "not written: it needs desired/ at the top of the git repository"))
        return False
    text = render(needs_of(project, site.tool))
    if not path.exists():
        new[PATH] = text
        return True
    if path.read_text(encoding="utf-8") != text:
        kept.append((PATH, "it is there; move it away and run this again for a new one"))
    return False


def opens_sops_files(project: Project) -> bool:
    """Return whether `secrets:` of environment.yaml names a file that `sops` has to open."""
    return any(source.kind == "sops_file" for source in project.secret_sources)


def needs_of(project: Project, tool: Tool | None) -> Needs:
    """Return what the workflow of a project depends on; `tool` is None in the repository that holds the tool."""
    settings = {name: one.settings for name, one in project.instances.items()}
    beats = [r for r in project.resources if project.kinds[r.address.collection].pingable]
    sealed = opens_sops_files(project)
    watched = [r for r in beats if r.address.handle == HEARTBEAT]
    return Needs(
        environment=project.environment,
        tool=tool,
        reading=secret_names((), settings.values(), reading=True),
        # The key opens all that a file holds, credentials to write included: the jobs that only read do without it.
        writing=(*secret_names(project.resources, settings.values()), *(["SOPS_AGE_KEY"] if sealed else [])),
        heartbeat=HEARTBEAT if watched else "",
        pinging=secret_names((), [settings[watched[0].provider]], reading=True) if watched else (),
        watching=tuple(r.address.handle for r in beats if r.address.handle in project.kinds),
        handover=tuple(folder for one in settings.values() for folder in one.private_folders()),
        sealed=sealed,
    )
