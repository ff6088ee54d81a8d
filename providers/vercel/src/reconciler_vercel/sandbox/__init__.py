"""The simulator of Vercel, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from reconciler import Resource, Runtime, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_vercel.models import VercelSettings
from reconciler_vercel.sandbox.api import VercelApi
from reconciler_vercel.sandbox.edits import Dashboard
from reconciler_vercel.sandbox.reads import expected_reads
from reconciler_vercel.sandbox.store import Store


class VercelSandbox(HttpSandbox):
    """A simulated team with the project that the settings and `expect:` name, deployed once. One token opens it."""

    api: VercelApi

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        own = settings if isinstance(settings, VercelSettings) else VercelSettings()
        expected = dict(own.expect or {})
        self.variable = own.token.name if isinstance(own.token, SecretRef) else "VERCEL_TOKEN"
        named = own.project or ""
        self.project = expected.get("project") or ("ai-gurus-lms" if named.startswith("prj_") else named) or None
        project_id = expected.get("project_id") or (named if named.startswith("prj_") else "")
        team = own.team or "ai-gurus"
        team_id = expected.get("team_id") or (team if team.startswith("team_") else "team_sandbox")
        self.store = Store(
            now=Runtime().now,
            team_id=team_id,
            slug=expected.get("team") or ("ai-gurus" if team.startswith("team_") else team),
            projects={self.project: project_id} if self.project else {},
            seed=request.seed,
            deployed=True,
        )
        digest = hashlib.sha256(f"{request.seed}:vercel:{request.instance}".encode()).hexdigest()
        api = VercelApi(self.store, f"sandboxvercel{digest[:24]}")  # the CLI takes no token with a "-" in it
        super().__init__(
            api, request, title=f"Vercel simulator (team {self.store.slug}, project {self.project or '-'})"
        )

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address and the token."""
        return {"VERCEL_API_URL": url, self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the dashboard to what is desired."""
        return Dashboard(self.app, self.store, self.api.token, self.project).edits(desired) if self.project else ()

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.store, collections, self.project)
