"""Which values are secret by where they came from: an output that holds a secret is one, wherever it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape
from reconciler.model import Address, FieldDiff
from reconciler.values import Generated, KnownAfterApply, NoValue, OutputRef, SecretRef


def takes_secret(value: Any, kinds: Mapping[str, type[Kind]]) -> bool:
    """Return whether a value as written takes anything from an output that is secret."""
    if isinstance(value, KnownAfterApply | NoValue):
        source, _, output = value.source.rpartition(".")
        return takes_secret(OutputRef(source, output), kinds)
    if isinstance(value, OutputRef):
        kind = kinds.get(Address.parse(value.address).collection)
        field = kind.outputs.get(value.output) if kind else None
        return field is not None and field.secret
    if isinstance(value, Mapping):
        return any(takes_secret(inner, kinds) for inner in value.values())
    return isinstance(value, tuple) and any(takes_secret(inner, kinds) for inner in value)


def conceals(diff: FieldDiff, shape: Shape, kinds: Mapping[str, type[Kind]], *, interrupted: bool) -> bool:
    """Return whether a difference shows what must not be shown, although its field is no secret as it is written now.

    What is live may be what an earlier commit took from a secret. What a run sent that ended early is not known, so
    (`interrupted`) whatever stands in a field that takes outputs may be one.
    """
    if takes_secret(diff.after, kinds) or takes_secret(diff.recorded, kinds):
        return True
    if isinstance(diff.recorded, SecretRef | Generated):
        return isinstance(diff.before, str)
    return interrupted and shape.takes_output
