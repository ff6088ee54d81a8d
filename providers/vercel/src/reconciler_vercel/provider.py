"""Vercel as the engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler import (
    Change,
    Connection,
    Denied,
    HttpClient,
    HttpProvider,
    KindCalls,
    Preview,
    ProviderError,
    SandboxRequest,
    Scope,
)
from reconciler_vercel import denials, notes
from reconciler_vercel.calls.domains import DomainCalls
from reconciler_vercel.calls.env import EnvCalls
from reconciler_vercel.calls.headers import HeaderCalls
from reconciler_vercel.calls.hosting import HostingCalls
from reconciler_vercel.calls.place import Place
from reconciler_vercel.convert.payload import promised
from reconciler_vercel.models import VercelSettings

if TYPE_CHECKING:
    from reconciler_vercel.sandbox import VercelSandbox


class Vercel(HttpProvider[VercelSettings]):
    """One project of Vercel, or the projects of a team."""

    service = "Vercel"
    settings_type = VercelSettings
    to_get_one = "create a token whose scope is the team (Vercel, account settings, Tokens)"

    def __init__(self, connection: Connection, settings: VercelSettings, client: HttpClient) -> None:
        self.place = Place(client, settings, connection.runtime, connection.deadline)
        self._headers = HeaderCalls(self.place)
        super().__init__(connection, settings, client)
        self._notes = notes.by_collection(
            root=connection.root,
            sensitive_only=lambda: self.place.sensitive_only,
            draft=self._draft,
            full=lambda: self._headers.publisher.full,
        )

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of each collection."""
        return {
            "env": EnvCalls(self.place),
            "headers": self._headers,
            "domains": DomainCalls(self.place),
            "hosting": HostingCalls(self.place),
        }

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what Vercel says in an error, with its code."""
        return denials.text_of(denials.error_of(body))

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return what a refusal means."""
        return denials.judge(denied)

    async def whoami(self) -> Scope:
        """Return the team and the project, as Vercel names them: `expect:` is compared with these."""
        fields: dict[str, str] = {}
        account = self.settings.team
        if self.settings.project is not None:
            project = await self.place.project()
            self.place.found(project)
            with promised("a project"):
                fields |= {"project": str(project["name"]), "project_id": str(project["id"])}
                account = str(project["accountId"]) if account else None
        if account is None:
            user = await self.place.get("/v2/user")
            with promised("a user"):
                return Scope({"team": str(user["user"]["username"]), **fields})
        team = await self.place.get(f"/v2/teams/{account}")
        with promised("a team"):
            self.place.sensitive_only = team.get("sensitiveEnvironmentVariablePolicy") == "on"
            return Scope({"team": str(team["slug"]), "team_id": str(team["id"]), **fields})

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change, self._notes)

    def _draft(self) -> str:
        draft = self._headers.publisher.draft
        return draft.said if draft else ""

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> VercelSandbox:
        """Return the simulator of Vercel, ready to be entered."""
        from reconciler_vercel.sandbox import VercelSandbox

        return VercelSandbox(request)
