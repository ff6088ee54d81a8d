"""Response headers of the project: as a routing rule of Vercel, or as entries of the application's vercel.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler import (
    Address,
    Expansion,
    ListOf,
    Live,
    Never,
    ProviderSettings,
    RequiredIf,
    Resource,
    ServerDefault,
    SetOf,
    written,
)
from reconciler_vercel.models.common import VercelKind, no_project, settings_of
from reconciler_vercel.models.header_values import KEYWORDS, NAME, canonical, is_policy, spelled

_POLICY_NAME = r"^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ss][Ee][Cc][Uu][Rr][Ii][Tt][Yy]-[Pp][Oo][Ll][Ii][Cc][Yy](-.*)?$"
_TEXT = {"type": "string", "minLength": 1, "maxLength": 32768}
_PLAIN = [{"type": "null"}, _TEXT, {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": False}]
_POLICY = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {"type": "string", "pattern": r"^[^\s;,]+$", "not": {"enum": list(KEYWORDS)}},
        "uniqueItems": True,
    },
    "propertyNames": {"pattern": r"^[A-Za-z-]+$"},
    "minProperties": 1,
}
_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NAME, "maxLength": 4096},
    "patternProperties": {_POLICY_NAME: {"anyOf": [*_PLAIN, _POLICY]}},
    "additionalProperties": {"anyOf": _PLAIN},
}

HeaderText = Annotated[str, Field(min_length=1, max_length=32768)]


def _quoted(source: str) -> str:
    """Refuse a keyword without its quotes: browsers take it for a host, and nothing matches."""
    if source in KEYWORDS:
        fix = f"""write "'{source}'", with both pairs of quotes"""
        raise PydanticCustomError("source", "{said}", {"said": f"{source} without quotes is a host", "fix": fix})
    return source


Source = Annotated[str, Field(pattern=r"^[^\s;,]+$"), AfterValidator(_quoted)]
Sources = SetOf[Source]
Policy = Mapping[Annotated[str, Field(pattern=r"^[A-Za-z-]+$")], Sources]
HeaderValue = Annotated[ListOf[HeaderText], Field(min_length=1)] | HeaderText | Policy | None


def _policies_only_where_they_belong(table: Mapping[str, Any]) -> Mapping[str, Any]:
    if not table:
        raise PydanticCustomError("headers", "names no header")
    for name, value in table.items():
        if isinstance(value, Mapping) and (not is_policy(name) or not value):
            raise PydanticCustomError("headers", "{name} takes text; directives are for a policy", {"name": name})
    return table


HeaderTable = Annotated[
    Mapping[Annotated[str, Field(pattern=NAME, max_length=4096)], HeaderValue],
    AfterValidator(_policies_only_where_they_belong),
    WithJsonSchema(_SCHEMA),
]


class HeaderRule(VercelKind, collection="headers", identity="name"):
    """Response headers for the paths that one pattern matches. Headers of the rule that are not written stay."""

    loses = "these headers are no longer sent"
    rules: ClassVar = (RequiredIf("file", when={"mode": ("vercel_json",)}),)

    name: Annotated[str, Field(min_length=1, max_length=256)] = Field("", description="of the routing rule")
    source: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^/")] = Field(
        description="path pattern as in vercel.json (path-to-regexp): /(.*) is every path"
    )
    headers: HeaderTable = Field(
        description="name to text, or to a list where it is sent several times; null takes one away. "
        "A content security policy may be a mapping of directives to their sources"
    )
    description: Annotated[str, Field(max_length=1024), ServerDefault("")] = ""
    enabled: Annotated[bool, ServerDefault(True)] = True
    mode: Annotated[
        Literal["routes", "vercel_json"],
        ServerDefault("routes"),
        Never("a rule at Vercel and an entry of a file are two things: remove this one, apply, then add the other"),
    ] = Field("routes", description="vercel_json: compared with a file of the application, and never written")
    file: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="with mode: vercel_json, the file, relative to the folder that holds desired/"
    )

    def expand(self) -> Expansion:
        """Return the fields with every header in its one spelling. Raises ValueError for a header given twice."""
        spec = written(self)
        table = {}
        for name, value in self.headers.items():
            if spelled(name) in table:
                raise ValueError(f"headers: {spelled(name)} is given twice; case makes no difference")
            table[spelled(name)] = canonical(name, value)
        return Expansion({**spec, "headers": table})

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why a rule that does more than set headers cannot be written."""
        return str(live.private.get("more", ""))

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find files that are named and not used."""
        for resource in resources:
            if resource.address.collection != cls.collection:
                continue
            if settings_of(settings).project is None:
                yield resource.address, "", *no_project("headers")
            if "file" in resource.spec and resource.spec.get("mode") != "vercel_json":
                fix = "write mode: vercel_json, or remove the line"
                yield resource.address, "file", "only mode: vercel_json looks at a file", fix
