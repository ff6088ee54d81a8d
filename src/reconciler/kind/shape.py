"""The shape of a kind, derived once from its model: what the engine, `explain`, `import` and the schemas read."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reconciler.kind.duration import Duration
from reconciler.kind.markers import (
    Essential,
    External,
    Follows,
    KeyedBy,
    MayBeText,
    Never,
    OnlyAtCreation,
    RefTo,
    Replace,
    SecretField,
    ServerDefault,
    Sugar,
    TakesOutput,
    Unit,
    WriteOnly,
)
from reconciler.model import ABSENT, Identity

Form: TypeAlias = Literal["leaf", "mapping", "list", "set", "keyed"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One field, or a whole kind (`name` is "").

    `fields` are the members of a mapping, or of each element of a list of mappings. `element` is the shape of each
    element of a list or set of scalars. `default` is ABSENT where the API's default is not known.
    """

    name: str = ""
    form: Form = "leaf"
    fields: Mapping[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    key: str = ""
    ordered: bool = False
    secret: bool = False
    text: bool = False  # a secret field that takes text as well (see `MayBeText`)
    takes_output: bool = False
    write_only: bool = False
    essential: bool = False
    sugar: bool = False
    required: bool = False
    mutable: Literal["in place", "replace", "never", "only at creation"] = "in place"
    never_reason: str = ""
    among: tuple[Any, ...] = ()  # values that can be changed into one another in place, where others replace
    ref: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    external: External | None = None
    default: Any = ABSENT
    unit: str = ""
    spoken: bool = False  # a duration: `3m` may be written for 180
    doc: str = ""
    type_text: str = ""
    collide: Callable[[Identity, Identity], bool] | None = None  # of a whole kind; see `Kind.collide`
    written_after: tuple[str, ...] = ()  # of a whole kind; see `Kind.written_after`

    @property
    def refers(self) -> bool:
        """Whether anything in it names another object."""
        inner = [*self.fields.values(), *([self.element] if self.element else [])]
        return bool(self.ref or self.external) or any(s.refers for s in inner)

    def hides(self, desired: Any) -> bool:
        """Return whether this field is secret where `desired` is written: not where that is text, and may be."""
        return self.secret and not (self.text and isinstance(desired, str))

    def clash(self, one: Identity, other: Identity) -> bool:
        """Return whether two objects of these identities cannot stand side by side."""
        return one == other or (self.collide is not None and self.collide(one, other))

    def member(self, name: str) -> Shape:
        """Return the shape of a member of this mapping; a plain leaf when the model does not know it."""
        return self.fields.get(name) or self.element or Shape(name=name)

    def step(self, value: Any, index: int) -> str | int:
        """Return how an element of this list is named in a path: by its key in a keyed list, else by its position."""
        return str(value.get(self.key)) if self.form == "keyed" and isinstance(value, Mapping) else index

    def item(self) -> Shape:
        """Return the shape of each element of this list, set or keyed list."""
        return self.element if self.element and not self.fields else Shape(form="mapping", fields=self.fields)


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """Return the shape of a kind or part."""
    return Shape(
        form="mapping",
        doc=(model.__doc__ or "").strip(),
        collide=_collide(model),
        written_after=_written_after(model),
        fields={info.alias or name: _from_info(info.alias or name, info) for name, info in model.model_fields.items()},
    )


def _collide(model: type[BaseModel]) -> Callable[[Identity, Identity], bool] | None:
    """Return a kind's own rule on identities; None where only equal ones collide."""
    from reconciler.kind.base import Kind

    if not issubclass(model, Kind) or not any("collide" in vars(base) for base in model.__mro__ if base is not Kind):
        return None
    return model.collide


def _written_after(model: type[BaseModel]) -> tuple[str, ...]:
    from reconciler.kind.base import Kind

    return model.written_after if issubclass(model, Kind) else ()


def _from_info(name: str, info: FieldInfo) -> Shape:
    return _field(name, info.annotation, list(info.metadata), required=info.is_required(), doc=info.description or "")


def _field(name: str, hint: Any, marks: list[Any], *, required: bool = False, doc: str = "") -> Shape:
    inner = _unwrap(hint, marks)
    origin = typing.get_origin(inner)
    arguments = typing.get_args(inner)
    form: Form = "leaf"
    fields: Mapping[str, Shape] = {}
    element: Shape | None = None
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        form, fields = "mapping", shape_of(inner).fields
    elif origin in (list, tuple, frozenset, set):
        form = "set" if origin in (frozenset, set) else "list"
        element = _field("", arguments[0], [])
        if element.form == "mapping":
            fields = element.fields
    elif origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        form, element = "mapping", _field("", arguments[1], [])
    keyed = _first(marks, KeyedBy)
    if keyed:
        form = "keyed"
    never, wish, replaced = _first(marks, Never), _first(marks, OnlyAtCreation), _first(marks, Replace)
    ref = _first(marks, RefTo)
    unit = _first(marks, Unit)
    default = _first(marks, ServerDefault)
    follows = _first(marks, Follows)
    return Shape(
        name=name,
        form=form,
        fields=fields,
        element=element,
        key=keyed.key if keyed else "",
        ordered=bool(keyed and keyed.ordered),
        secret=_first(marks, SecretField) is not None,
        text=_first(marks, MayBeText) is not None,
        takes_output=_first(marks, TakesOutput) is not None,
        write_only=_first(marks, WriteOnly) is not None,
        essential=_first(marks, Essential) is not None,
        sugar=_first(marks, Sugar) is not None,
        required=required,
        mutable="never" if never else "only at creation" if wish else "replace" if replaced else "in place",
        never_reason=never.reason if never else "",
        among=replaced.among if replaced else (),
        ref=ref.collections if ref else (),
        follows=follows.collections if follows else (),
        external=_first(marks, External),
        default=default.value if default else ABSENT,
        unit=unit.name if unit else "",
        spoken=_first(marks, Duration) is not None,
        doc=doc,
        type_text=_text(inner),
    )


def _unwrap(hint: Any, marks: list[Any]) -> Any:
    """Strip `Annotated` and `| None` layers, collecting the marks. Marks inside list elements stay with the element."""
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            marks.extend(hint.__metadata__)
            hint = hint.__origin__
        elif origin in (typing.Union, types.UnionType):
            members = [m for m in typing.get_args(hint) if m is not type(None)]
            stripped: list[Any] = []
            for member in members:
                own: list[Any] = []
                stripped.append(_unwrap(member, own))
                marks.extend(own)
            composite = [m for m in stripped if _is_composite(m)]
            return composite[0] if composite else (stripped[0] if len(stripped) == 1 else hint)
        else:
            return hint


def _is_composite(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType, Literal):
        return False
    return origin is not None or (isinstance(hint, type) and issubclass(hint, BaseModel))


def _first(marks: list[Any], kind: type[Any]) -> Any:
    return next((m for m in marks if isinstance(m, kind)), None)


def _text(hint: Any) -> str:
    """Return how `explain` names a type."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        return " | ".join(str(v) for v in typing.get_args(hint))
    if origin in (list, tuple):
        return f"list of {_text(typing.get_args(hint)[0])}"
    if origin in (frozenset, set):
        return f"set of {_text(typing.get_args(hint)[0])}"
    if origin is Annotated:
        return _text(hint.__origin__)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_text(m) for m in typing.get_args(hint) if m is not type(None))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(hint) or str(getattr(hint, "__name__", hint))
