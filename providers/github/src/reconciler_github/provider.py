"""GitHub as the engine sees it: one repository, as one token sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler import (
    Change,
    CredentialRejected,
    Denied,
    ExternalObject,
    HttpProvider,
    KindCalls,
    NotFound,
    Preview,
    ProviderError,
    SandboxRequest,
    Scope,
)
from reconciler_github import judge, notes
from reconciler_github.calls.actions import Secrets, Variables
from reconciler_github.calls.environments import Environments
from reconciler_github.calls.people import REVIEWERS, reviewers
from reconciler_github.calls.repository import Repository
from reconciler_github.calls.rulesets import Rulesets
from reconciler_github.convert.payloads import promised
from reconciler_github.models import GitHubSettings

if TYPE_CHECKING:
    from reconciler_github.sandbox import GitHubSandbox

VERSION = "2022-11-28"


class GitHub(HttpProvider[GitHubSettings]):
    """One repository of GitHub."""

    service = "GitHub"
    settings_type = GitHubSettings
    to_get_one = "create a fine-grained personal access token for the repository (GitHub, Settings, Developer settings)"
    repository: Repository
    _in_organization: bool | None = None

    def calls_by_collection(self) -> Mapping[str, KindCalls]:
        """Return the calls of each collection."""
        self.repository = Repository(self.client, self.settings.repository)
        return {
            "rulesets": Rulesets(self.repository),
            "environments": Environments(self.repository),
            "actions_variables": Variables(self.repository),
            "actions_secrets": Secrets(self.repository),
        }

    @classmethod
    def headers(cls, settings: GitHubSettings) -> Mapping[str, str]:
        """Return what pins the API version: a later one may break."""
        return {"accept": "application/vnd.github+json", "x-github-api-version": VERSION}

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what is wrong, by field where the API tells."""
        return judge.error_text(body)

    @classmethod
    def judge(cls, denied: Denied) -> ProviderError:
        """Return what an answer means."""
        return judge.judge(denied)

    async def whoami(self) -> Scope:
        """Return the repository as the token sees it, by name and number.

        Raises:
            CredentialRejected: it is not there for this token, or it has another name now.
        """
        found = _scope(await self._repository())
        return Scope(found)

    async def _repository(self) -> Mapping[str, Any]:
        name, token = self.settings.repository, self.connection.name_of("token")
        try:
            payload = await self.repository.get(self.repository.path)
        except judge.Moved as moved:
            told = await self._name_of(moved.number)
            raise CredentialRejected(
                f"{name} is now called {told}" if told else f"{name} has another name now",
                fix=f"write `repository: {told or 'owner/name'}` in environment.yaml, and in `expect:`",
                operation=moved.operation,
                status=moved.status,
            ) from None
        except (NotFound, CredentialRejected) as error:
            if error.status != 404:
                raise
            raise CredentialRejected(
                f"GitHub shows this token no repository {name} (404): there is none, or {token} may not see it",
                fix=f"check `repository:` in environment.yaml, and give {token} access to it",
                operation=error.operation,
                status=404,
            ) from None
        self._in_organization = _is_organization(payload)
        return payload

    async def _name_of(self, number: str) -> str:
        if not number:
            return ""
        try:
            return _scope(await self.repository.get(f"/repositories/{number}"))["repository"]
        except ProviderError:
            return ""

    async def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield who can be asked to approve deployments."""
        if kind != REVIEWERS:
            return
        if self._in_organization is None:
            await self._repository()
        async for found in reviewers(self.repository, teams=bool(self._in_organization)):
            yield found

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change)

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> GitHubSandbox:
        """Return the simulator of GitHub, ready to be entered."""
        from reconciler_github.sandbox import GitHubSandbox

        return GitHubSandbox(request)


@promised("a repository")
def _scope(payload: Mapping[str, Any]) -> dict[str, str]:
    return {"repository": str(payload["full_name"]), "id": str(int(payload["id"]))}


@promised("a repository")
def _is_organization(payload: Mapping[str, Any]) -> bool:
    return bool(payload["owner"]["type"] == "Organization")
