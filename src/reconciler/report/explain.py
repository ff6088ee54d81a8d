"""What a kind or a field means, derived from its model: for `explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kind.duration import example
from reconciler.model import ABSENT
from reconciler.report.page import Line, Page, Section
from reconciler.report.units import duration
from reconciler.report.values import escape, shown

if TYPE_CHECKING:
    from reconciler.kind.base import Kind
    from reconciler.kind.shape import Shape

_MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: its dotted name, its shape, and what its JSON Schema adds."""

    name: str
    shape: Shape
    schema: Mapping[str, Any]


def kind_page(kind: type[Kind], schema: Mapping[str, Any], shape: Shape) -> Page:
    """Return all there is to know about a kind."""
    doc = [line.strip() for line in (kind.__doc__ or "").strip().splitlines()]
    rows = fields(shape, schema)
    return Page(
        summary=f"{kind.collection}: {doc[0] if doc else 'no description'}",
        facts=(" ".join(line for line in doc[1:] if line),) if len(doc) > 1 else (),
        sections=(
            Section("Kind", tuple(_about(kind))),
            Section(
                "Fields (changed in place where nothing else is said)",
                tuple(line for row in rows for line in field_lines(row)),
            ),
            Section("Rules", tuple(Line(text) for text in rule_texts(kind))),
            Section(
                "Outputs, for {from: " + kind.collection + "/HANDLE.NAME}",
                tuple(
                    Line(f"{name}: {o.doc}{' (secret)' if o.secret else ''}")
                    for name, o in sorted(kind.outputs.items())
                ),
            ),
        ),
        next=(f"`reconcile explain {kind.collection}.FIELD` for one field",),
    )


def field_page(kind: type[Kind], row: Explained) -> Page:
    """Return all there is to know about one field, and what is inside it."""
    inside = fields(row.shape, row.schema, f"{row.name}.")
    return Page(
        summary=f"{kind.collection}.{row.name}",
        sections=(
            Section("Field", field_lines(row, whole=True)),
            Section("Inside", tuple(line for inner in inside for line in field_lines(inner))),
        ),
    )


def fields(shape: Shape, schema: Mapping[str, Any], prefix: str = "", root: Mapping[str, Any] = {}) -> list[Explained]:
    """Return the members of a mapping or of a list of mappings."""
    root = root or schema
    inner = _resolved(schema, schema if "$defs" in schema else root)
    properties = inner.get("properties", {})
    shared = schema.get("$defs") or root.get("$defs", {})
    return [
        Explained(f"{prefix}{name}", sub, {**_resolved(properties.get(name, {}), {"$defs": shared}), "$defs": shared})
        for name, sub in shape.fields.items()
    ]


def field_lines(row: Explained, *, whole: bool = False) -> tuple[Line, ...]:
    """Return what one field takes and what becomes of a change to it. `whole` says the usual too."""
    shape, schema = row.shape, row.schema
    kind = f"{_type(shape)}{f', in {shape.unit} or as {example(shape.unit)}' if shape.unit else ''}"
    lines = [Line(f"{row.name}{' (required)' if shape.required else ''}: {kind}", 0, "change")]
    if shape.doc:
        lines.append(Line(escape(" ".join(shape.doc.split())), 1))
    said: list[str] = []
    allowed = allowed_values(schema, bool(shape.unit))
    if allowed:
        few = ", ".join(shown(v) for v in allowed[:_MOST_VALUES])
        more = len(allowed) - _MOST_VALUES
        said.append(f"one of: {few}{f' and {more} more' if more > 0 else ''}")
    said += [f"{word} {limits[key]}" for limits in [bounds(schema)] for key, word in BOUNDS if key in limits]
    if shape.default is not ABSENT:
        long = duration(shape.default, shape.unit)
        said.append(f"default of the API: {shown(shape.default)}{f' ({long})' if long else ''}")
    if shape.ref:
        said.append(f"names one of {' or '.join(shape.ref)}")
    if shape.external:
        said.append(f"names one of {shape.external.kind}, which are not managed here; {shape.external.create}")
    if shape.secret:
        said.append(
            "secret where it names one with {secret: NAME}; a text written here is shown"
            if shape.text
            else "secret: never written as a value, never shown"
        )
    if shape.write_only:
        said.append("the API never returns it; a change outside can show by its time only")
    if shape.sugar:
        said.append("not a field of the vendor: it is turned into some before planning")
    if shape.form == "set":
        said.append("order does not matter; wholly owned")
    if shape.form == "list":
        said.append("order matters; wholly owned")
    if shape.form == "keyed":
        said.append(f"elements are matched by {shape.key}; wholly owned")
    if whole or shape.mutable != "in place":
        said.append(_mutability(shape))
    lines.extend(Line(escape(text), 1, "dim") for text in said)
    if shape.fields:
        lines.append(Line(f"holds: {', '.join(shape.fields)}", 1, "dim"))
    return tuple(lines)


