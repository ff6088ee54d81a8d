"""Variables and secrets of GitHub Actions: of the repository, or of one of its environments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, WithJsonSchema

from reconciler import Address, Handle, Live, Output, ProviderSettings, RefTo, Replace, Resource, Secret, WriteOnly
from reconciler_github.models.common import GitHubKind

NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
RESERVED = r"^[Gg][Ii][Tt][Hh][Uu][Bb]_"
LARGEST = 48 * 1024  # bytes


def _name(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError("a name has letters, digits and _ only, and no digit first")
    if re.match(RESERVED, value):
        raise ValueError("names that begin with GITHUB_ are GitHub's own")
    return value.upper()


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME, "not": {"pattern": RESERVED}})
]
"""Kept in upper case, and not compared by case."""
Where = Annotated[Handle, RefTo("environments"), Replace()]


class _Actions(GitHubKind):
    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the name in upper case and the environment in lower case, "" for the repository."""
        return str(spec.get("name", handle)).upper(), str(spec.get("environment") or "").lower()

    @classmethod
    def identity_fields(cls, handle: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `spec` with the name that the handle gives."""
        return spec if "name" in spec else {"name": handle.upper(), **spec}

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the name, with the environment behind it where there is one."""
        environment = re.sub(r"[^A-Za-z0-9@._+-]+", "-", str(live.values.get("environment") or "")).strip("-")
        name = str(live.values["name"])
        return f"{name}-{environment}" if environment else name

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find handles that would have to be names, and are none."""
        for resource in resources:
            if resource.address.collection == cls.collection:
                try:
                    _name(str(resource.spec["name"]))
                except ValueError as error:
                    yield resource.address, "", f"the handle is the name, and {error}", "write `name:`"


class ActionsVariable(_Actions, collection="actions_variables", identity=("name", "environment")):
    """A value that workflows read as `vars.NAME`. Whoever may read the repository's settings reads it."""

    loses: ClassVar[str] = "workflows find nothing in its place"

    name: Name = ""
    environment: Where | None = Field(None, description="of this environment; else of the repository")
    value: Annotated[str, Field(max_length=LARGEST)] | Output = Field(description="at most 48 KB")


class ActionsSecret(_Actions, collection="actions_secrets", identity=("name", "environment")):
    """A value that workflows read as `secrets.NAME`. GitHub never shows it again: it is compared by when it changed.

    Times are to the second: a change by somebody else within the second of ours goes unseen.
    """

    loses: ClassVar[str] = "the value is gone for good, and workflows find nothing in its place"

    name: Annotated[Name, Replace()] = ""
    environment: Where | None = Field(None, description="of this environment; else of the repository")
    value: Annotated[Secret, WriteOnly()]
