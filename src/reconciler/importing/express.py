"""One live object as the YAML a person would write: minimal, by handle, secrets by name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.importing.names import secret_name
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import ABSENT, Live
from reconciler.values import LiveId, Path, SecretValue, Unknown, Unreadable, path_text

OMIT = object()


@dataclass(slots=True)
class Expressed:
    """The YAML mapping of one object. `lost`: (field, reason) for what it cannot say; `secrets`: placeholder names."""

    mapping: dict[str, Any] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Expresser:
    """Writes objects of one collection. `localize` turns live ids into handles and names (LiveId where it cannot)."""

    kind: type[Kind]
    localize: Callable[[Live], Mapping[str, Any]]
    taken: set[str] = field(default_factory=set)  # secret names given so far; shared by all collections of an import

    def express(self, live: Live, handle: str) -> Expressed:
        """Return what to write under `handle:`. Fields equal to the API's default are left out, essential ones kept."""
        result = Expressed()
        shape = shape_of(self.kind)
        values = self.localize(live)
        for name, sub in shape.fields.items():
            hidden = sub.write_only and sub.secret and sub.required  # it has a value, and only its owner knows it
            if sub.sugar or (name not in values and not hidden):
                continue
            if name == self.kind.identity[0] and values.get(name) == handle:
                continue
            value = self._value(values.get(name, Unreadable()), sub, (name,), handle, result)
            if value is not OMIT:
                result.mapping[name] = value
        if result.secrets:
            result.mapping["lifecycle"] = {"adopt": True}
        return result

    def _value(self, value: Any, shape: Shape, path: Path, handle: str, result: Expressed) -> Any:
        match value:
            case Unknown(reason):
                result.lost.append((path_text(path), reason))
                return OMIT
            case Unreadable() if not (shape.secret and shape.required):
                return OMIT
            case SecretValue() | Unreadable():
                name = secret_name(self.kind.collection, handle, path_text(path), self.taken)
                result.secrets.append(name)
                return {"secret": name}
            case LiveId(live_id):
                result.lost.append((path_text(path), f"refers to an object that is not managed (id {live_id})"))
                return OMIT
        if _is_default(value, shape) and not (shape.essential or shape.required):
            return OMIT
        if value is None and not shape.essential:
            return OMIT
        if isinstance(value, Mapping):
            inner = {
                str(k): self._value(v, shape.member(str(k)), (*path, str(k)), handle, result)
                for k, v in _in_model_order(value, shape)
            }
            kept = {k: v for k, v in inner.items() if v is not OMIT}
            return kept if kept or not shape.fields else OMIT
        if isinstance(value, list | tuple):
            items = [
                self._value(v, shape.item(), (*path, shape.step(v, i)), handle, result) for i, v in enumerate(value)
            ]
            kept_items = [item for item in items if item is not OMIT]
            return sorted(kept_items, key=str) if shape.form == "set" else kept_items
        return value


def _is_default(value: Any, shape: Shape) -> bool:
    if shape.default is ABSENT:
        return value is None
    if shape.form == "set" and isinstance(value, list | tuple):
        return sorted(map(str, value)) == sorted(map(str, shape.default or ()))
    if isinstance(value, list | tuple):
        return tuple(value) == tuple(shape.default or ())
    return type(value) is type(shape.default) and bool(value == shape.default)


def _in_model_order(value: Mapping[str, Any], shape: Shape) -> list[tuple[str, Any]]:
    known = [(name, value[name]) for name, sub in shape.fields.items() if name in value and not sub.sugar]
    return known if shape.fields else sorted(value.items())
