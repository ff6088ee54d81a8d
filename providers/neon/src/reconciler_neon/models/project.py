"""The project: restore window, network, quota, maintenance and compute defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler import (
    Address,
    Expansion,
    Handle,
    Live,
    Never,
    OutputField,
    Part,
    ProviderSettings,
    RefTo,
    Removal,
    Resource,
    Seconds,
    ServerDefault,
    SetOf,
    written,
)
from reconciler_neon.models.common import (
    Autoscaling,
    Found,
    HourMinute,
    NeonKind,
    NeonSettings,
    PreloadLibraries,
    checked_compute,
    own,
)

AT_CREATION = Never("Neon sets it when a project is created, and never changes it")
Count = Annotated[int, Field(ge=0)]
Time = Annotated[Seconds, Field(ge=0)]
_ID = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]{6,}")
_NOT_WRITTEN: Any = None
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_V6 = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]+"
_ADDRESSES = re.compile(
    rf"^(?:{_V4}(?:/(?:3[0-2]|[12]?[0-9])| ?- ?{_V4})?|{_V6}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])| ?- ?{_V6})?)$"
)


def _check_addresses(value: str) -> str:
    if not _ADDRESSES.match(value):
        fix = "write an address, a range (192.0.2.1-192.0.2.9) or a block (192.0.2.0/24)"
        raise PydanticCustomError("addresses", "is no IP address, range or CIDR block", {"fix": fix})
    return value


Addresses = Annotated[
    str, AfterValidator(_check_addresses), WithJsonSchema({"type": "string", "pattern": _ADDRESSES.pattern})
]
Weekday = Annotated[int, Field(ge=1, le=7)]


class Quota(Part):
    """Limits per billing period. 0, or not set, is unlimited. Beyond one of them all computes are suspended."""

    active_time_seconds: Annotated[Time, ServerDefault(0)] = 0
    compute_time_seconds: Annotated[Time, ServerDefault(0)] = 0
    written_data_bytes: Annotated[Count, ServerDefault(0)] = 0
    data_transfer_bytes: Annotated[Count, ServerDefault(0)] = 0
    logical_size_bytes: Annotated[Count, ServerDefault(0)] = Field(
        0, description="of each branch; beyond it only writes fail"
    )


class AllowedIps(Part):
    """Who may connect: single addresses, ranges or CIDR blocks. An empty list is everyone. Needs the Scale plan."""

    ips: Annotated[SetOf[Addresses], ServerDefault(())] = frozenset()
    protected_branches_only: Annotated[bool, ServerDefault(False)] = False


class MaintenanceWindow(Part):
    """When Neon may restart computes, in UTC."""

    weekdays: Annotated[SetOf[Weekday], Field(min_length=1)] = Field(description="1 Monday to 7 Sunday")
    start_time: HourMinute = Field(description="HH:MM, in quotes")
    end_time: HourMinute = Field(description="HH:MM, in quotes")


class ProjectSettings(Part):
    """Settings of the whole project. Each nested object is sent as a whole, read just before."""

    quota: Annotated[Quota, ServerDefault(dict.fromkeys(Quota.model_fields, 0))] = Quota()
    allowed_ips: Annotated[AllowedIps, ServerDefault({"ips": (), "protected_branches_only": False})] = AllowedIps()
    enable_logical_replication: Annotated[bool, ServerDefault(False)] = Field(
        False, description="cannot be turned off again; turning it on suspends all active computes"
    )
    maintenance_window: MaintenanceWindow = Field(_NOT_WRITTEN)
    block_public_connections: Annotated[bool, ServerDefault(False)] = Field(
        False, description="nobody from the internet, whatever allowed_ips says"
    )
    block_vpc_connections: Annotated[bool, ServerDefault(False)] = False
    audit_log_level: Literal["base", "extended", "full"] = "base"
    hipaa: Annotated[bool, ServerDefault(False)] = False
    preload_libraries: PreloadLibraries = PreloadLibraries()


class Serves(Part):
    """What `pooled_url` and `direct_url` lead to, on the default branch."""

    database: Annotated[Handle, RefTo("databases")]
    role: Annotated[Handle, RefTo("roles")] = Field("", description="the owner of the database without it")


class Project(NeonKind, collection="database", identity="name"):
    """The Neon project that the provider's settings name: there is one, it is adopted, and it is never deleted."""

    data_bearing = True
    on_remove = "retain"
    removals = ("retain",)
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "pooled_url": OutputField(
            "PostgreSQL URL over the pooler (host with -pooler): for the application", secret=True
        ),
        "direct_url": OutputField("PostgreSQL URL without the pooler: for migrations", secret=True),
    }

    name: Annotated[str, Field(min_length=1, max_length=256)] = ""
    region_id: Annotated[str, AT_CREATION] = Field("", description="such as aws-us-east-1")
    pg_version: Annotated[int, Field(ge=14, le=18), AT_CREATION] = Field(17, description="PostgreSQL's major version")
    history_retention_seconds: Annotated[Seconds, Field(ge=0, le=2_592_000)] = Field(
        86_400, description="restore window of all branches; 0 disables it. Free 6 h, Launch 7 d, Scale 30 d at most"
    )
    default_endpoint_settings: Autoscaling = Field(Autoscaling(), description="for endpoints that are made later")
    project_settings: ProjectSettings = Field(ProjectSettings(), alias="settings")
    serves: Serves = Field(
        _NOT_WRITTEN,
        description="must be what the provider's settings choose (`database:`, `role:`): written here, the outputs "
        "wait until both exist",
    )

    def expand(self) -> Expansion:
        """Check what only shows across fields."""
        spec = written(self)
        defaults = spec.get("default_endpoint_settings")
        if isinstance(defaults, Mapping):
            checked_compute(defaults)
        return Expansion(spec)

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the same for every project: an instance has one, whatever it is called."""
        return ("the project",)

    @classmethod
    def identity_fields(cls, handle: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the spec as it is: the handle is not the project's name."""
        return spec

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the handle that `{from: database/main.pooled_url}` expects."""
        return "main"

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to turn logical replication off: Neon cannot."""
        return {
            r.address: "logical replication cannot be turned off again; write enable_logical_replication: true"
            for r in removals
            if r.after and _replicates(r.live.values) is True and _replicates(r.after.spec) is False
        }

    @classmethod
    def cross_check(cls, resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
        """Find outputs that would lead elsewhere than `serves` says, and a name that would no longer be found."""
        projects = own(cls, resources)
        yield from _chosen(projects, resources, settings)
        wanted = settings.project if isinstance(settings, NeonSettings) else ""
        for project in projects:
            name = project.spec.get("name", wanted)
            if name != wanted and not _ID.fullmatch(wanted):
                message = f"the project would be called {name}, and the provider looks for one called {wanted}"
                yield project.address, "name", message, "write the project's id as `project:` in environment.yaml"


def _replicates(spec: Mapping[str, Any]) -> Any:
    settings = spec.get("settings")
    return settings.get("enable_logical_replication") if isinstance(settings, Mapping) else None


def _chosen(projects: tuple[Resource, ...], resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
    names = {r.address: r.identity[0] for r in resources}
    for project in projects:
        serves = project.spec.get("serves")
        if not isinstance(serves, Mapping) or not isinstance(settings, NeonSettings):
            continue
        for field, collection, chosen in (
            ("database", "databases", settings.database),
            ("role", "roles", settings.role),
        ):
            handle = serves.get(field)
            name = names.get(Address(collection, str(handle)), handle)
            if handle is not None and name != chosen and (chosen is not None or field == "role"):
                message = f"serves.{field} is {name}, and the provider's settings choose {chosen or 'the owner'}"
                yield (
                    project.address,
                    "serves",
                    message,
                    f"write `{field}: {name}` under the provider in environment.yaml",
                )
