"""Commands that print a secret: `op read …`, `vault kv get …`. Who declares them decides what runs on this machine.

They stand in a file of the user's own, outside every checkout: what a pull request can change must not choose a
program. They are never run for a pull request, and only for a name whose value is needed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.errors import InputError, Location, Problem
from reconciler.kind.types import REFERENCE_NAME

VARIABLE = "RECONCILE_COMMANDS"  # names the file; `none` has no command run
FILE = "reconciler/commands.yaml"  # below $XDG_CONFIG_HOME, or ~/.config
LARGEST_FILE = 2**18  # bytes
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Command:
    """A program, with its arguments, that prints the value of one secret."""

    argv: tuple[str, ...]
    where: Location


@dataclass(frozen=True, slots=True)
class Commands:
    """What may be run, by the name of the secret. `off` says why nothing is; "" where it is."""

    by_name: Mapping[str, Command]
    file: str = ""
    off: str = ""


NO_COMMANDS = Commands({})


def pull_request(environ: Mapping[str, str]) -> bool:
    """Return whether this run is for a pull request: of GitHub, or a merge request of GitLab."""
    github = environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request")
    return github or bool(environ.get("CI_MERGE_REQUEST_IID"))


def read_commands(environ: Mapping[str, str], root: Path, user: int | None) -> Commands:
    """Return the commands that this user, by number, declared; none where there is no file. Nothing is run.

    Raises:
        InputError: the file is named and not there, lies in a checkout, is another user's, others may write it, or it
            is malformed.
    """
    named = environ.get(VARIABLE, "")
    if named == _NONE:
        return Commands({}, off=f"{VARIABLE} is none")
    path = Path(named).expanduser() if named else _default(environ)
    if path is None or not (named or path.is_file()):
        return NO_COMMANDS
    if pull_request(environ):
        return Commands({}, str(path), off="this run is for a pull request")
    return Commands(_parsed(_text(path, root, user), path), str(path))


def _default(environ: Mapping[str, str]) -> Path | None:
    config, home = environ.get("XDG_CONFIG_HOME"), environ.get("HOME")
    base = Path(config) if config else Path(home) / ".config" if home else None
    return base / FILE if base else None


def distrust(owner: int, user: int | None, mode: int) -> tuple[str, str] | None:
    """Return why a file must not say what `user` runs, and what to do; None where it may.

    It may be the user's own or root's, and nobody else may write it. `user` None, where files have no owner by number
    (Windows): whose it is is not asked.
    """
    if user is not None and owner not in (user, 0):
        why = f"it belongs to another user (uid {owner}), who could choose what you (uid {user}) run"
        return why, f"read it, and if it is right put a copy of your own in its place, or chown it to uid {user}"
    if stat.S_IMODE(mode) & (stat.S_IWGRP | stat.S_IWOTH):
        return "others than its owner may write it", "chmod go-w"
    return None


def _text(path: Path, root: Path, user: int | None) -> str:
    try:
        resolved = path.resolve(strict=True)
        if resolved.is_relative_to(_checkout(root)):
            raise _refused(path, "it lies in the checkout, where a pull request can change it", "move it out of there")
        with resolved.open("rb") as file:
            found = os.fstat(file.fileno())  # of what is read, not of what has the name a moment earlier
            if reason := distrust(found.st_uid, user, found.st_mode):
                raise _refused(path, *reason)
            body = file.read(LARGEST_FILE + 1)
        if len(body) > LARGEST_FILE:
            raise _refused(path, "it is larger than 256 KB", "it holds `commands:` only")
        return body.decode()
    except UnicodeDecodeError:
        raise _refused(path, "it is not UTF-8 text", "it holds `commands:` only") from None
    except OSError as error:
        fix = f"write it, or take {VARIABLE} out of the environment"
        raise _refused(path, f"it cannot be read: {error.strerror or 'not a path'}", fix) from None


def _checkout(root: Path) -> Path:
    """Return the folder that a pull request can fill: the git work tree around the project, else the project."""
    top = root.resolve()
    return next((folder for folder in (top, *top.parents) if (folder / ".git").exists()), top)


def _refused(path: Path, why: str, fix: str) -> InputError:
    return InputError([Problem(f"the file of commands is not used: {why}", fix, Location(str(path)))])


def _parsed(text: str, path: Path) -> Mapping[str, Command]:
    from reconciler.load.document import parse

    document, problems = parse(text, str(path))
    found, form = list(problems), "write `commands: {NAME: [program, argument, …]}`"
    if document is None:
        raise InputError(found)
    data: Any = document.data if isinstance(document.data, Mapping) else {}
    entries = data.get("commands")
    if set(data) != {"commands"} or not isinstance(entries, Mapping):
        raise InputError([*found, Problem("this is no file of commands", form, Location(str(path)))])
    made: dict[str, Command] = {}
    for name, argv in entries.items():
        where = document.places.key(("commands", name))
        if not re.fullmatch(REFERENCE_NAME, str(name)):
            found.append(Problem("this is no name of a secret", "letters, digits and _, as in VERCEL_TOKEN", where))
        elif not isinstance(argv, list) or not argv or not all(isinstance(part, str) and part for part in argv):
            found.append(Problem(f"{name}: this is no program with arguments", f"{form}: no shell reads it", where))
        else:
            made[name] = Command(tuple(argv), where)
    if found:
        raise InputError(found)
    return made
