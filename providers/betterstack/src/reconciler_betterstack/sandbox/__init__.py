"""The simulator of Better Stack Uptime, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconciler import Resource, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_betterstack.models import BetterStackSettings
from reconciler_betterstack.sandbox.app import TEAM, BetterStackApi, new_store
from reconciler_betterstack.sandbox.edits import Dashboard
from reconciler_betterstack.sandbox.reads import expected_reads


class BetterStackSandbox(HttpSandbox):
    """One simulated team: the one that `expect:` or `team:` name. Only the exported token opens it."""

    api: BetterStackApi

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        expected = (settings.expect or {}).get("team")
        named = settings.team if isinstance(settings, BetterStackSettings) else None
        secret = settings.token if isinstance(settings, BetterStackSettings) else None
        self.variable = secret.name if isinstance(secret, SecretRef) else "BETTERSTACK_API_TOKEN"
        self.store = new_store(team=expected or named or TEAM, seed=request.seed, needs=request.needs)
        api = BetterStackApi(self.store, self.store.token(f"api token of {request.instance}"))
        super().__init__(api, request, title=f"Better Stack simulator (team {self.store.team})")

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address and the token."""
        return {"BETTERSTACK_API_URL": url, self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the dashboard to what is desired."""
        return Dashboard(self.app, self.store, self.api.token).edits(desired)

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.store, collections)
