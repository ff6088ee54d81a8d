"""The schema of a file of rules: that of its model, with conditions, which hold conditions, put in their places."""

from __future__ import annotations

from typing import Any

from reconciler.load.rules import CONDITION, FIELD_CONDITION, PoliciesForm
from reconciler.policy.keywords import condition_schema
from reconciler.schema.model import model_schema
from reconciler.schema.rules import Schema

_REFERENCE = f"#/$defs/{CONDITION}"
_VALUE = {"type": ["string", "number", "boolean", "null"]}


def policies_schema() -> Schema:
    """Return the schema of `{rules: {NAME: rule}}`."""
    made = _placed(model_schema(PoliciesForm))
    definitions = made.setdefault("$defs", {})
    definitions[CONDITION] = condition_schema(_REFERENCE)
    whole: Schema = made
    return whole


def _placed(node: Any) -> Any:
    if isinstance(node, list):
        return [_placed(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _placed(inner) for name, inner in node.items() if name != "x-is"}
    match node.get("x-is"):
        case "condition":
            return {**made, "$ref": _REFERENCE}
        case name if name == FIELD_CONDITION:
            return {**made, "anyOf": [_VALUE, {"$ref": _REFERENCE}]}
    return made
