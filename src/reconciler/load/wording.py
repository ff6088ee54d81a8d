"""The words for each way in which a value can be wrong."""

from __future__ import annotations

import re

from reconciler.kind.shape import Shape
from reconciler.load.branches import Finding
from reconciler.load.suggest import did_you_mean

_TYPES = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "none_required": "null",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "is_instance_of": "another type of value",
    "secret": "a secret by name, {secret: NAME}",
    "output": "{from: collection/handle.output}",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "is below the minimum of {0}", "use {0} or more"),
    "greater_than": ("gt", "must be more than {0}", "use more than {0}"),
    "less_than_equal": ("le", "is above the maximum of {0}", "use {0} or less"),
    "less_than": ("lt", "must be less than {0}", "use less than {0}"),
    "multiple_of": ("multiple_of", "is no multiple of {0}", "use a multiple of {0}"),
}
_LENGTHS = {
    "string_too_short": ("min_length", "must have {0} or more characters"),
    "string_too_long": ("max_length", "must have {0} or fewer characters"),
    "too_short": ("min_length", "must have {0} or more elements"),
    "too_long": ("max_length", "must have {0} or fewer elements"),
}
_NAME_IT = "write {secret: NAME}, and give the value to the process environment as NAME"


def wording(finding: Finding, shape: Shape, value: str) -> tuple[str, str]:
    """Return the message and the fix. `value` is what was written, "" when it must not or need not be shown."""
    kind = finding.type
    if finding.other_type and not (kind in ("secret", "output") and len(finding.expected) < 2):
        return _wrong_type(finding, value)
    if kind in ("secret", "output"):
        return finding.message, _NAME_IT if kind == "secret" else ""
    if kind in _BOUNDS:
        name, said, fix = _BOUNDS[kind]
        bound = finding.context.get(name)
        unit = f" ({shape.unit})" if shape.unit else ""
        return f"{value or 'it'} {said.format(bound)}{unit}", fix.format(bound) + _or_remove(shape)
    if kind in _LENGTHS:
        name, said = _LENGTHS[kind]
        return said.format(finding.context.get(name)), ""
    if kind in ("literal_error", "enum"):
        options = _options(str(finding.context.get("expected", "")))
        return f"{value or 'this'} is not one of {', '.join(options)}", did_you_mean(value, options)
    if kind == "string_pattern_mismatch":
        return f"{value or 'this'} does not have the form {finding.context.get('pattern')}", ""
    text = finding.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text.replace("Input should", "it should"), ""


def _wrong_type(finding: Finding, value: str) -> tuple[str, str]:
    wanted = list(
        dict.fromkeys(_TYPES.get(kind, "another type of value") for kind in finding.expected or (finding.type,))
    )
    known = [word for word in wanted if word != "another type of value"] or wanted
    what = " or ".join(known)
    if "text" in known and value and re.fullmatch(r"-?[0-9.]+|true|false", value):
        return f"must be {what}, not {value} as a {'boolean' if value in ('true', 'false') else 'number'}", (
            f"write '{value}', in quotes" if "." not in value else "write it in quotes"
        )
    shown = f", not {value}" if value else ""
    return f"must be {what}{shown}", ""


def leave(shape: Shape) -> str:
    """Return the fix where nothing better is known."""
    type_text = f"write {shape.type_text}" if shape.type_text and not shape.fields else "correct it"
    return type_text + _or_remove(shape)


def _or_remove(shape: Shape) -> str:
    return "" if shape.required else ", or remove the line to leave it as it is"


def _options(expected: str) -> list[str]:
    """Return the allowed values out of pydantic's `'a', 'b' or 3`."""
    return [quoted or bare for quoted, bare in re.findall(r"'([^']*)'|([^\s',]+(?<!or))(?=,|\s|$)", expected)]
