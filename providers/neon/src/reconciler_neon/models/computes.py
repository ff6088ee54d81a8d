"""Compute endpoints: the PostgreSQL servers of a branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler import (
    Address,
    Essential,
    Expansion,
    Handle,
    Live,
    Never,
    Part,
    ProviderSettings,
    RefTo,
    Removal,
    Resource,
    ServerDefault,
    written,
)
from reconciler_neon.models.common import (
    ComputeUnits,
    Found,
    NeonKind,
    PreloadLibraries,
    SuspendTimeout,
    checked_compute,
    no_such_handle,
    on_named_branches,
)

READ_WRITE: Literal["read_write"] = "read_write"


class EndpointSettings(Part):
    """Settings of PostgreSQL. Sent as a whole, read just before."""

    pg_settings: Annotated[Mapping[str, str], ServerDefault({})] = Field(
        {}, description="by name; settings that are not named here are left as they are"
    )
    preload_libraries: PreloadLibraries = PreloadLibraries()


class Endpoint(NeonKind, collection="endpoints", identity=("name", "branch", "type")):
    """A compute endpoint. Its id is in its host name, and stays when a snapshot is restored.

    A branch has one read_write endpoint, and is found by that; read_only endpoints are told apart by name.
    Pooling is no setting: it is chosen in the host name (`-pooler`), and the deprecated pooler fields are not managed.
    """

    loses = "its host name: clients that use it cannot connect again"

    name: Annotated[str, Field(min_length=1, max_length=64)] = Field("", description="the handle for a read_only one")
    branch: Annotated[Handle, RefTo("branches"), Never("moving an endpoint to another branch is deprecated by Neon")]
    type: Annotated[
        Literal["read_write", "read_only"], Never("Neon cannot change it"), Essential(), ServerDefault(READ_WRITE)
    ] = READ_WRITE
    autoscaling_limit_min_cu: ComputeUnits = Field(0.25, description="compute units that are always there")
    autoscaling_limit_max_cu: ComputeUnits = Field(0.25, description="compute units at most")
    suspend_timeout_seconds: Annotated[SuspendTimeout, ServerDefault(0)] = Field(
        0, description="suspended after this time without use; -1 never, 0 Neon's default (300 s), else 60 or more"
    )
    disabled: Annotated[bool, ServerDefault(False)] = Field(
        False, description="refuse connections; turning it on suspends the compute"
    )
    endpoint_settings: EndpointSettings = Field(EndpointSettings(), alias="settings")

    def expand(self) -> Expansion:
        """Check what only shows across fields."""
        spec = written(self)
        checked_compute(spec)
        return Expansion(spec)

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return branch and type for a read_write endpoint, of which a branch has one; name and branch otherwise."""
        kind = str(spec.get("type", READ_WRITE))
        return ("" if kind == READ_WRITE else str(spec.get("name", handle)), str(spec.get("branch", "")), kind)

    @classmethod
    def identity_fields(cls, handle: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the spec with the name a read_only endpoint is found by. A read_write one needs none."""
        if spec.get("type", READ_WRITE) == READ_WRITE or "name" in spec:
            return spec
        return {"name": handle, **spec}

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the branch for its read_write endpoint, else the name."""
        kind = Live(live.kind, live.id, live.identity, {}, name=live.identity[0] or live.identity[1])
        return super().handle_for(kind)

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to delete the server of the default branch: production's host name would be gone for good."""
        return {
            r.address: "it serves the default branch, and its host name cannot be had again"
            for r in removals
            if r.after is None and r.live.private.get("on_default") and r.live.values.get("type") == READ_WRITE
        }

    @classmethod
    def cross_check(cls, resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
        """Find endpoints on a branch whose handle is not its name."""
        return on_named_branches(cls, resources)

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why it cannot be written."""
        if live.values.get("type") not in (READ_WRITE, "read_only"):
            return f"its type {live.identity[2]!r} is not known here"
        if live.values["type"] == "read_only" and "name" not in live.values:
            return "it is read_only and has no name; name it in the console"
        return no_such_handle(live.values.get("branch"))
