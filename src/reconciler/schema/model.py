"""One model's JSON Schema, from pydantic's own, with the rules, units, durations and defaults it does not know."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.kind.duration import Duration, example, spellings
from reconciler.kind.shape import Shape, shape_of
from reconciler.model import ABSENT
from reconciler.schema.durations import duration_schemas
from reconciler.schema.rules import Schema, clauses
from reconciler.schema.simplify import joined

# pydantic leaves bounds under its own names where a validator hides from it that the field is a number.
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_CONSTRAINTS = tuple(_BOUNDS.values())


def model_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of a model. Its parts are under `$defs`."""
    schema: Schema = _Generator.plain(model)
    return schema


class _Generator(GenerateJsonSchema):
    @classmethod
    def plain(cls, model: type[BaseModel]) -> Any:
        return _plain(model.model_json_schema(by_alias=True, schema_generator=cls))

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        made.pop("title", None)
        if model.__doc__:
            made["description"] = _one_line(model.__doc__)
        for name, shape in shape_of(model).fields.items():
            if isinstance(made.get("properties", {}).get(name), dict):
                _describe(made["properties"][name], shape)
        rules = clauses(getattr(model, "rules", ()), lambda name: _unit(model, name))
        if rules:
            made["allOf"] = [*made.get("allOf", []), *rules]
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        # The models' defaults mean "not written"; what the API fills in is said by `ServerDefault`.
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _describe(field: Schema, shape: Shape) -> None:
    doc = shape.doc.strip()
    said = [doc if doc.endswith((".", "!", "?")) else f"{doc}."] if doc else []
    if shape.unit:
        said.append(f"In {shape.unit}, or a duration such as {example(shape.unit)}.")
    if shape.ref:
        what = " or ".join(shape.ref)
        said.append(f"Names one of {what}, as {'HANDLE' if len(shape.ref) == 1 else 'collection/HANDLE'}.")
    if shape.write_only:
        said.append("The API never returns it.")
        field["writeOnly"] = True
    if shape.default is not ABSENT:
        said.append(f"The API's default: {_text(shape.default)}.")
        field["default"] = _json(shape.default)
    if said:
        field["description"] = " ".join(said)


def _unit(model: type[BaseModel], name: str) -> str:
    """Return the unit of a field that takes duration texts."""
    for python_name, info in model.model_fields.items():
        if (info.alias or python_name) == name:
            marks = [*info.metadata, *_marks(info.annotation)]
            return next((m.unit for m in marks if isinstance(m, Duration)), "")
    return ""


def _marks(hint: Any) -> list[Any]:
    own = list(getattr(hint, "__metadata__", ()))
    inner = [hint.__origin__] if own else list(getattr(hint, "__args__", ()))
    return [*own, *(mark for part in inner for mark in _marks(part))]


def _plain(schema: Any) -> Any:
    """Return the schema with duration fields spelled out, and patterns that mean the same to every reader."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {_keyword(key, value): _plain(value) for key, value in schema.items()}
    unit = _unit_inside(schema)
    if unit and isinstance(schema.get("enum"), list):
        made["enum"] = [*schema["enum"], *(t for v in _numbers(schema["enum"]) for t in spellings(v, unit))]
    if isinstance(schema.get("x-unit"), str):
        made = _duration(made)
    keys = made.get("patternProperties")
    if isinstance(keys, dict) and len(keys) == 1 and "additionalProperties" not in made:
        # A mapping whose keys have a pattern; pydantic forgets to say that no other keys are allowed.
        ((key_pattern, made["additionalProperties"]),) = keys.items()
        made["propertyNames"] = _plain({"pattern": key_pattern})
        del made["patternProperties"]
    pattern = made.get("pattern")
    if isinstance(pattern, str) and pattern.endswith("$") and not pattern.endswith("\\$"):
        # To Python `$` also matches before a last newline; to JSON Schema and pydantic it does not.
        made["pattern"] = pattern + r"(?!\n)"
    return joined(_lengths(made))


def _lengths(schema: Schema) -> Schema:
    """Return the schema with the length bounds of its type: pydantic takes a list behind a validator for a text."""
    things = {"array": "Items", "object": "Properties"}.get(str(schema.get("type")), "Length")
    ends = {"min_length": "min", "minLength": "min", "max_length": "max", "maxLength": "max"}
    return {
        f"{ends[key]}{things}" if key in ends and isinstance(value, int) else key: value
        for key, value in schema.items()
    }


def _keyword(key: str, value: Any) -> str:
    return _BOUNDS.get(key, key) if isinstance(value, int | float) else key


def _duration(schema: Schema) -> Schema:
    constraints = {name: schema[name] for name in _CONSTRAINTS if name in schema}
    rest = {key: value for key, value in schema.items() if key not in (*_CONSTRAINTS, "x-unit")}
    if "enum" in schema and not constraints:
        return rest
    return {**rest, "anyOf": [_plain(form) for form in duration_schemas(schema["x-unit"], constraints)]}


def _unit_inside(schema: Schema) -> str:
    """Return the unit of a duration field, also where `null` is allowed beside it."""
    unit = schema.get("x-unit")
    if isinstance(unit, str):
        return unit
    members = schema.get("anyOf")
    return next((u for m in members if (u := _unit_inside(m))), "") if isinstance(members, list) else ""


def _numbers(values: list[Any]) -> list[int]:
    return [value for value in values if isinstance(value, int) and not isinstance(value, bool)]


def _one_line(doc: str) -> str:
    return " ".join(doc.split("\n\n")[0].split())


def _json(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | set) else list(value) if isinstance(value, tuple) else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(_json(value)) if value != "" else "''"
