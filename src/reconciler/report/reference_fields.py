"""The tables of a reference page: the fields of a model, and those of each part of it, as Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kind.shape import Shape
from reconciler.model import ABSENT
from reconciler.report.explain import BOUNDS, Explained, allowed_values, bounds, choice, fields
from reconciler.report.units import duration
from reconciler.report.values import shown
from reconciler.values import SecretRef

_MOST_VALUES = 30
_EXAMPLES = {"days": "7d", "hours": "3h"}  # of durations, by unit
_SOME_VALUES = 4  # of a longer list
_SECRETS = ("SecretRef | Generated | OutputRef", "SecretRef | OutputRef | Generated")
_WORDS = {
    "OutputRef": "`{from: …}`",
    "NoneType": "null",
    "bool": "true or false",
    "str": "text",
    "int": "whole number",
    "float": "number",
    "True": "`true`",
    "False": "`false`",
}
_JSON_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}


@dataclass(slots=True)
class Parts:
    """The parts that the tables so far refer to, by name: where each is used, its rows, and what it is."""

    raw: Mapping[str, Any] = field(default_factory=dict)  # the whole JSON Schema
    used: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[Explained]] = field(default_factory=dict)
    docs: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, place: str, rows: list[Explained], doc: str) -> None:
        """Remember a part, and where it is used."""
        places = self.used.setdefault(name, [])
        if place not in places:
            places.append(place)
        self.rows.setdefault(name, rows)
        self.docs.setdefault(name, doc)


def tables(shape: Shape, schema: Mapping[str, Any], defaults: Mapping[str, Any] = {}) -> Iterator[str]:
    """Yield the lines of a model's table and of one table for each part in it.

    `defaults` are those of the model itself, for settings: no API fills them in.
    """
    parts = Parts(schema)
    rows = fields(shape, schema)
    settings = bool(defaults)
    yield from _table(rows, "", parts, defaults=defaults, changes=not settings)
    done: set[str] = set()
    while waiting := [name for name in parts.rows if name not in done]:
        for name in waiting:
            done.add(name)
            places = ", ".join(f"`{place}`" for place in parts.used[name])
            doc = f" {prose(parts.docs[name])}" if parts.docs[name] else ""
            yield from ("", f"**{name}**, in {places}.{doc}", "")
            yield from _table(parts.rows[name], f"{name}.", parts, defaults={}, changes=not settings)


def _table(
    rows: Iterable[Explained], prefix: str, parts: Parts, *, defaults: Mapping[str, Any], changes: bool
) -> Iterator[str]:
    columns = ["Field", "Type", "Default", *(["Changed"] if changes else []), "Meaning"]
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        name = row.name.rpartition(".")[2]
        place = f"{prefix}{name}"
        cells = [f"`{name}`", _type(row, place, parts), _default(row.shape, name, defaults)]
        cells += [_changed(row.shape)] if changes else []
        yield f"| {' | '.join(_cell(c) for c in [*cells, ' '.join(_meaning(row))])} |"


def _type(row: Explained, place: str, parts: Parts) -> str:
    shape = row.shape
    if several := _alternatives(row, place, parts):
        return " | ".join(several)
    names = [n for n in re.findall(r"\w+", shape.type_text) if n in row.schema.get("$defs", {})]
    if shape.fields:
        name = names[-1] if names else f"{row.name} element"
        doc = str(row.schema.get("$defs", {}).get(name, {}).get("description", ""))
        parts.note(name, place, fields(shape, row.schema, f"{name}."), doc)
        listed = {"list": "list of ", "keyed": "list of ", "set": "set of "}.get(shape.form, "")
        order = "" if not listed else f", by `{shape.key}`" if shape.key else ""
        if shape.form == "mapping" and shape.type_text != name and shape.element is not None:
            listed = "mapping of "
        return f"{listed}{name}{order}{', in order' if shape.form == 'list' or shape.ordered else ''}"
    for name in names:
        _note_alternative(name, place, row.schema["$defs"], parts)
    if shape.form == "mapping":
        inner = shape.element
        return "mapping of secrets" if inner is not None and inner.secret else "mapping"
    text = shape.type_text
    for spelled in _SECRETS:
        text = text.replace(spelled, "secret")
    text = re.sub(r"\b\w+\b", lambda m: _WORDS.get(m[0], m[0]), text)
    unit = shape.unit or (shape.element.unit if shape.element else "")
    return f"{text or 'value'}{_in(unit)}"


def _alternatives(row: Explained, place: str, parts: Parts) -> list[str]:
    """Return what a field may be instead of one part alone: several parts, or words; none for most fields."""
    owner, _, name = place.rpartition(".")
    definitions = parts.raw.get("$defs", {})
    holder = definitions.get(owner, {}) if owner else parts.raw
    raw = holder.get("properties", {}).get(name, {})
    members = list(_members(raw))
    named = [ref for m in members if (ref := str(m.get("$ref", "")).rpartition("/")[2])]
    named = [n for n in named if "properties" in definitions.get(n, {})]
    words = [f"`{shown(v)}`" for m in members if "$ref" not in m for v in allowed_values(m, False)]
    if not named or len(named) + len(words) < 2:
        return []
    for one in named:
        _note_alternative(one, place, definitions, parts)
    return [*named, *words]


def _members(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not inner:
        yield schema
    for member in inner:
        yield from _members(member)


def _note_alternative(name: str, place: str, definitions: Mapping[str, Any], parts: Parts) -> None:
    """Remember one of several parts that a field may be; only its JSON Schema tells its fields."""
    made = definitions[name]
    if not made.get("properties") or set(made["properties"]) <= {"secret", "generate", "from", "rotate"}:
        return
    needed = made.get("required", ())
    rows = [
        Explained(
            key,
            Shape(
                name=key,
                type_text="secret" if _is_secret(inner) else _json_type(inner),
                doc=str(inner.get("description", "")),
                required=key in needed,
                default=inner.get("default", ABSENT),
                secret=_is_secret(inner),
            ),
            {**inner, "$defs": definitions},
        )
        for key, inner in made["properties"].items()
    ]
    parts.note(name, place, rows, str(made.get("description", "")))


def _is_secret(schema: Mapping[str, Any]) -> bool:
    members = [schema, *schema.get("anyOf", ())]
    return any("secret" in m.get("properties", {}) for m in members if isinstance(m, Mapping))


def _json_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kinds = schema.get("type", [])
    known = [_JSON_TYPES.get(k, k) for k in ([kinds] if isinstance(kinds, str) else kinds) if k != "null"]
    members = [m for m in schema.get("anyOf", ()) if m != {"type": "null"}]
    return " | ".join(known or dict.fromkeys(_json_type(m) for m in members)) or "value"


def _default(shape: Shape, name: str, defaults: Mapping[str, Any]) -> str:
    value = defaults.get(name, shape.default)
    if value is ABSENT or (defaults and value is None):
        return ""
    if isinstance(value, SecretRef):
        return f"`{{secret: {value.name}}}`"
    long = duration(value, shape.unit)
    return f"`{shown(value)}`{f' ({long})' if long else ''}"


def _in(unit: str) -> str:
    return f", in {unit} or as `{_EXAMPLES.get(unit, '3m')}`" if unit else ""


def _changed(shape: Shape) -> str:
    match shape.mutable:
        case "replace":
            among = f"; {' and '.join(f'`{v}`' for v in shape.among)} in place" if shape.among else ""
            return f"delete and create{among}"
        case "never":
            return f"never{f': {prose(shape.never_reason)}' if shape.never_reason else ''}"
    return shape.mutable


def _meaning(row: Explained) -> Iterator[str]:
    shape, schema = row.shape, row.schema
    element = shape.element or Shape()
    if shape.required:
        yield "**Required.**"
    if shape.doc:
        yield _sentence(prose(shape.doc))
    allowed = allowed_values(schema, bool(shape.unit))
    in_type = set(re.sub(r"^(?:set|list) of ", "", shape.type_text).split(" | "))
    if allowed and not {str(v) for v in allowed} <= in_type and not shape.fields:
        whole = len(allowed) <= _MOST_VALUES
        listed = choice([f"`{shown(v)}`" if isinstance(v, str) else v for v in allowed], ", ")
        if not whole:
            listed = ", ".join(f"`{shown(v)}`" for v in allowed[:_SOME_VALUES])
        if len(allowed) == 1:
            yield f"Only {listed}."
        else:
            yield f"One of {listed}." if whole else f"One of {len(allowed)} values, such as {listed}."
    limits = {} if shape.fields else bounds(schema)
    if said := [f"{word} {limits[key]}" for key, word in BOUNDS if key in limits]:
        yield _sentence(" and ".join(said))
    for names in filter(None, (shape.ref, element.ref)):
        several = ", as collection/handle" if len(names) > 1 else ""
        yield f"Names one of {' or '.join(f'`{n}`' for n in names)}{several}."
    for external in filter(None, (shape.external, element.external)):
        what = external.kind.replace("_", " ")
        yield f"Names one of the {what}, which are not managed here: {_sentence(prose(external.create), start=False)}"
    if shape.follows:
        yield f"Written again after anything in {', '.join(f'`{n}`' for n in shape.follows)} changed."
    if shape.secret or element.secret:
        yield "Secret: never shown."
    if shape.write_only:
        yield "Write-only: the API never returns it; a change outside shows by its time, where the API tells one."
    if shape.sugar:
        yield "Not a field of the vendor: it is turned into some before planning."
    if shape.essential:
        yield "`import` always writes it."


def _sentence(text: str, *, start: bool = True) -> str:
    text = text.rstrip()
    plain = start and re.match(r"[a-z]+(?=[\s,;.]|$)", text)  # not `team:NAME`, `policy_id`, `ofThis`
    first = text[:1].upper() if plain else text[:1]
    return f"{first}{text[1:]}{'' if text.endswith(('.', '!', '?', ':')) else '.'}" if text else ""


def prose(text: str) -> str:
    """Return words of a model on one line, with nothing in them that Markdown takes for HTML. Code stays code."""
    pieces = " ".join(text.split()).split("`")
    return "`".join(p if i % 2 else p.replace("<", "&lt;") for i, p in enumerate(pieces))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
