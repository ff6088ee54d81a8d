"""Which values are secret by where they came from: an output that holds a secret is one, wherever it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind.base import Kind
from reconciler.model import Address
from reconciler.values import KnownAfterApply, NoValue, OutputRef


def takes_secret(value: Any, kinds: Mapping[str, type[Kind]]) -> bool:
    """Return whether a value as written takes anything from an output that is secret, or is not known any more."""
    if isinstance(value, KnownAfterApply | NoValue):
        source, _, output = value.source.rpartition(".")
        return takes_secret(OutputRef(source, output), kinds)
    if isinstance(value, OutputRef):
        kind = kinds.get(Address.parse(value.address).collection)
        field = kind.outputs.get(value.output) if kind else None
        return field is None or field.secret
    if isinstance(value, Mapping):
        return any(takes_secret(inner, kinds) for inner in value.values())
    return isinstance(value, tuple) and any(takes_secret(inner, kinds) for inner in value)
