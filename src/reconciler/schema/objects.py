"""The schemas of what a file holds: one object of a kind, the settings of one provider type."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from reconciler.kind.base import Kind
from reconciler.kind.shape import shape_of
from reconciler.load.lifecycle import LifecycleForm, ignorable
from reconciler.schema.model import model_schema
from reconciler.schema.rules import Schema

_REF = "#/$defs/"


def object_schema(kind: type[Kind]) -> Schema:
    """Return the schema of one object as written: the kind's fields, and `lifecycle`."""
    schema = model_schema(kind)
    lifecycle = model_schema(LifecycleForm)
    properties = lifecycle["properties"]
    properties["on_remove"] = {
        "enum": [*kind.removals, None],
        "description": f"{properties['on_remove']['description']} Default: {kind.on_remove}.",
    }
    properties["ignore"]["items"] = {"type": "string", "pattern": ignorable(shape_of(kind)) + r"(?!\n)"}
    schema.setdefault("properties", {})["lifecycle"] = lifecycle
    return schema


def settings_schema(settings: type[BaseModel]) -> Schema:
    """Return the schema of a provider instance's settings."""
    return model_schema(settings)


def hoisted(schema: Schema, name: str, definitions: dict[str, Any]) -> Schema:
    """Move a schema and its parts into `definitions`, under `name` and `name.Part`, and return a reference to it."""
    parts = schema.pop("$defs", {})
    for part, inner in parts.items():
        definitions[f"{name}.{part}"] = _renamed(inner, name)
    definitions[name] = _renamed(schema, name)
    return {"$ref": _REF + name}


def _renamed(schema: Any, name: str) -> Any:
    if isinstance(schema, list):
        return [_renamed(item, name) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _renamed(value, name) for key, value in schema.items()}
    target = made.get("$ref")
    if isinstance(target, str) and target.startswith(_REF):
        made["$ref"] = f"{_REF}{name}.{target.removeprefix(_REF)}"
    return made


def inlined(schema: Schema) -> Schema:
    """Return the schema with its parts written where they are referred to. A part inside itself stays a reference."""
    definitions = schema.get("$defs", {})

    def walk(node: Any, inside: tuple[str, ...]) -> Any:
        if isinstance(node, list):
            return [walk(item, inside) for item in node]
        if not isinstance(node, dict):
            return node
        target = node.get("$ref")
        name = target.removeprefix(_REF) if isinstance(target, str) else ""
        if name in definitions and name not in inside:
            rest = {key: walk(value, inside) for key, value in node.items() if key != "$ref"}
            return {**walk(definitions[name], (*inside, name)), **rest}
        return {key: walk(value, inside) for key, value in node.items() if key != "$defs"}

    made: Schema = walk(schema, ())
    return {**made, "$defs": definitions} if _refers(made) else made


def _refers(node: Any) -> bool:
    if isinstance(node, list):
        return any(_refers(item) for item in node)
    if isinstance(node, dict):
        return isinstance(node.get("$ref"), str) or any(_refers(value) for value in node.values())
    return False
