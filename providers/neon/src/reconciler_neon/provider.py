"""Neon as the engine sees it: one project, its branches, and what is on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import (
    Change,
    Connection,
    Denied,
    HttpClient,
    HttpProvider,
    Kind,
    KindCalls,
    Live,
    Preview,
    ProviderError,
    Resource,
    SandboxRequest,
    Scope,
)
from reconciler_neon import notes
from reconciler_neon.calls.access import DatabaseCalls, RoleCalls
from reconciler_neon.calls.backups import BackupCalls
from reconciler_neon.calls.branches import BranchCalls
from reconciler_neon.calls.endpoints import EndpointCalls
from reconciler_neon.calls.project import ProjectCalls
from reconciler_neon.judge import judge
from reconciler_neon.models import Backups, Branch, Database, Endpoint, NeonSettings, Project, Role
from reconciler_neon.project import ProjectApi

if TYPE_CHECKING:
    from reconciler_neon.sandbox import NeonSandbox

KINDS: Mapping[str, type[Kind]] = {k.collection: k for k in (Project, Branch, Endpoint, Role, Database, Backups)}


class Neon(HttpProvider[NeonSettings]):
    """One Neon project."""

    service = "Neon"
    settings_type = NeonSettings
    to_get_one = "create an API key (Neon console, organization settings, API keys; project-scoped is enough)"

    def __init__(self, connection: Connection, settings: NeonSettings, client: HttpClient) -> None:
        self.api = ProjectApi(client, settings, connection)
        self.backups = BackupCalls(self.api, connection.runtime.now)
        super().__init__(connection, settings, client)

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of each collection."""
        return {
            "database": ProjectCalls(self.api, self.connection),
            "branches": BranchCalls(self.api),
            "endpoints": EndpointCalls(self.api),
            "roles": RoleCalls(self.api),
            "databases": DatabaseCalls(self.api),
            "backups": self.backups,
        }

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return what a denial means: a limit of the plan, or a right that is missing."""
        return judge(denied)

    async def create(self, desired: Resource) -> Live:
        """Create an object, under the name that its handle stands for where none is written."""
        kind = KINDS[desired.address.collection]
        return await super().create(replace(desired, spec=kind.identity_fields(desired.address.handle, desired.spec)))

    async def whoami(self) -> Scope:
        """Return the project that the settings name, as far as this key is shown it."""
        return Scope({"project_id": await self.api.seen()})

    async def disable(self, live: Live) -> None:
        """Turn backups off. (No other kind of Neon is disabled.)"""
        await self.backups.disable(live)

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change)

    async def close(self) -> None:
        """Release connections."""
        await self.api.close()
        await super().close()

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> NeonSandbox:
        """Return the simulator of Neon, ready to be entered."""
        from reconciler_neon.sandbox import NeonSandbox

        return NeonSandbox(request)
