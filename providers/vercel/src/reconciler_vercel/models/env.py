"""Environment variables of a project. Fields: vendor's OpenAPI document; rules: its CLI and Terraform provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Address,
    AtLeastOne,
    Live,
    MayBeText,
    ProviderSettings,
    Replace,
    Resource,
    Secret,
    ServerDefault,
    SetOf,
    Unknown,
)
from reconciler_vercel.models.common import GitBranch, VercelKind, no_project, settings_of

Target = Literal["production", "preview", "development"]
READABLE = ("plain", "encrypted")
"""Types whose value the API returns. Between these a variable changes in place; any other change is delete, create."""

SEALED = ("sensitive", "secret")
"""Types whose value the API never returns; `secret` is retired, and is no longer made."""

PUBLIC = ("NEXT_PUBLIC_", "NUXT_PUBLIC_", "REACT_APP_", "GATSBY_", "VITE_", "VUE_APP_", "PUBLIC_", "EXPO_PUBLIC_")
"""Prefixes that frameworks put into what browsers get. The vendor refuses to keep such a variable `sensitive`."""

_RESERVED = """
AWS_SECRET_KEY AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_LAMBDA_FUNCTION_NAME
AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION NOW_REGION TZ LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
"""
RESERVED = frozenset(_RESERVED.split())
"""Names that the vendor keeps for itself (its documentation, "Reserved environment variables")."""

WHY_ABSENT = {
    "NODE_ENV": (
        "Vercel and Next.js set it; as a variable of the project it makes `npm ci` skip devDependencies, "
        "and the build breaks"
    )
}
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")


class Variable(VercelKind, collection="env", identity=("key", "gitBranch", "target")):
    """An environment variable of the project, in one or more of its environments."""

    loses = "its value; what was deployed before keeps it"
    rules: ClassVar = (AtLeastOne(("target", "customEnvironmentIds"), when={}),)

    key: Annotated[str, Field(min_length=1)] = ""
    value: Annotated[str | Secret, MayBeText()] = Field(
        description="text, {secret: NAME} or {from: collection/handle.output}; a live one that looks secret never shows"
    )
    type: Annotated[Literal["plain", "encrypted", "sensitive"], ServerDefault("encrypted"), Replace(among=READABLE)] = (
        Field("encrypted", description="sensitive: nobody reads it back, and not for development")
    )
    target: SetOf[Target] = Field(
        frozenset(), description="environments; disjoint from those of the same key and branch"
    )
    customEnvironmentIds: SetOf[str] = Field(frozenset(), description="custom environments by id, env_…")
    gitBranch: GitBranch | None = Field(None, description="a preview branch; only with target: [preview]")
    comment: Annotated[str, Field(max_length=500), ServerDefault("")] = ""

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return key, branch, and the environments in order: several records of one key are told apart by these."""
        return identity_of(
            str(spec.get("key", handle)), spec.get("gitBranch"), spec.get("target"), spec.get("customEnvironmentIds")
        )

    @classmethod
    def collide(cls, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        """Return whether both are of one key and branch and share an environment."""
        return one[:2] == other[:2] and bool(set(one[2].split(",")) & set(other[2].split(",")))

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the key, with what tells it apart where it is not for production."""
        key, branch, where = live.identity
        suffix = branch or ("" if "production" in where.split(",") else where.replace(",", "-"))
        return re.sub(r"[^A-Za-z0-9@._+-]+", "-", f"{key}-{suffix}" if suffix else key)

    @classmethod
    def alarming(cls, live: Live) -> str:
        """Return why a variable that is asserted absent must not be there."""
        return str(live.private.get("alarm", ""))

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why a variable of a retired type, or of one that is not known here, cannot be written."""
        kept = live.values.get("type")
        if isinstance(kept, Unknown):
            return kept.reason
        return "" if kept in (*READABLE, "sensitive") else f"its type is {kept}, which is no longer made: remake it"

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find names, types and environments that the vendor refuses, and what is asserted absent."""
        chosen = settings_of(settings)
        for resource in resources:
            if resource.address.collection != cls.collection:
                continue
            if chosen.project is None:
                yield resource.address, "", *no_project("environment variables")
            for field, message, fix in _problems(resource, chosen.absent):
                yield resource.address, field, message, fix


def identity_of(key: str, branch: object, target: object, custom: object) -> tuple[str, ...]:
    """Return the identity of a variable; its environments may come in any order."""
    where = [*(target if isinstance(target, tuple) else ()), *(custom if isinstance(custom, tuple) else ())]
    return key, str(branch or ""), ",".join(sorted(map(str, where)))


def alarm(key: str) -> str:
    """Return why a variable that is asserted absent alarms."""
    why = WHY_ABSENT.get(key, "the settings of the provider say so (`absent:`)")
    return f"{key} must not exist: {why}"


def _problems(resource: Resource, absent: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    spec = resource.spec
    key, where = resource.identity[0], resource.identity[2].split(",")
    if not _KEY.fullmatch(key):
        yield "key", f"{key!r} is no name of a variable: letters, digits and _, no digit first", "write `key: NAME`"
    if key in absent:
        yield "", alarm(key), "remove it here, or take it out of `absent:` under the provider"
    if key in RESERVED:
        yield "key", f"{key} is reserved by Vercel", "choose another name"
    if where == [""]:
        yield "target", "it is for no environment at all", "write target: [production]"
    if spec.get("gitBranch") and where != ["preview"]:
        yield "gitBranch", "a branch has variables of its own in preview only", "write target: [preview]"
    if spec.get("type") == "sensitive":
        if "development" in where:
            yield "type", "a sensitive variable cannot be for development", "write a second one, encrypted, for that"
        if key.startswith(PUBLIC):
            yield "type", f"{key} ends up in browsers, so that Vercel does not keep it sensitive", "write type: plain"
