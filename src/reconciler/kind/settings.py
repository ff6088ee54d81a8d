"""What a user may write under `providers:` in environment.yaml. A provider's models module subclasses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from reconciler.kind.types import Secret

WRITES = "write_"
"""Begins the name of a field that holds the credential of writing connections: `write_token` beside `token`."""


class Rate(BaseModel):
    """A ceiling on requests to one provider instance."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    per_second: Annotated[float, Field(gt=0)]
    burst: Annotated[int, Field(ge=1, description="How many at once. Default: 1.")] = 1


class ProviderSettings(BaseModel):
    """Settings common to all providers. `type` defaults to the instance's name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    type: Annotated[str | None, Field(description="The provider type. Default: the instance's name.")] = None
    expect: Annotated[
        Mapping[str, str] | None,
        Field(description="The account that the credential must open; with any other, nothing runs."),
    ] = None
    rate: Annotated[
        Rate | Literal["none"] | None,
        Field(description="A ceiling on requests, or none. Default: what the vendor allows."),
    ] = None

    base_url: ClassVar[str] = ""  # of the live service
    url_variable: ClassVar[str] = ""  # process environment variable that overrides it
    default_rate: ClassVar[Rate | None] = None

    needed_to_read: ClassVar[tuple[str, ...]] = ()  # optional settings without which an import finds little or nothing

    # For the reference page, as the vendor names them.
    rights_to_plan: ClassVar[tuple[str, ...]] = ()
    rights_to_apply: ClassVar[tuple[str, ...]] = ()  # those to plan are needed too
    rights_checked: ClassVar[bool] = False  # connecting fails where a right is missing, that to apply included
    unproven: ClassVar[tuple[str, ...]] = ()  # sentences: what has never been run against the live service

    def secrets(self) -> Mapping[str, Any]:
        """Return the secret references among these settings, by field name, that a reading connection needs resolved.

        A field `write_NAME` is not among them: reading works where the credential to write has no value.
        """
        return {name: ref for name, ref in self._references() if not name.startswith(WRITES)}

    def secrets_to_write(self) -> Mapping[str, Any]:
        """Return those of a connection that may write, by the same names: `write_NAME`, where given, is its `NAME`."""
        own = {name.removeprefix(WRITES): ref for name, ref in self._references() if name.startswith(WRITES)}
        return {**self.secrets(), **own}

    def _references(self) -> Iterator[tuple[str, Any]]:
        from reconciler.values import SecretRef

        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretRef):
                yield name, value

    def private_folders(self) -> tuple[str, ...]:
        """Return folders, relative to the project, whose content must never be committed: `init` tells git."""
        return ()


class TokenSettings(ProviderSettings):
    """For APIs with one bearer token; subclasses default `token` to the vendor's usual variable name."""

    token: Secret
    write_token: Annotated[
        Secret | None,
        Field(description="A second credential that `apply` writes with; `token` then needs the rights to plan only."),
    ] = None
