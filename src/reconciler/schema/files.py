"""The files in `schemas/`: one per collection, and one for environment.yaml, approvals.yaml, policies, any file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.discover import Catalog
from reconciler.kind.base import Kind
from reconciler.load.environment import ApprovalsForm, EnvironmentForm
from reconciler.load.names import HANDLE
from reconciler.schema.model import model_schema
from reconciler.schema.objects import hoisted, object_schema, settings_schema
from reconciler.schema.policies import policies_schema
from reconciler.schema.rules import Schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
GENERATED = "Generated from the models by `reconcile schema --write`. Do not edit."


def generate(catalog: Catalog) -> Mapping[str, str]:
    """Return the text of every schema file by name. Equal models give equal text."""
    kinds = dict(sorted(catalog.kinds.items()))
    types = {name: catalog.kinds_of(name) for name in sorted(catalog.provider_types())}
    files = {f"{name}.json": collection_file(kind) for name, kind in kinds.items()}
    files["environment.json"] = environment_file(types)
    files["approvals.json"] = _file("Approvals of what the gates hold", model_schema(ApprovalsForm))
    files["policies.json"] = _file("Policies: rules that every plan is judged by", policies_schema())
    files["desired.json"] = any_file(kinds, types)
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in sorted(files.items())}


def stale(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of files in `folder` that are missing, differ, or were generated for what is gone."""
    different = {name for name, text in files.items() if _text(folder / name) != text}
    gone = {p.name for p in folder.glob("*.json") if p.name not in files and GENERATED in _text(p)}
    return tuple(sorted(different | gone))


def write(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Make `folder` hold exactly these generated files, leaving others alone, and return the names that changed."""
    changed = stale(folder, files)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def collection_file(kind: type[Kind]) -> Schema:
    """Return the schema of a file that holds one collection."""
    definitions: dict[str, Any] = {}
    collection = _collection(kind, definitions)
    body = {
        "type": "object",
        "properties": {kind.collection: collection},
        "required": [kind.collection],
        "additionalProperties": False,
    }
    return _file(f"Desired {kind.collection}", body, definitions)


def environment_file(types: Mapping[str, Mapping[str, type[Kind]]]) -> Schema:
    """Return the schema of environment.yaml, given the kinds of each provider type."""
    definitions: dict[str, Any] = {}
    body = _environment(types, definitions)
    return _file("The environment and its providers", body, definitions)


def any_file(kinds: Mapping[str, type[Kind]], types: Mapping[str, Mapping[str, type[Kind]]]) -> Schema:
    """Return the schema of any file below `desired/`."""
    definitions: dict[str, Any] = {}
    environment = hoisted(model_schema(EnvironmentForm), "environment-yaml", definitions)
    definitions["environment-yaml"] = _environment(types, definitions)
    approvals = hoisted(model_schema(ApprovalsForm), "approvals-yaml", definitions)
    policies = policies_schema()
    definitions |= policies.pop("$defs")
    definitions["policies-yaml"] = policies
    policies = {"$ref": "#/$defs/policies-yaml"}
    definitions["collections-yaml"] = {
        "type": "object",
        "properties": {name: _collection(kind, definitions) for name, kind in kinds.items()},
        "additionalProperties": False,
    }
    body = {
        "type": "object",
        "if": {"required": ["environment"]},
        "then": environment,
        "else": {
            "if": {"required": ["approvals"]},
            "then": approvals,
            "else": {"if": {"required": ["rules"]}, "then": policies, "else": {"$ref": "#/$defs/collections-yaml"}},
        },
    }
    return _file("Any file of the desired state", body, definitions)


def _collection(kind: type[Kind], definitions: dict[str, Any]) -> Schema:
    return {
        "description": (kind.__doc__ or "").strip().split("\n")[0],
        "type": "object",
        "propertyNames": {"pattern": HANDLE + r"(?!\n)"},
        "additionalProperties": hoisted(object_schema(kind), kind.collection, definitions),
    }


def _environment(types: Mapping[str, Mapping[str, type[Kind]]], definitions: dict[str, Any]) -> Schema:
    """An instance's `type` decides its settings; without one, its name does."""
    schema = model_schema(EnvironmentForm)
    settings = {
        name: hoisted(settings_schema(next(iter(kinds.values())).settings), f"provider-{name}", definitions)
        for name, kinds in types.items()
        if kinds
    }
    typed: Schema = {
        "properties": {"type": {"enum": list(settings)}},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}}, "then": reference} for name, reference in settings.items()
        ],
    }
    has_type = {"required": ["type"], "properties": {"type": {"not": {"type": "null"}}}}
    providers = schema["properties"]["providers"]
    providers["properties"] = {
        name: {"type": "object", "if": has_type, "then": typed, "else": reference}
        for name, reference in settings.items()
    }
    providers["additionalProperties"] = {"type": "object", "allOf": [has_type, typed]}
    names = sorted(name for kinds in types.values() for name in kinds)
    schema["properties"]["collections"]["propertyNames"] = {"enum": names}
    for part, inner in schema.pop("$defs", {}).items():
        definitions[part] = inner
    return schema


def _file(title: str, body: Schema, definitions: Mapping[str, Any] | None = None) -> Schema:
    inner = {**body.pop("$defs", {}), **(definitions or {})}
    head = {"$schema": DRAFT, "$comment": GENERATED, "title": title, **body}
    return {**head, "$defs": dict(sorted(inner.items()))} if inner else head
