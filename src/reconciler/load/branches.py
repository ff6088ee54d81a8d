"""pydantic's errors, cut down to what the user did wrong: paths through the data, and one branch of each union."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import ErrorDetails, ValidationError

from reconciler.values import Path

_OTHER_TYPE = ("_type", "union_tag", "is_instance", "none_required")
_FORMS = ("secret", "output")  # not met at all, unless the data is a mapping


@dataclass(frozen=True, slots=True)
class Finding:
    """One error at one path of the data.

    `other_type`: the data is of another type altogether. `expected` are the error types of all branches of a union of
    which none was meant. `elements`: how many a list has there, as it is written.
    """

    path: Path
    type: str
    context: Mapping[str, Any]
    message: str
    other_type: bool = False
    expected: tuple[str, ...] = ()
    elements: int = 0


def findings(error: ValidationError, data: Any) -> list[Finding]:
    """Return one finding per mistake. No finding holds the data itself."""
    every = [_located(details, data) for details in error.errors(include_url=False, include_input=False)]
    located = [(finding, tags) for finding, tags in every if not _miscounted(finding, tags, every)]
    chosen = [finding for finding, tags in located if _meant(tags, located)]
    places = {place for _, tags in located for place, _ in tags}
    return _merged([_with_expected(finding, located) if finding.path in places else finding for finding in chosen])


_Tags = tuple[tuple[Path, str], ...]  # where a union was entered, and which branch


def _located(details: ErrorDetails, data: Any) -> tuple[Finding, _Tags]:
    """Split pydantic's location into the path through the data and the union branches it went through."""
    path: list[str | int] = []
    tags: list[tuple[Path, str]] = []
    here = data
    last = len(details["loc"]) - 1
    for index, part in enumerate(details["loc"]):
        absent = index == last and details["type"] in ("missing", "extra_forbidden", "rule")
        if isinstance(here, Mapping) and (part in here or (absent and isinstance(part, str))):
            here = here.get(str(part))
        elif isinstance(here, Sequence) and not isinstance(here, str) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif part != "[key]":
            tags.append((tuple(path), str(part)))
            continue
        else:
            continue
        path.append(part)
    kind = details["type"]
    other = any(mark in kind for mark in _OTHER_TYPE) or (kind in _FORMS and not isinstance(here, Mapping))
    elements = len(here) if isinstance(here, list | tuple) else 0
    finding = Finding(tuple(path), kind, details.get("ctx", {}), details["msg"], other, elements=elements)
    return finding, tuple(tags)


def _miscounted(finding: Finding, tags: _Tags, located: list[tuple[Finding, _Tags]]) -> bool:
    """Return whether a list is long enough as written. pydantic counts the valid elements, and tells of the others."""
    if finding.type != "too_short" or finding.elements < finding.context.get("min_length", 0):
        return False
    depth = len(finding.path)
    return any(
        len(other.path) > depth and other.path[:depth] == finding.path and others[: len(tags)] == tags
        for other, others in located
    )


def _meant(tags: _Tags, located: list[tuple[Finding, _Tags]]) -> bool:
    """Return whether every branch on the way is the one the user meant: the one that fits best."""
    return all(tag == _best(place, located) for place, tag in tags)


def _best(place: Path, located: list[tuple[Finding, _Tags]]) -> str:
    misfit: Counter[str] = Counter()
    for finding, tags in located:
        for at, tag in tags:
            if at == place:
                # Data of another type outweighs any number of mistakes inside a branch of the right type.
                misfit[tag] += 1000 if finding.other_type and finding.path == place else 1
    return min(misfit, key=lambda tag: (misfit[tag], list(misfit).index(tag)))


def _with_expected(finding: Finding, located: list[tuple[Finding, _Tags]]) -> Finding:
    if not finding.other_type:
        return finding
    types = dict.fromkeys(other.type for other, _ in located if other.path == finding.path)
    return replace(finding, expected=tuple(types))


def _merged(chosen: list[Finding]) -> list[Finding]:
    found: dict[tuple[Path, str], Finding] = {}
    for finding in chosen:
        found.setdefault((finding.path, finding.message), finding)
    return list(found.values())
