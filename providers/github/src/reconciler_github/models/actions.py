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
LARGEST = 48 * 1024  # bytes of UTF-8
SHORTER = "keep a shorter value, or only the address of one"
MOST_SECRETS = 100  # in the repository, and in each of its environments


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


def too_large(value: str) -> str:
    """Return what is wrong with a value that GitHub would not take for its size; "" for one that it takes."""
    size = len(value.encode())
    return f"has {size} bytes in UTF-8, and GitHub takes {LARGEST} (48 KB)" if size > LARGEST else ""


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
    # Models and schemas count characters, of which no text has more than bytes; `cross_check` counts the bytes.
    value: Annotated[str, Field(max_length=LARGEST)] | Output = Field(description="at most 48 KB in UTF-8")

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find what is wrong with names, and values that are too large."""
        yield from super().cross_check(resources, settings)
        for resource in resources:
            value = resource.spec.get("value")
            if resource.address.collection == cls.collection and isinstance(value, str) and (said := too_large(value)):
                yield resource.address, "value", f"it {said}", SHORTER


class ActionsSecret(_Actions, collection="actions_secrets", identity=("name", "environment")):
    """A value that workflows read as `secrets.NAME`. GitHub never shows it again: it is compared by when it changed.

    Times are to the second: a change by somebody else within the second of ours goes unseen.
    """

    loses: ClassVar[str] = "the value is gone for good, and workflows find nothing in its place"

    name: Annotated[Name, Replace()] = ""
    environment: Where | None = Field(None, description="of this environment; else of the repository")
    value: Annotated[Secret, WriteOnly()] = Field(description="at most 48 KB in UTF-8")

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find what is wrong with names, and more secrets in one place than GitHub keeps."""
        yield from super().cross_check(resources, settings)
        count: dict[str, int] = {}
        for resource in resources:
            if resource.address.collection == cls.collection:
                where = resource.identity[1]
                count[where] = count.get(where, 0) + 1
                if count[where] == MOST_SECRETS + 1:
                    place = f"environment {where}" if where else "the repository"
                    message = f"{place} would have more than {MOST_SECRETS} secrets, which is all that GitHub keeps"
                    yield resource.address, "", message, "remove some, or keep them where they are used"
