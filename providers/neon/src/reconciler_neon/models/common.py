"""What several kinds share: the settings of an instance, field types, parts, and checks of more than one field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from reconciler import (
    Address,
    Kind,
    Part,
    ProviderSettings,
    Rate,
    Resource,
    Seconds,
    Secret,
    SecretRef,
    ServerDefault,
    SetOf,
    TokenSettings,
)

ComputeUnits = Annotated[float, Field(ge=0.25)]
SuspendTimeout = Annotated[Seconds, Field(ge=-1, le=604_800)]
"""-1 never, 0 Neon's default (300 s), else one minute to a week: see `checked_compute`."""
LONGEST = 63  # bytes of a name in PostgreSQL
Name = Annotated[str, Field(min_length=1, max_length=LONGEST)]
"""Of a role or database. That it has no more than `LONGEST` bytes is checked across fields: a handle is a name too."""
HourMinute = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
HANDLE = r"[^\s/\x00-\x1f\x7f]+"
Found = Iterator[tuple[Address, str, str, str]]


class NeonSettings(TokenSettings):
    """One Neon project."""

    token: Secret = SecretRef("NEON_API_KEY")
    project: Annotated[str, Field(min_length=1)] = Field(
        description="id of the project (restless-sea-12345678), or its name where only one project has it"
    )
    org_id: str | None = Field(
        None, description="organization to look for the name in; a personal API key needs it, an id does not"
    )
    database: str | None = Field(
        None, description="name of the database that pooled_url and direct_url lead to, where there are several"
    )
    role: str | None = Field(None, description="name of the role they sign in as; the owner of the database without it")

    base_url: ClassVar[str] = "https://console.neon.tech/api/v2"
    url_variable: ClassVar[str] = "NEON_API_URL"
    # 700 a minute, and bursts of 40 a second for each route: 40 at once and 11 a second stay below both.
    default_rate: ClassVar[Rate | None] = Rate(per_second=11, burst=40)

    rights_to_plan: ClassVar[tuple[str, ...]] = (
        "an API key (personal, organization or project-scoped) that may view the project (CAN_VIEW)",
        "the right to read role passwords, for pooled_url and direct_url only; without it they are unknown",
    )
    rights_to_apply: ClassVar[tuple[str, ...]] = ("the right to edit the project (CAN_EDIT)",)
    unproven: ClassVar[tuple[str, ...]] = (
        "Nothing here has run against the live service; the simulator is built from Neon's OpenAPI document of July "
        "2026 and its SDK types of September 2026.",
        "Whether PATCH merges or replaces a nested object inside `settings` is not documented: the whole nested "
        "object is sent, as read a moment before.",
        "The wording of plan limits is not documented: a refusal that speaks of a plan, limit, upgrade or quota is "
        "taken for one.",
        "Whether a branch keeps its id after a point-in-time restore is not documented: branches are found by name.",
        "What an operation in the state `error` becomes is not documented: with a time for the next try it is waited "
        "for, without one it has failed.",
    )


class NeonKind(Kind, provider="neon"):
    """A kind of Neon."""

    settings: ClassVar[type[ProviderSettings]] = NeonSettings


class PreloadLibraries(Part):
    """Shared libraries that are loaded when a compute starts. Written and sent as a whole."""

    use_defaults: bool = Field(False, description="also load Neon's own choice")
    enabled_libraries: SetOf[str] = Field(frozenset(), description="GET .../available_preload_libraries names them")


class Autoscaling(Part):
    """The size of computes and when they are suspended, for endpoints that do not say it themselves."""

    autoscaling_limit_min_cu: ComputeUnits = Field(0.25, description="compute units that are always there")
    autoscaling_limit_max_cu: ComputeUnits = Field(0.25, description="compute units at most")
    suspend_timeout_seconds: Annotated[SuspendTimeout, ServerDefault(0)] = Field(
        0, description="suspended after this time without use; -1 never, 0 Neon's default (300 s), else 60 or more"
    )
    pg_settings: Annotated[Mapping[str, str], ServerDefault({})] = Field(
        {}, description="PostgreSQL settings by name; settings that are not named here are left as they are"
    )


def checked_compute(spec: Mapping[str, Any]) -> None:
    """Raise ValueError when sizes or a suspend time cannot go together."""
    least, most = spec.get("autoscaling_limit_min_cu"), spec.get("autoscaling_limit_max_cu")
    if least is not None and most is not None and least > most:
        raise ValueError(f"autoscaling_limit_min_cu {least:g} is more than autoscaling_limit_max_cu {most:g}")
    suspend = spec.get("suspend_timeout_seconds")
    if suspend is not None and 0 < suspend < 60:
        raise ValueError(f"suspend_timeout_seconds {suspend} is too short: write -1, 0, or 60 (seconds) and more")


def own(kind: type[Kind], resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources of one kind."""
    return tuple(r for r in resources if r.address.collection == kind.collection)


def on_named_branches(kind: type[Kind], resources: tuple[Resource, ...]) -> Found:
    """Find objects on a branch whose handle is not its name.

    An object on a branch is told apart by the name of the branch, and names it by handle: the two have to be one.
    """
    branches = {r.address.handle: r for r in resources if r.address.collection == "branches"}
    for resource in own(kind, resources):
        handle = str(resource.spec.get("branch", ""))
        name = branches[handle].identity[0] if handle in branches else handle
        if name != handle:
            message = f"branch {handle} is called {name} at Neon, and what is on a branch is found by its name"
            yield resource.address, "branch", message, f"rename branches/{handle} to branches/{name}"


def no_such_handle(branch: object) -> str:
    """Return why what is on a branch of that name cannot be written; "" when it can."""
    fits = re.fullmatch(HANDLE, str(branch)) is not None
    return "" if fits else f"its branch {branch} has a name that cannot be a handle: it holds a space or a slash"
