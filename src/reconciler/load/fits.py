"""Whether what a rule names exists in the kind it is about: fields at any depth, and the values of fields with few."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from reconciler.kind.base import Kind
from reconciler.kind.shape import Shape, shape_of
from reconciler.load.suggest import did_you_mean
from reconciler.policy.keywords import Wrong
from reconciler.values import Path


def misfits(fields: Mapping[str, Any], model: type[Kind], path: Path) -> Iterator[Wrong]:
    """Yield every name of a field that a kind does not have, and every value that a field can never have.

    `fields` are the conditions by field of a `where:` or `require:` that is written at the path.
    """
    shape = shape_of(model)
    for name, condition in fields.items():
        here = (*path, name)
        if name not in shape.fields or shape.fields[name].sugar:
            yield _unknown(here, f"{model.collection} have no field {name}", shape)
        elif isinstance(condition, Mapping):
            yield from _inside(condition, shape.fields[name], here)
            yield from _impossible(condition, model, name, here)
        else:
            yield from _impossible({"const": condition}, model, name, here, scalar=True)


def _inside(condition: Mapping[str, Any], shape: Shape, path: Path) -> Iterator[Wrong]:
    for keyword, value in condition.items():
        here = (*path, keyword)
        match keyword, value:
            case "properties", Mapping():
                for name, inner in value.items():
                    if _closed(shape) and name not in shape.fields:
                        yield _unknown((*here, name), f"there is no field {name} here", shape)
                    else:
                        yield from _inside(inner, shape.member(name), (*here, name))
            case "required", list():
                for index, name in enumerate(value):
                    if _closed(shape) and name not in shape.fields:
                        yield _unknown((*here, index), f"there is no field {name} here", shape, key=False, name=name)
            case "items" | "contains", Mapping():
                yield from _inside(value, shape.item(), here)
            case "not" | "if" | "then" | "else", Mapping():
                yield from _inside(value, shape, here)
            case "allOf" | "anyOf" | "oneOf", list():
                for index, inner in enumerate(value):
                    yield from _inside(inner, shape, (*here, index))
            case _:
                pass


def _closed(shape: Shape) -> bool:
    """Return whether the members of this are known: it is a part of a model, not a mapping that users name keys of."""
    return shape.form == "mapping" and bool(shape.fields)


def _impossible(
    condition: Mapping[str, Any], model: type[Kind], name: str, path: Path, *, scalar: bool = False
) -> Iterator[Wrong]:
    options = _options(model, name)
    wanted: list[tuple[Path, Any]] = [(("const",), condition["const"])] if "const" in condition else []
    wanted += [(("enum", i), v) for i, v in enumerate(condition.get("enum", ()))]
    for inner, value in wanted:
        if options and value is not None and value not in options:
            where = path if scalar else (*path, *inner)
            listed = ", ".join(str(option) for option in options)
            yield Wrong(where, f"{name} is never {value!r}; it is one of {listed}", f"write one of {listed}")


def _options(model: type[Kind], name: str) -> tuple[Any, ...]:
    """Return the values that a field can have, where its type lists them; () where it does not."""
    for python_name, info in model.model_fields.items():
        if (info.alias or python_name) == name:
            return _literals(info.annotation) or ()
    return ()


def _literals(hint: Any) -> tuple[Any, ...] | None:
    if typing.get_origin(hint) is Annotated:
        return _literals(hint.__origin__)
    if typing.get_origin(hint) is Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        members = [_literals(m) for m in typing.get_args(hint) if m is not type(None)]
        return tuple(v for m in members if m for v in m) if all(members) else None
    return None


def _unknown(path: Path, message: str, shape: Shape, *, key: bool = True, name: str = "") -> Wrong:
    known = tuple(field for field, inner in shape.fields.items() if not inner.sugar)
    return Wrong(path, message, did_you_mean(name or str(path[-1]), known), key)