def field_document(row: Explained) -> dict[str, Any]:
    """Return one field as JSON data."""
    shape = row.shape
    return {
        "name": row.name,
        "type": shape.type_text,
        "form": shape.form,
        "doc": " ".join(shape.doc.split()),
        "required": shape.required,
        "unit": shape.unit,
        "default": None if shape.default is ABSENT else shown(shape.default),
        "allowed": [shown(v) for v in allowed_values(row.schema, bool(shape.unit))],
        "mutable": shape.mutable,
        "secret": shape.secret,
        "write_only": shape.write_only,
        "references": list(shape.ref),
        "fields": list(shape.fields),
    }


BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "more than"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "less than"),
)


def _about(kind: type[Kind]) -> list[Line]:
    first, *rest = kind.identity
    identity = f"{first} (the handle, unless written)" + "".join(f" + {name}" for name in rest)
    others = ", ".join(r for r in kind.removals if r != kind.on_remove)
    removal = f"{kind.on_remove}{f' (lifecycle.on_remove may say: {others})' if others else ''}"
    lines = [
        Line(f"provider: {kind.provider}"),
        Line(f"identity: {identity}"),
        Line(f"removed from desired/: {removal}"),
    ]
    if kind.loses:
        lines.append(Line(f"delete loses: {escape(kind.loses)}", 0, "bad"))
    if kind.data_bearing:
        lines.append(Line("holds data: never replaced, and deleted only with an approval", 0, "warn"))
    if kind.written_after:
        lines.append(Line(f"written after {', '.join(kind.written_after)}, and removed before them"))
    return lines


def choice(values: Sequence[Any], between: str) -> str:
    """Return values as a list for people; whole numbers in a row as their ends (`1 to 10`)."""
    numbers = [v for v in values if type(v) is int]
    if len(numbers) == len(values) > 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{numbers[0]} to {numbers[-1]}"
    return between.join(v if isinstance(v, str) and v.startswith("`") else shown(v) for v in values)


def rule_texts(kind: type[Kind]) -> list[str]:
    """Return the rules of a kind between its fields, as sentences without a full stop."""
    from reconciler.kind.rules import AtLeastOne, NotBoth, OneOfIf, OnlyIf, RequiredIf, When

    def when(cases: When) -> str:
        return " and ".join(f"{n} is {choice(values, ' or ')}" for n, values in cases.items())

    texts: list[str] = []
    for rule in kind.rules:
        match rule:
            case RequiredIf(name, cases):
                texts.append(f"{name} is required when {when(cases)}")
            case OnlyIf(name, cases):
                texts.append(f"{name} only when {when(cases)}")
            case OneOfIf(name, values, cases):
                texts.append(f"{name} is one of {', '.join(shown(v) for v in values)} when {when(cases)}")
            case NotBoth(names, reason):
                texts.append(f"only one of {', '.join(names)}: {reason}")
            case AtLeastOne(names, cases):
                texts.append(f"one of {', '.join(names)} is required{f' when {when(cases)}' if cases else ''}")
    return texts


def _type(shape: Shape) -> str:
    """Return how a user would write a value."""
    if shape.secret and shape.form == "leaf":
        return f"{'text, ' if shape.text else ''}{{secret: NAME}} or {{generate: {{bytes: 32}}}}"
    if shape.form == "mapping":
        return "mapping"
    if shape.fields:
        return "list of mappings"
    text = shape.type_text.replace("SecretRef | Generated | OutputRef", "{secret: NAME}")
    return text.replace("OutputRef", "{from: COLLECTION/HANDLE.OUTPUT}") or "value"


def _mutability(shape: Shape) -> str:
    if shape.mutable == "replace":
        return "cannot be changed in place: a change deletes and creates the object"
    if shape.mutable == "never":
        return f"cannot be changed once set{f': {shape.never_reason}' if shape.never_reason else ''}"
    if shape.mutable == "only at creation":
        return "sent when the object is made; never compared or changed afterwards"
    return "can be changed in place"


def allowed_values(schema: Mapping[str, Any], in_unit: bool) -> list[Any]:
    """Return the values a JSON Schema lists; of a field with a unit only the numbers, not their other spellings."""
    if "const" in schema:
        return [schema["const"]]
    if isinstance(schema.get("enum"), list):
        return [v for v in schema["enum"] if v is not None and not (in_unit and isinstance(v, str))]
    found: list[Any] = []
    for member in [*schema.get("anyOf", ()), *([schema["items"]] if isinstance(schema.get("items"), dict) else ())]:
        found.extend(allowed_values(member, in_unit))
    return found


def bounds(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a JSON Schema that bounds a number; an empty one for none."""
    if any(key in schema for key, _ in BOUNDS):
        return schema
    return next((b for m in schema.get("anyOf", ()) if (b := bounds(m))), {})


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref`, `items`, and the one object among alternatives, to where the properties are."""
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _resolved(root.get("$defs", {}).get(name, {}), root)
    if "properties" in schema or "enum" in schema:
        return schema
    if isinstance(schema.get("items"), dict) and "enum" not in schema["items"]:
        inner = _resolved(schema["items"], root)
        return inner if "properties" in inner else schema
    for member in schema.get("anyOf", ()):
        inner = _resolved(member, root)
        if "properties" in inner and not {"secret", "generate", "from"} & set(inner["properties"]):
            return inner
    return schema
