"""How one set of rules differs from another, in lines that people read: a pull request shows what it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.model.policy import Rule, RuleChange
from reconciler.values import Path, path_text

_MISSING = object()


def rule_changes(before: Iterable[Rule], after: Iterable[Rule]) -> tuple[RuleChange, ...]:
    """Return the rules that were removed, changed and added, in this order: what may weaken them comes first."""
    old, new = ({rule.name: rule for rule in rules} for rules in (before, after))
    removed = [RuleChange(n, "removed", tuple(_whole(r))) for n, r in old.items() if n not in new]
    changed = [
        RuleChange(n, "changed", tuple(_differences(r.written, new[n].written)))
        for n, r in old.items()
        if n in new and r.written != new[n].written
    ]
    added = [RuleChange(n, "added", tuple(_whole(r))) for n, r in new.items() if n not in old]
    return (*removed, *changed, *added)


def _whole(rule: Rule) -> Iterator[str]:
    for path, value in _leaves(rule.written, ()):
        yield f"{path_text(path)}: {_text(value)}"


def _differences(before: Any, after: Any) -> Iterator[str]:
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    for path in dict.fromkeys((*old, *new)):
        was, now = old.get(path, _MISSING), new.get(path, _MISSING)
        if was is _MISSING:
            yield f"{path_text(path)}: added: {_text(now)}"
        elif now is _MISSING:
            yield f"{path_text(path)}: removed, was {_text(was)}"
        elif (was, type(was)) != (now, type(now)):
            yield f"{path_text(path)}: {_text(was)} → {_text(now)}"


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_text(part) for part in value)}]"
    return "null" if value is None else str(value)
