"""The texts of a new repository: environment.yaml, and what git must ignore. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from reconciler.importing.files import dump, header

ENVIRONMENT = """\
{header}# What this desired state is for, and where it lives. Secrets stand here by name; their values come from the
# process environment. `expect:` names the account that was read: with the credential of another one, nothing runs.

"""
OURS = ".reconciler/"
_WHY = "# reconcile: its journal, and what must never be committed"


def environment_text(environment: str, providers: Mapping[str, Mapping[str, Any]]) -> str:
    """Return environment.yaml. `providers` are settings as YAML data, by provider type."""
    data = {"environment": environment, "providers": providers}
    return ENVIRONMENT.format(header=header("environment")) + dump(data, levels=3)


def ignored(text: str, folders: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return .gitignore with the lines it lacks, and those lines. `folders` are relative to the project."""
    known = {line.strip().strip("/") for line in text.splitlines() if not line.startswith("#")}
    wanted = [OURS, *(line for folder in folders if (line := _line(folder)))]
    lines = tuple(dict.fromkeys(line for line in wanted if line.strip("/") not in known))
    if not lines:
        return text, ()
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return f"{before}{_WHY}\n" + "".join(f"{line}\n" for line in lines), lines


def _line(folder: str) -> str:
    """Return the line for a folder of the project; "" for one outside of it, which git does not see."""
    path = PurePosixPath(folder)
    inside = not path.is_absolute() and ".." not in path.parts and path.parts
    return f"/{path}/" if inside else ""
