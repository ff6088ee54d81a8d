"""The simulator of GitHub, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from reconciler import Rate, Resource, Runtime, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_github.models import GitHubSettings
from reconciler_github.sandbox.app import GitHubApi
from reconciler_github.sandbox.edits import Settings
from reconciler_github.sandbox.reads import expected_reads
from reconciler_github.sandbox.store import Store

SECONDARY = Rate(per_second=15, burst=900)
"""900 points a minute: the secondary limit, reads counted."""


class GitHubSandbox(HttpSandbox):
    """One simulated repository: the one that `repository:` names. Only the exported token opens it."""

    api: GitHubApi

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        if not isinstance(settings, GitHubSettings):
            raise TypeError(f"these are not settings of GitHub: {type(settings).__name__}")
        expected = settings.expect or {}
        digest = hashlib.sha256(f"{request.seed}:{request.instance}".encode()).hexdigest()
        self.variable = settings.token.name if isinstance(settings.token, SecretRef) else "GITHUB_TOKEN"
        self.reviewers = tuple(request.needs.get("reviewers", ()))
        self.store = Store(
            expected.get("repository", settings.repository),
            repository_id=int(expected.get("id") or int(digest[:7], 16)),
            now=Runtime().now,
            seed=request.seed,
            reviewers=self.reviewers,
        )
        api = GitHubApi(self.store, f"github_pat_sandbox_{digest[7:31]}")
        super().__init__(
            api, request, title=f"GitHub simulator (repository {self.store.full_name})", documented=SECONDARY
        )

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address and the token."""
        return {"GITHUB_API_URL": url, self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the settings to what is desired."""
        return Settings(self.app, self.store, self.api.token).edits(desired)

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.store, collections, reviewers=bool(self.reviewers))
