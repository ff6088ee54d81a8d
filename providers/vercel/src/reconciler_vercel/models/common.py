"""What the kinds of Vercel share: the settings of an instance, and small field types."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler import Kind, ProviderSettings, Rate, Secret, SecretRef, SetOf, TokenSettings

GitBranch = Annotated[str, Field(min_length=1, max_length=250)]


class VercelSettings(TokenSettings):
    """One project of a team; without `project`, the team's projects, of which only `hosting` is managed."""

    token: Secret = SecretRef("VERCEL_TOKEN")
    team: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="slug, or id (team_…); left out for a personal account"
    )
    project: Annotated[str, Field(min_length=1)] | None = Field(None, description="name, or id (prj_…)")
    absent: SetOf[str] = Field(
        frozenset(),
        description="environment variables that must not exist: declaring one is an error, a live one alarms",
    )

    base_url: ClassVar[str] = "https://api.vercel.com"
    url_variable: ClassVar[str] = "VERCEL_API_URL"
    default_rate: ClassVar[Rate | None] = Rate(per_second=10, burst=20)
    needed_to_read: ClassVar[tuple[str, ...]] = ("project",)
    rights_to_plan: ClassVar[tuple[str, ...]] = (
        "a token whose scope is the team",
        "a team role that sees the project and its environment variables (DEVELOPER or MEMBER)",
    )
    rights_to_apply: ClassVar[tuple[str, ...]] = (
        "team role MEMBER, or project role ADMIN: variables of production, domains, routing rules and deployments",
    )
    unproven: ClassVar[tuple[str, ...]] = (
        "Nothing of this provider has been run against the live service: it was built from the vendor's OpenAPI "
        "documents of October 2025 and September 2026, its Terraform provider and its CLI. The simulator answers the "
        "vendor's own SDK 1.28.35 and CLI 64.0.2, unmodified.",
        "Rates per endpoint are not published; 10 requests a second are our guess.",
        "Whether project routes or a vercel.json win when both set a header is not documented.",
        "A removed variable leaves no trace: that production has to be built again is known only to that run.",
    )

    @property
    def scope(self) -> dict[str, str]:
        """Return the query parameter that names the team; none for a personal account."""
        if self.team is None:
            return {}
        return {"teamId" if self.team.startswith("team_") else "slug": self.team}


class VercelKind(Kind, provider="vercel"):
    """A kind of Vercel."""

    settings: ClassVar[type[ProviderSettings]] = VercelSettings


def settings_of(settings: ProviderSettings) -> VercelSettings:
    """Return the settings as those of Vercel. Raises TypeError for others."""
    if not isinstance(settings, VercelSettings):
        raise TypeError(f"these are not settings of Vercel: {type(settings).__name__}")
    return settings


def no_project(kind: str) -> tuple[str, str]:
    """Return what is wrong with objects of a kind in an instance that names no project, and what to do."""
    return f"{kind} belong to a project, and this instance names none", "write `project:` under the provider"
