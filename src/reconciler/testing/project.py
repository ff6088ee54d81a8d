"""`project_of`: a project from Python values or YAML text, written to a folder and read back as any project is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from reconciler.discover import Catalog
    from reconciler.load.project import Project


def write_project(
    root: Path,
    objects: Mapping[str, Mapping[str, Any]] | str,
    *,
    settings: Mapping[str, Any] | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    approvals: Iterable[Mapping[str, Any]] = (),
    collections: Mapping[str, Mapping[str, Any]] | None = None,
    environment: str = "test",
) -> Path:
    """Write `root/desired` and return it; what an earlier call wrote there is gone.

    `objects` is collection -> handle -> fields, or the YAML text of it. `settings` are those of the one instance
    `memory`; `providers` names the instances otherwise. `collections` are settings such as `{"authority": "additive"}`.
    """
    desired = root / "desired"
    desired.mkdir(parents=True, exist_ok=True)
    for old in desired.glob("*.yaml"):
        old.unlink()
    head: dict[str, Any] = {"environment": environment, "providers": providers or {"memory": dict(settings or {})}}
    if collections:
        head["collections"] = {name: dict(chosen) for name, chosen in collections.items()}
    files: dict[str, Any] = {"environment": head}
    if isinstance(objects, str):
        (desired / "objects.yaml").write_text(textwrap.dedent(objects), encoding="utf-8")
    else:
        files |= {name: {name: dict(handles)} for name, handles in objects.items()}
    entries = [dict(approval) for approval in approvals]
    if entries:
        files["approvals"] = {"approvals": entries}
    for name, content in files.items():
        (desired / f"{name}.yaml").write_text(_yaml(content), encoding="utf-8")
    return desired


class _Quoting(yaml.SafeDumper):
    """Writes every text in quotes, so that none is a trap: `"no"`, `"3:00"`."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def _yaml(content: Any) -> str:
    return yaml.dump(content, Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=10_000)


def project_of(
    root: Path,
    objects: Mapping[str, Mapping[str, Any]] | str,
    *,
    catalog: Catalog,
    settings: Mapping[str, Any] | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    approvals: Iterable[Mapping[str, Any]] = (),
    collections: Mapping[str, Mapping[str, Any]] | None = None,
    environment: str = "test",
) -> Project:
    """Return the project that `write_project` wrote (which see). Raises InputError as loading does."""
    from reconciler.load.project import load_project

    desired = write_project(
        root,
        objects,
        settings=settings,
        providers=providers,
        approvals=approvals,
        collections=collections,
        environment=environment,
    )
    return load_project(desired, catalog)
