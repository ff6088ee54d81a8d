"""Domains of a project. Fields: vendor's OpenAPI document; rules: its Terraform provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from reconciler import (
    Address,
    Handle,
    Live,
    Never,
    NotBoth,
    OneOf,
    ProviderSettings,
    RefTo,
    Removal,
    Resource,
)
from reconciler_vercel.models.common import GitBranch, VercelKind, no_project, settings_of

OWN = ".vercel.app"
"""What Vercel gives to each project by itself."""
_ELSEWHERE = ("gitBranch", "redirect", "customEnvironmentId")

NAME = r"^[A-Za-z0-9*-]+(\.[A-Za-z0-9-]+)+$"
RENAMED = "a domain cannot be renamed: add the other one beside it, apply, then remove this one"
DomainName = Annotated[str, Field(pattern=NAME), AfterValidator(str.lower)]


class Domain(VercelKind, collection="domains", identity="name"):
    """A domain that serves the project. It works once it is verified, and once its DNS leads to Vercel."""

    data_bearing = True
    loses = "the domain stops serving; its certificate goes with it"
    rules: ClassVar = (NotBoth(("gitBranch", "redirect"), "a domain serves a branch or redirects, not both"),)

    name: Annotated[DomainName, Never(RENAMED)] = Field("", description="lower case")
    gitBranch: GitBranch | None = Field(None, description="serves this branch; not the production branch")
    redirect: Annotated[Handle, RefTo("domains")] | None = Field(None, description="to another domain of the project")
    redirectStatusCode: Annotated[int, OneOf(301, 302, 307, 308)] | None = None
    customEnvironmentId: str | None = Field(None, description="serves this custom environment, by id, env_…")

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the name, lower case."""
        return (str(spec.get("name", handle)).lower(),)

    @classmethod
    def identity_fields(cls, handle: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields with the name, lower case."""
        return {"name": handle.lower(), **spec}

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why the domain that Vercel makes itself, and what redirects to it, is left out."""
        if is_own(live.title):
            return "Vercel makes it for the project, and renames it with the project"
        target = str(live.values.get("redirect", ""))
        return f"it redirects to {target}, which Vercel made: declare that one too" if is_own(target) else ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Keep the project's own domain, and the last one that serves production."""
        going = {r.live.id for r in removals if r.after is None or any(r.after.spec.get(f) for f in _ELSEWHERE)}
        serving = {one.id for one in live if serves_production(one)}
        held: dict[Address, str] = {}
        for removal in removals:
            if removal.live.id not in going:
                continue
            if is_own(removal.live.title):
                held[removal.address] = "Vercel makes it for the project; it cannot be taken away"
            elif removal.live.id in serving and not serving - going:
                held[removal.address] = "it is the last domain that serves production"
        return held

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find redirects to themselves, and status codes without a redirect."""
        for resource in resources:
            if resource.address.collection != cls.collection:
                continue
            if settings_of(settings).project is None:
                yield resource.address, "", *no_project("domains")
            if not re.fullmatch(NAME, resource.identity[0]):
                fix = "write `name: learn.example.com`"
                yield resource.address, "name", f"{resource.identity[0]!r} is no domain", fix
            target = resource.spec.get("redirect")
            if target == resource.address.handle:
                yield resource.address, "redirect", "a domain cannot redirect to itself", "name another domain"
            if resource.spec.get("redirectStatusCode") and not target:
                message = "it says how to redirect, and there is no redirect"
                yield resource.address, "redirectStatusCode", message, "write `redirect:`, or remove the line"


def is_own(name: str) -> bool:
    """Return whether Vercel made this domain for the project."""
    return name.endswith(OWN)


def serves_production(live: Live) -> bool:
    """Return whether a live domain serves the production deployment, and is not Vercel's own."""
    return not is_own(live.title) and not any(live.values.get(field) for field in _ELSEWHERE)
