"""Sentry as the engine sees it: who we are, and which calls each collection has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler import (
    Change,
    Connection,
    CredentialRejected,
    Denied,
    ExternalObject,
    HttpClient,
    HttpProvider,
    KindCalls,
    NotFound,
    Preview,
    ProtocolError,
    ProviderError,
    SandboxRequest,
    Scope,
)
from reconciler_sentry import failures, notes
from reconciler_sentry.calls.alerts import AlertCalls
from reconciler_sentry.calls.api import Api
from reconciler_sentry.calls.dashboards import DashboardCalls
from reconciler_sentry.calls.keys import KeyCalls
from reconciler_sentry.calls.monitors import MonitorCalls
from reconciler_sentry.calls.names import Names
from reconciler_sentry.calls.projects import ProjectCalls
from reconciler_sentry.models import SentrySettings

if TYPE_CHECKING:
    from reconciler_sentry.sandbox import SentrySandbox


class Sentry(HttpProvider[SentrySettings]):
    """One project of one organisation."""

    service = "Sentry"
    settings_type = SentrySettings
    to_get_one = "create an internal integration (Sentry, Settings, Developer Settings), take its token"

    def __init__(self, connection: Connection, settings: SentrySettings, client: HttpClient) -> None:
        self.api = Api(client, settings, connection.runtime)
        self.names = Names(self.api)
        super().__init__(connection, settings, client)

    @classmethod
    def base_url(cls, settings: SentrySettings) -> str:
        """Return the address of the region that keeps the organisation's data."""
        return f"https://{settings.region}.sentry.io/api/0"

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what is wrong, by field where Sentry tells."""
        return failures.error_text(body)

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return the error that a definite answer means."""
        return failures.judge(denied)

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of each collection."""
        api = self.api
        return {
            "sentry_project": ProjectCalls(api),
            "client_keys": KeyCalls(api),
            "metric_monitors": MonitorCalls(api),
            "alerts": AlertCalls(api),
            "dashboards": DashboardCalls(api),
        }

    async def whoami(self) -> Scope:
        """Return the organisation and the project, as Sentry calls them: a renamed project answers to its old slug.

        A project names its organisation. Where there is none yet, the organisation is asked, and the project that the
        settings name is the one that would be created. Raises CredentialRejected where that is not there either.
        """
        project = await self.api.look()
        if project is not None:
            return Scope({"organization": _slug(project.get("organization")), "project": str(project["slug"])})
        try:
            organization = await self.api.get(f"{self.api.organization}/")
        except NotFound as error:
            token = self.connection.name_of("token")
            raise CredentialRejected(
                f"Sentry shows this token no organisation {self.settings.organization} (404): there is none in "
                f"{self.settings.region}, or {token} may not see it",
                fix=f"check `organization:` and `region:` in environment.yaml, and whose token {token} is",
                operation=error.operation,
                status=404,
            ) from None
        return Scope({"organization": _slug(organization), "project": self.settings.project})

    def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield what is referred to by name and not managed: teams, members, integrations."""
        return self.names.list(kind)

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change)

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> SentrySandbox:
        """Return the simulator of Sentry, ready to be entered."""
        from reconciler_sentry.sandbox import SentrySandbox

        return SentrySandbox(request)


def _slug(organization: Any) -> str:
    slug = organization.get("slug") if isinstance(organization, Mapping) else None
    if not slug:
        raise ProtocolError("Sentry does not say whose project this is", fix="run it again")
    return str(slug)
