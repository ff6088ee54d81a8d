"""`reconcile import`: reads one instance, writes desired/ files, and proves them: the plan after it only records."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.discover import Catalog
from reconciler.engine.options import EVERYTHING, SILENT, Options, Progress
from reconciler.engine.session import Engine
from reconciler.errors import CredentialRejected, InputError, ReconcilerError, Unavailable
from reconciler.importing.compose import compose
from reconciler.importing.files import name_for, text
from reconciler.importing.write import write_new
from reconciler.kind.base import Kind
from reconciler.ledger.base import Ledger
from reconciler.load.project import Project
from reconciler.model import Address, Change, Live, Record
from reconciler.plan.match import Match
from reconciler.plan.planner import make_plan
from reconciler.plan.state import PlanInput
from reconciler.redact import Redactor, url_password
from reconciler.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `skipped`: (address or title, reason); `secrets`: placeholder names that need a value.

    `scope` is the account that was read.
    """

    files: Mapping[str, str]  # path below desired/ to text
    objects: tuple[Address, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    scope: Mapping[str, str] = field(default_factory=dict)


class ImportDiffers(ReconcilerError):
    """What would be written is not what is live. Nothing was written."""


async def import_instance(
    project: Project,
    catalog: Catalog,
    runtime: Runtime,
    instance: str,
    *,
    load: Callable[[Path], Project],
    collections: tuple[str, ...] = (),
    ledger: Ledger | None = None,
    progress: Progress = SILENT,
    options: Options = EVERYTHING,
    write: bool = True,
) -> Imported:
    """Write what is live at an instance, and not yet managed, into `desired/`.

    `load` loads a desired tree; `collections` narrows what is imported. With `write` false nothing is written.
    Raises ReconcilerError when the instance cannot be read, ImportDiffers when the plan would change something.
    """
    engine = Engine(project, catalog, runtime, ledger=ledger, progress=progress)
    async with engine.look(replace(options, providers=(instance,)), coverage=True) as seen:
        status = seen.observation.statuses.get(instance)
        if status is None or status.status != "ok":
            why = status.reason if status else "not configured"
            wrong = CredentialRejected if status and status.credential else Unavailable
            raise wrong(f"{instance} could not be read: {why}", fix=status.next if status else "")
        kinds = {
            name: kind
            for name, kind in project.kinds.items()
            if kind.provider == project.instances[instance].type and (not collections or name in collections)
        }
        result = _express(project, instance, kinds, seen.given, seen.planned.matches.items, runtime.redactor)
        if not result.objects:
            _check_settings(project, instance)
        unread = tuple(
            (li.kind, f"could not be listed: {li.unknown}")
            for li in seen.observation.listings.values()
            if li.unknown and li.kind in kinds
        )
        account = seen.observation.scopes.get(instance)
        scope = dict(account.fields) if account else {}
        result = replace(result, skipped=(*unread, *result.skipped), scope=scope)
        _prove(project, result, load, seen.given)
    if write:
        write_new(project.desired, result.files)
    return result


def _check_settings(project: Project, instance: str) -> None:
    """Refuse to call an import done that found nothing because a setting was missing. Raises ReconcilerError."""
    settings = project.instances[instance].settings
    missing = [name for name in settings.needed_to_read if getattr(settings, name) is None]
    if missing:
        names = " and ".join(missing)
        raise ReconcilerError(
            f"nothing of {instance} was read: its settings have no {names}",
            fix=f"write {names} for {instance}, under `providers:` in environment.yaml",
        )


def _express(
    project: Project,
    instance: str,
    kinds: Mapping[str, type[Kind]],
    given: PlanInput,
    matched: tuple[Match, ...],
    redactor: Redactor,
) -> Imported:
    owned = {(m.provider, m.address.collection, m.live.id) for m in matched if m.live}
    skipped: list[tuple[str, str]] = []
    chosen: dict[str, list[Live]] = {}
    for name, kind in kinds.items():
        lives = [li for li in given.observation.listing(instance, name).live if (instance, name, li.id) not in owned]
        chosen[name] = _importable(lives, kind, skipped, redactor)
    composed = compose(project, instance, kinds, given.observation, matched, chosen)
    while composed.impossible:
        # What is left out leaves no handle behind: the others are written again, without it.
        for live, reason in composed.impossible:
            skipped.append((f"{live.kind}: {live.title} (id {live.id})", f"it cannot be written: {reason}"))
            chosen[live.kind] = [one for one in chosen[live.kind] if one.id != live.id]
        composed = compose(project, instance, kinds, given.observation, matched, chosen)
    objects = composed.objects
    existing = {Path(f).name for f in project.files} | {path.name for path in project.desired.iterdir()}
    files = {name_for(name, existing): text(name, objects[name]) for name in sorted(objects)}
    addresses = tuple(Address(name, handle) for name in sorted(objects) for handle in sorted(objects[name]))
    return Imported(files, addresses, (*skipped, *composed.skipped), tuple(composed.secrets))


def _importable(lives: list[Live], kind: type[Kind], skipped: list[tuple[str, str]], redactor: Redactor) -> list[Live]:
    """Return the objects that can be written, and say why the others cannot."""
    counts: dict[tuple[str, ...], int] = defaultdict(int)
    for live in lives:
        counts[live.identity] += 1
    kept = []
    for live in lives:
        reason = live.unknown or kind.unimportable(live)
        told = next((label for text in _texts(live.values) if (label := redactor.reveals(text))), "")
        if told:
            reason = f"a field that is not secret holds the value of a secret ({told}); write it by hand"
        if any(url_password(text) for text in _texts(live.values)):
            reason = "a URL of it holds a password, and desired/ holds none; move it into a secret field at the vendor"
        if live.inactive:
            reason = "it is out of service"
        elif counts[live.identity] > 1:
            reason = f"{counts[live.identity]} objects have this name; rename all but one"
        if reason:
            skipped.append((f"{kind.collection}: {live.title} (id {live.id})", reason))
        else:
            kept.append(live)
    return kept


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a tree of values, keys included, but for secrets."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (*_texts(key), *_texts(inner))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _prove(project: Project, result: Imported, load: Callable[[Path], Project], given: PlanInput) -> None:
    """Load the files beside the existing ones and plan them against what was read. Only records may come out."""
    with tempfile.TemporaryDirectory(prefix="reconcile-import-") as folder:
        tree = Path(folder) / "desired"
        try:
            shutil.copytree(project.desired, tree)
        except OSError as error:
            raise ReconcilerError(
                f"a trial copy of {project.desired.name}/ cannot be made: {error.strerror or error}; "
                "nothing was imported",
                fix="free some space, or fix the permissions, then import again",
            ) from None
        write_new(tree, result.files)
        try:
            trial = load(tree)
        except InputError as error:
            lines = "\n".join(f"  {problem.message}" for problem in error.problems)
            raise ImportDiffers(
                f"what is live does not make a valid {project.desired.name}/; nothing was written:\n{lines}",
                fix="report this as a bug of the provider; --collection imports the others",
            ) from None
    plan = make_plan(replace(given, resources=trial.resources, kinds=trial.kinds)).plan
    wrong = [c for c in plan.changes if c.address in set(result.objects) and not isinstance(c, Record)]
    if wrong:
        lines = "\n".join(f"  {_said(change)}" for change in wrong)
        raise ImportDiffers(
            f"the import of {len(wrong)} objects does not match what is live; nothing was written:\n{lines}",
            fix="report this as a bug of the provider; --collection imports the others",
        )


def _said(change: Change) -> str:
    fields = ", ".join(".".join(map(str, f.path)) for f in change.fields)
    return f"{change.address}: {change.action}{f' ({fields})' if fields else ''}"
