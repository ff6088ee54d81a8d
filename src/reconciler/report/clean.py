"""Frozen values with every text in them passed through the redaction funnel, before anything is cut or wrapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import Any, TypeVar

from reconciler.values import SecretValue

T = TypeVar("T")
# Made by this tool out of hex digits or fixed words; a short secret found in them by chance would break them.
EXACT = frozenset({"digest", "commit", "revision", "run", "cause", "type", "status", "state", "action"})
_NEVER_SHOWN = frozenset({"places", "private"})


def cleaned(value: T, clean: Callable[[str], str]) -> T:
    """Return a value like this one in which every text, at any depth, has been through `clean`."""
    result: T = _cleaned(value, cache(clean))  # most texts are names of fields, met again and again
    return result


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {_cleaned(k, clean): _cleaned(v, clean) for k, v in value.items()}
    if isinstance(value, tuple):
        items = [_cleaned(v, clean) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [_cleaned(v, clean) for v in value]
    if isinstance(value, frozenset):
        return frozenset(_cleaned(v, clean) for v in value)
    if is_dataclass(value) and not isinstance(value, type | SecretValue):
        return replace(value, **{name: _cleaned(getattr(value, name), clean) for name in _texts(type(value))})
    return value


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
