"""A kind with every field type and rule, and a strategy for objects that nearly fit a schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import strategies as st
from pydantic import Field

from reconciler.kind.base import Kind, Part
from reconciler.kind.markers import External, KeyedBy, RefTo, ServerDefault, Unit, WriteOnly
from reconciler.kind.rules import AtLeastOne, NotBoth, OneOfIf, OnlyIf, RequiredIf
from reconciler.kind.settings import TokenSettings
from reconciler.kind.types import (
    Days,
    Handle,
    ListOf,
    Milliseconds,
    OneOf,
    Output,
    Seconds,
    Secret,
    SetOf,
    Url,
)


class Header(Part):
    """A name and a value."""

    name: str
    value: str | Secret
    weight: Annotated[Seconds, Field(ge=1, le=90)] | None = None


class Call(Part):
    type: Literal["call"]
    number: Annotated[str, Field(pattern=r"^[0-9]+$", min_length=3)]


class Mail(Part):
    rules = (NotBoth(("cc", "bcc"), "choose one"),)
    type: Literal["mail"]
    cc: str | None = None
    bcc: str | None = None


class Every(Kind, collection="everything", identity="name", provider="every"):
    """One of each."""

    settings = TokenSettings
    rules = (
        RequiredIf("text", {"choice": ("a", "b")}),
        OnlyIf("url", {"choice": ("b",)}),
        OneOfIf("timeout", (1, 2), {"choice": ("a",)}, unit="seconds"),
        OneOfIf("bounded", (60, 120), {"flag": (True,)}),
        NotBoth(("whole", "number"), "one number is enough"),
        AtLeastOne(("flag", "choice", "ref"), {"bounded": (60,)}),
    )

    name: str | None = None
    text: Annotated[str, Field(min_length=1, max_length=5)] | None = None
    pattern: Annotated[str, Field(pattern=r"^[a-c]+$")] | None = None
    choice: Annotated[Literal["a", "b", "c"], ServerDefault("c")] | None = None
    flag: bool | None = None
    whole: Annotated[int, Field(ge=-3, lt=7, multiple_of=2), Unit("pieces")] | None = None
    number: Annotated[float, Field(gt=0, le=2.5)] | None = None
    either: str | int | None = None
    seconds: Seconds | None = None
    bounded: Annotated[Seconds, Field(ge=30, le=600)] | None = None
    chosen: Annotated[Seconds, OneOf(30, 60, 180)] | None = None
    nullable_choice: Annotated[Seconds | None, OneOf(30, None)] = None
    millis: Annotated[Milliseconds, Field(gt=500)] | None = None
    days: Days | None = None
    history: Annotated[Days, Field(ge=7, le=365)] | None = None
    even_days: Annotated[Days, Field(multiple_of=2)] | None = None
    timeout: int | str | None = None
    url: Url | None = None
    ref: Annotated[Handle, RefTo("everything")] | None = None
    refs: ListOf[Annotated[Handle, RefTo("everything", "others")]] | None = None
    channel: Annotated[str, External("channels", create="make one")] | None = None
    secret: Annotated[Secret, WriteOnly()] | None = None
    value: str | Secret | None = None
    output: Output | None = None
    regions: SetOf[Literal["us", "eu", "as"]] | None = None
    waits: Annotated[SetOf[Seconds], Field(min_length=1, max_length=2)] | None = None
    headers: Annotated[ListOf[Header], KeyedBy("name")] | None = None
    variables: Mapping[str, Secret] | None = None
    sizes: dict[Annotated[str, Field(pattern=r"^[a-z]+$")], Seconds] | None = None
    action: Annotated[Call | Mail, Field(discriminator="type")] | None = None
    loose: Call | str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None


class Needy(Kind, collection="needy", identity="id", provider="every"):
    """Has a required field."""

    settings = TokenSettings
    id: str | None = None
    needed: Annotated[Seconds, Field(ge=1)]


INTERESTING = st.sampled_from(
    [
        *(None, True, False, "", "a", "b", "x\n", "30s", "1m", "36h", "2w", "030s", "600000ms", "1500ms", "60\n"),
        *(0, 1, 2, -1, 30, 60, 61, 600, 601, 7, 365, 0.5, 2.5, 3.25, [], {}, [None], {"a": 1}, ["us", "us"]),
        *("https://x.example/", "https://x.example/\n", "ftp://x", "a b", "others/b", {"secret": "NAME"}, "NAME"),
        *(
            {"secret": "no name"},
            {"secret": "N", "rotate": 1},
            {"secret": "N", "rotate": -1},
            {"generate": {"bytes": 32}},
        ),
        *({"generate": {"bytes": 8}}, {"from": "a/b.c"}, {"from": "a/b"}, {"from": "a/b.c", "rotate": 1}),
    ]
)


def values(schema: Any, definitions: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema, more or less: mostly right, sometimes at the edge, sometimes of another kind."""
    if not isinstance(schema, dict):
        return INTERESTING
    if "$ref" in schema:
        return st.deferred(lambda: values(definitions[schema["$ref"].rpartition("/")[2]], definitions))
    options: list[st.SearchStrategy[Any]] = []
    if "enum" in schema:
        options.append(st.sampled_from(schema["enum"]))
    if "const" in schema:
        options.append(st.just(schema["const"]))
    options.extend(values(member, definitions) for key in ("anyOf", "oneOf") for member in schema.get(key, ()))
    kinds = schema.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        options.append(_typed(kind, schema, definitions))
    good = st.one_of(options) if options else INTERESTING
    return st.integers(0, 19).flatmap(lambda roll: INTERESTING if roll == 0 else good)


def _typed(kind: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    match kind:
        case "object":
            return _object(schema, definitions)
        case "array":
            return st.lists(values(schema.get("items"), definitions), max_size=4)
        case "string" if "pattern" in schema and "(?=" not in schema["pattern"] and "(?!" not in schema["pattern"][:-6]:
            return st.from_regex(schema["pattern"].removesuffix(r"(?!\n)")) | st.text(max_size=6)
        case "string":
            return st.text(max_size=7) | st.sampled_from(["a", "abc", "30s", "10m", "36h"])
        case "integer":
            return st.integers(-5, 700)
        case "number":
            return st.floats(-1, 4, width=16).filter(lambda number: not number.is_integer())
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


@st.composite
def _object(draw: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    made: dict[str, Any] = {}
    if properties:
        names = draw(st.lists(st.sampled_from(sorted(properties)), max_size=5, unique=True))
        required = schema.get("required", [])
        names = dict.fromkeys([*names, *(required if draw(st.integers(0, 9)) else [])])
        made = {name: draw(values(properties[name], definitions)) for name in names}
    if not properties or not draw(st.integers(0, 29)):
        extra = schema.get("additionalProperties")
        key = st.sampled_from(["a", "b", "from_", "A B", "lifecycle", "name"])
        made |= draw(st.dictionaries(key, values(extra, definitions), max_size=2))
    return made


@pytest.fixture
def every() -> SimpleNamespace:
    return SimpleNamespace(Every=Every, Needy=Needy, Header=Header)


@pytest.fixture
def objects_of() -> Callable[[dict[str, Any]], st.SearchStrategy[Any]]:
    return lambda schema: values(schema, schema.get("$defs", {}))
