"""Specs as JSON and back. References are tagged, and a plain mapping that only looks like one is told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reconciler.errors import LedgerError
from reconciler.values import Generated, OutputRef, SecretRef, Value

_TAG = "$"


def spec_out(value: Value) -> Any:
    """Return a spec as JSON. References are tagged with `$`; a key of the user's that begins so gets one more.

    Raises LedgerError for what must not be recorded: secrets themselves, live-only values, numbers JSON cannot hold.
    """
    match value:
        case SecretRef(name, rotate):
            return {"$secret": name, "rotate": rotate}
        case OutputRef(address, output):
            return {"$from": address, "output": output}
        case Generated(size, rotate):
            return {"$generate": size, "rotate": rotate}
        case Mapping():
            return {_TAG + k if k.startswith(_TAG) else k: spec_out(v) for k, v in _text_keys(value).items()}
        case tuple() | list():
            return [spec_out(v) for v in value]
        case str() | int() | None:
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            raise LedgerError(f"a {type(value).__name__} does not belong in the ledger", fix="this is a bug; report it")


def _text_keys(value: Mapping[str, Value]) -> Mapping[str, Value]:
    if not all(isinstance(key, str) for key in value):
        raise LedgerError("a key that is not text does not belong in the ledger", fix="this is a bug; report it")
    return value


def spec_in(value: Any) -> Any:
    """Return the spec that `spec_out` wrote. Raises KeyError, ValueError or TypeError for a malformed reference."""
    if isinstance(value, Mapping):
        if "$secret" in value:
            return SecretRef(str(value["$secret"]), int(value.get("rotate", 0)))
        if "$from" in value:
            return OutputRef(str(value["$from"]), str(value["output"]))
        if "$generate" in value:
            return Generated(int(value["$generate"]), int(value.get("rotate", 0)))
        return {key.removeprefix(_TAG): spec_in(v) for key, v in value.items()}
    return tuple(spec_in(v) for v in value) if isinstance(value, list) else value
