"""Response headers of the project: as a routing rule of Vercel, or as entries of the application's vercel.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from reconciler_vercel.models.policies import DIRECTIVES, directive

# Of the schema of vercel.json, whose names and lengths rules of the project have too.
MOST_RULES = 2048
MOST_HEADERS = 1024  # of one rule
LONGEST_NAME = 4096
LONGEST = 32768  # of a value

_POLICY_NAME = r"^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ss][Ee][Cc][Uu][Rr][Ii][Tt][Yy]-[Pp][Oo][Ll][Ii][Cc][Yy](-.*)?$"
_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_SEVERAL = {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_HEADERS, "uniqueItems": False}
_PLAIN = [{"type": "null"}, _TEXT, _SEVERAL]
_POLICY = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {"type": "string", "pattern": r"^[^\s;,]+$", "not": {"enum": list(KEYWORDS)}},
        "uniqueItems": True,
    },
    "propertyNames": {"enum": list(DIRECTIVES)},
    "minProperties": 1,
}
_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NAME, "maxLength": LONGEST_NAME},
    "patternProperties": {_POLICY_NAME: {"anyOf": [*_PLAIN, _POLICY]}},
    "additionalProperties": {"anyOf": _PLAIN},
}

HeaderText = Annotated[str, Field(min_length=1, max_length=LONGEST)]


def _quoted(source: str) -> str:
    """Refuse a keyword without its quotes: browsers take it for a host, and nothing matches."""
    if source in KEYWORDS:
        fix = f"""write "'{source}'", with both pairs of quotes"""
        raise PydanticCustomError("source", "{said}", {"said": f"{source} without quotes is a host", "fix": fix})
    return source


Source = Annotated[str, Field(pattern=r"^[^\s;,]+$"), AfterValidator(_quoted)]
Sources = SetOf[Source]
Policy = Mapping[Annotated[str, AfterValidator(directive)], Sources]
HeaderValue = Annotated[ListOf[HeaderText], Field(min_length=1, max_length=MOST_HEADERS)] | HeaderText | Policy | None


def _policies_only_where_they_belong(table: Mapping[str, Any]) -> Mapping[str, Any]:
    if not table:
        raise PydanticCustomError("headers", "names no header")
    for name, value in table.items():
        if isinstance(value, Mapping) and (not is_policy(name) or not value):
            raise PydanticCustomError("headers", "{name} takes text; directives are for a policy", {"name": name})
    return table


def _over(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is over a limit in headers as they will be sent, and what to do: no schema counts that."""
    sent = 0
    for name, value in table.items():
        texts = (value,) if isinstance(value, str) else value or ()
        sent += len(texts)
        longest = max(map(len, texts), default=0)
        if longest > LONGEST:
            yield f"{name} has {longest} characters when it is sent, and Vercel takes {LONGEST}", "make it shorter"
    if sent > MOST_HEADERS:
        yield f"these are {sent} headers of one rule, and Vercel takes {MOST_HEADERS}", "make several rules of it"


HeaderTable = Annotated[
    Mapping[Annotated[str, Field(pattern=NAME, max_length=LONGEST_NAME)], HeaderValue],
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
        """Find what is over a limit, files that are named and not used, and files that would have too many rules."""
        entries: dict[object, set[object]] = {}
        for resource in resources:
            if resource.address.collection != cls.collection:
                continue
            if settings_of(settings).project is None:
                yield resource.address, "", *no_project("headers")
            table: Any = resource.spec["headers"]
            for message, fix in _over(table):
                yield resource.address, "headers", message, fix
            if "file" in resource.spec and resource.spec.get("mode") != "vercel_json":
                fix = "write mode: vercel_json, or remove the line"
                yield resource.address, "file", "only mode: vercel_json looks at a file", fix
            if resource.spec.get("mode") == "vercel_json":
                patterns = entries.setdefault(resource.spec["file"], set())
                patterns.add(resource.spec["source"])
                if len(patterns) == MOST_RULES + 1:
                    message = f"{resource.spec['file']} would have more than {MOST_RULES} rules, which Vercel refuses"
                    yield resource.address, "", message, "let one pattern match more paths"
                    patterns.clear()
