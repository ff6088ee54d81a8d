"""The words for each way in which a value can be wrong."""

from __future__ import annotations

import re
from typing import Any

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
    "secret": "a secret by name, {secret: NAME}",  # nosec B105  # a sentence
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
        fix = shape.doc + _or_remove(shape) if shape.doc else ""
        return f"{value or 'this'} does not have the form {finding.context.get('pattern')}", fix
    fix = str(finding.context.get("fix", ""))
    if kind == "one_of":
        allowed = list(finding.context["allowed"])
        unit = f" ({shape.unit})" if shape.unit else ""
        return f"{value or 'this'} {finding.message}{unit}", _nearest(value, allowed) + _or_remove(shape)
    if kind in ("url", "handle"):
        return f"{value or 'this'} {finding.message}", fix + _or_remove(shape)
    text = finding.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = re.sub(r"://[^/\s@]*@", "://…@", text)  # a provider's own check may repeat a URL with a password
    return text.replace("Input should", "it should"), fix


def _nearest(value: str, allowed: list[Any]) -> str:
    numbers = [v for v in allowed if isinstance(v, int) and not isinstance(v, bool)]
    if numbers and re.fullmatch(r"-?[0-9]+", value):
        return f"the nearest is {min(numbers, key=lambda number: abs(number - int(value)))}"
    return did_you_mean(value, [str(v) for v in allowed], otherwise="use one of these")


def _wrong_type(finding: Finding, value: str) -> tuple[str, str]:
    wanted = list(
        dict.fromkeys(_TYPES.get(kind, "another type of value") for kind in finding.expected or (finding.type,))
    )
    known = [word for word in wanted if word != "another type of value"] or wanted
    what = " or ".join(known)
    if "text" in known and re.fullmatch(r"-?[0-9.]+|true|false", value):
        kind = "boolean" if value in ("true", "false") else "number"
        fix = "write it in quotes" if "." in value else f"write '{value}', in quotes"
        return f"must be {what}, not the {kind} {value}", fix
    if value in ("true", "false") and "true or false" in known:
        return f"must be {what}, not the text '{value}'", f"write {value}, without quotes"
    if re.fullmatch(r"-?[0-9]+", value) and "a whole number" in known:
        return f"must be {what}, not the text '{value}'", f"write {value}, without quotes"
    if known == ["a list"]:
        return (
            f"must be a list{f', not {value}' if value else ''}",
            f"write [{value}]" if value else "begin each element with -",
        )
    return f"must be {what}{f', not {value}' if value else ''}", ""


def expected(shape: Shape) -> str:
    """Return what a field takes, in a few words; "" for a mapping, whose fields say it."""
    if shape.secret and not shape.fields:
        return "text, or {secret: NAME}" if shape.text else "{secret: NAME}"
    unit = f" ({shape.unit})" if shape.unit else ""
    return "" if shape.fields else f"{shape.type_text}{unit}"


def leave(shape: Shape) -> str:
    """Return the fix where nothing better is known."""
    words = expected(shape)
    return (f"expected: {words}" if words else "correct it") + _or_remove(shape)


def _or_remove(shape: Shape) -> str:
    return "" if shape.required else ", or remove the line to leave it as it is"


def _options(expected: str) -> list[str]:
    """Return the allowed values out of pydantic's `'a', 'b' or 3`."""
    return [quoted or bare for quoted, bare in re.findall(r"'([^']*)'|([^\s',]+(?<!or))(?=,|\s|$)", expected)]
