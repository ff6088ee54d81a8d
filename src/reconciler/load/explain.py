"""What a model refuses, as problems in the user's terms: where it stands, what is wrong, what to write instead.

A value is repeated only when it is a short scalar of a field that is not secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ValidationError

from reconciler.errors import Location, Problem
from reconciler.kind.shape import Shape
from reconciler.load.branches import Finding, findings
from reconciler.load.places import Places
from reconciler.load.suggest import did_you_mean
from reconciler.load.wording import expected, leave, wording
from reconciler.values import Path, path_text

_LONGEST_SHOWN = 60
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Written:
    """Data as a user wrote it, with its shape and places. `help` names the command or page that lists all fields."""

    data: Any
    shape: Shape
    places: Places
    help: str = ""


def explain(error: ValidationError, written: Written) -> list[tuple[Problem, bool]]:
    """Return one problem per mistake, and whether it stands in a secret field."""
    return [_problem(finding, written) for finding in findings(error, written.data)]


def _problem(finding: Finding, written: Written) -> tuple[Problem, bool]:
    shape = shape_at(written.shape, finding.path)
    secret = _secret(written.shape, finding.path)
    name = path_text(finding.path)
    match finding.type:
        case "missing":
            return _missing(finding.path, written), False
        case "extra_forbidden":
            return _unknown_field(finding.path, written), False
        case "rule":
            parent = path_text(finding.path[:-1])
            message = finding.message if not parent else f"{parent}: {finding.message}"
            return Problem(message, _rule_fix(finding, written), _where(finding.path, written)), False
        case "union_tag_invalid" | "union_tag_not_found":
            return _branch(finding, written), False
    value = "" if secret else _shown(_at(written.data, finding.path))
    message, fix = wording(finding, shape, value)
    if not fix and finding.path:
        fix = leave(shape)
    said = f"{name}: {message}" if name else message
    return Problem(said, fix, written.places.value(finding.path)), secret


def _missing(path: Path, written: Written) -> Problem:
    name = str(path[-1])
    shape = shape_at(written.shape, path)
    words = expected(shape)
    within = f" in {path_text(path[:-1])}" if len(path) > 1 else ""
    return Problem(
        f"{name} is required{within}", f"add `{name}:`{f' ({words})' if words else ''}", written.places.key(path[:-1])
    )


def _unknown_field(path: Path, written: Written) -> Problem:
    name = str(path[-1])
    known = shape_at(written.shape, path[:-1]).fields
    parent = f"{path_text(path[:-1])}: " if len(path) > 1 else ""
    names = [*known, "lifecycle"] if len(path) == 1 and "lifecycle" not in known and written.help else list(known)
    fix = did_you_mean(name, names, otherwise=written.help if len(names) > 12 else "")
    return Problem(f"{parent}unknown field {name}", fix or "remove the line", written.places.key(path))


def _rule_fix(finding: Finding, written: Written) -> str:
    name = str(finding.path[-1])
    if " is required" in finding.message:
        return f"add `{name}:`"
    return "" if "is not one of" in finding.message else f"remove {name}, or change what it depends on"


def _branch(finding: Finding, written: Written) -> Problem:
    name = str(finding.context.get("discriminator", "")).strip("'")
    options = re.findall(r"'([^']*)'", str(finding.context.get("expected_tags", "")))
    listed = ", ".join(options)
    if finding.type == "union_tag_not_found":
        within = path_text(finding.path)
        return Problem(f"{within}: {name} is required", f"add `{name}:`", written.places.key(finding.path))
    path = (*finding.path, name)
    tag = str(finding.context.get("tag", ""))
    shown = _shown(tag) or "this"
    where = written.places.value(path)
    return Problem(f"{path_text(path)}: {shown} is not one of {listed}", did_you_mean(tag, options), where)


def _where(path: Path, written: Written) -> Location:
    here = _at(written.data, path)
    return written.places.value(path) if here is not _ABSENT else written.places.key(path[:-1])


def shape_at(shape: Shape, path: Path) -> Shape:
    """Return the shape of what stands at a path; a plain leaf where the model knows nothing of it."""
    for part in path:
        shape = shape.item() if isinstance(part, int) else shape.member(part)
    return shape


def _secret(shape: Shape, path: Path) -> bool:
    for part in path:
        if shape.secret:
            return True
        shape = shape.item() if isinstance(part, int) else shape.member(part)
    return shape.secret


def _at(data: Any, path: Path) -> Any:
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(str(part), _ABSENT)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return _ABSENT
    return data


def _shown(value: Any) -> str:
    """Return a scalar as the user wrote it; "" for what is too long to repeat, or holds a password in a URL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if not isinstance(value, str | int | float):
        return ""
    text = str(value)
    if len(text) > _LONGEST_SHOWN or re.search(r"://[^/\s]*@", text) or not text.isprintable():
        return ""
    return text or "''"
