"""One live object as the YAML a person would write: minimal, by handle, secrets by name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from reconciler.importing.names import secret_name, spoken
from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import ABSENT, Live
from reconciler.values import LiveId, Path, SecretValue, Unknown, Unreadable, path_text

OMIT = object()
REFUSED = "the model refuses what is live"
"""The reason where a vendor holds what a user could not write."""


@dataclass(slots=True)
class Expressed:
    """The YAML mapping of one object. `lost`: (field, reason) for what it cannot say; `secrets`: placeholder names.

    `impossible` says why it cannot be written at all: a field that it needs is lost. "" when it can.
    """

    mapping: dict[str, Any] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    impossible: str = ""


@dataclass(frozen=True, slots=True)
class Expresser:
    """Writes objects of one collection. `localize` turns live ids into handles and names (LiveId where it cannot)."""

    kind: type[Kind]
    localize: Callable[[Live], Mapping[str, Any]]
    taken: set[str] = field(default_factory=set)  # secret names given so far; shared by all collections of an import

    def express(self, live: Live, handle: str) -> Expressed:
        """Return what to write under `handle:`. Fields equal to the API's default are left out, essential ones kept.

        So are fields that follow others: they are orders, and what is live says only whether one is owed.
        """
        result = Expressed()
        shape = shape_of(self.kind)
        values = self.localize(live)
        for name, sub in shape.fields.items():
            hidden = sub.write_only and sub.secret and sub.required  # it has a value, and only its owner knows it
            if name == self.kind.identity[0] and values.get(name) == handle:
                continue
            if sub.sugar or sub.follows or (name not in values and not hidden):
                if sub.required:
                    result.impossible = f"{name}: the API reports no value for it"
                continue
            known = len(result.lost)
            value = self._value(values.get(name, Unreadable()), sub, (name,), handle, result)
            if value is not OMIT:
                result.mapping[name] = value
            elif sub.required:
                where, reason = [*result.lost[known:], (name, "the API reports no value for it")][0]
                result.impossible = f"{where}: {reason}"
        result.impossible = result.impossible or self._refused(result.mapping)
        if result.secrets:
            result.mapping["lifecycle"] = {"adopt": True}
        return result

    def _refused(self, fields: Mapping[str, Any]) -> str:
        """Return why the model does not accept what is live; "" when it does. Vendors hold odd things."""
        try:
            self.kind.model_validate(fields, by_alias=True, by_name=False).expand()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = path_text(first["loc"])
            return f"{REFUSED}: {where}: {first['msg']}" if where else f"{REFUSED}: {first['msg']}"
        except ValueError as error:
            return f"{REFUSED}: {error}"
        return ""

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
            return self._mapping(value, shape, path, handle, result)
        if isinstance(value, list | tuple):
            return self._list(value, shape, path, handle, result)
        return spoken(value, shape.unit) if shape.spoken else value

    def _mapping(self, value: Mapping[str, Any], shape: Shape, path: Path, handle: str, result: Expressed) -> Any:
        """Return a mapping without what cannot be said; nothing when it cannot do without that."""
        inner = {
            str(k): self._value(v, shape.member(str(k)), (*path, str(k)), handle, result)
            for k, v in _in_model_order(value, shape)
        }
        if any(v is OMIT and shape.member(k).required for k, v in inner.items()):
            return OMIT
        kept = {k: v for k, v in inner.items() if v is not OMIT}
        return kept if kept or not shape.fields else OMIT

    def _list(self, value: Sequence[Any], shape: Shape, path: Path, handle: str, result: Expressed) -> Any:
        """Return a list; nothing when part of it cannot be said: a list is owned as a whole, so that part would go."""
        whole = Expressed()
        items = [self._value(v, shape.item(), (*path, shape.step(v, i)), handle, whole) for i, v in enumerate(value)]
        result.lost.extend(whole.lost)
        if whole.lost:
            return OMIT
        result.secrets.extend(whole.secrets)
        kept = [item for item in items if item is not OMIT]
        return sorted(kept, key=str) if shape.form == "set" else kept


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
