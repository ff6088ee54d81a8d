"""Frozen values with every text in them passed through the redaction funnel, before anything is cut or wrapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from operator import is_
from typing import Any, TypeVar

from reconciler.values import SecretValue

T = TypeVar("T")
# Made by this tool out of hex digits or fixed words; a short secret found in them by chance would break them.
EXACT = frozenset({"digest", "commit", "revision", "run", "cause", "type", "status", "state", "action"})
_NEVER_SHOWN = frozenset({"places", "private"})


def cleaner(clean: Callable[[str], str]) -> Callable[[T], T]:
    """Return `cleaned` for several values that share objects: what they share is looked at once."""
    return _Cleaner(clean).of


def cleaned(value: T, clean: Callable[[str], str]) -> T:
    """Return a value like this one in which every text, at any depth, has been through `clean`.

    What holds no secret is returned as it is, and what is met twice is looked at once.
    """
    result: T = _Cleaner(clean).of(value)
    return result


class _Cleaner:
    """Remembers what it saw: an outcome holds each change of its plan again, and most texts are names of fields."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = cache(clean)
        self._objects: dict[int, tuple[Any, Any]] = {}  # by id, which is theirs as long as they are kept here

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            text = self._clean(value)
            return value if text == value else text
        if value is None or isinstance(value, int | float | SecretValue):
            return value
        if isinstance(value, tuple):
            items = [self.of(v) for v in value]
            if all(map(is_, items, value)):
                return value
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if isinstance(value, dict | Mapping):
            return self._mapping(value)
        if isinstance(value, list):
            return [self.of(v) for v in value]
        if isinstance(value, frozenset):
            members = frozenset(self.of(v) for v in value)
            return value if members == value else members
        if is_dataclass(value) and not isinstance(value, type):
            return self._objects[id(value)][1] if id(value) in self._objects else self._object(value)
        return value

    def _mapping(self, value: Mapping[Any, Any]) -> Mapping[Any, Any]:
        made = {self.of(k): self.of(v) for k, v in value.items()}
        same = len(made) == len(value) and all(map(is_, made, value)) and all(map(is_, made.values(), value.values()))
        return value if same else made

    def _object(self, value: Any) -> Any:
        kind: Any = type(value)
        found = {name: (old, self.of(old)) for name in _texts(kind) for old in (getattr(value, name),)}
        changed = {name: new for name, (old, new) in found.items() if new is not old}
        made = replace(value, **changed) if changed else value
        self._objects[id(value)] = (value, made)
        return made


@lru_cache
def _texts(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in EXACT and f.name not in _NEVER_SHOWN)


def cleaned_document(document: Any, clean: Callable[[str], str]) -> Any:
    """Return a JSON document whose texts have been through `clean`. Its keys are the contract, and stay."""
    if isinstance(document, str):
        return clean(document)
    if isinstance(document, list):
        return [cleaned_document(v, clean) for v in document]
    if isinstance(document, dict):
        return {k: v if k in EXACT else cleaned_document(v, clean) for k, v in document.items()}
    return document
