"""The simulator of Cloudflare R2, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from reconciler import Resource, Runtime, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.sandbox.api import CloudflareApi
from reconciler_cloudflare.sandbox.edits import Dashboard
from reconciler_cloudflare.sandbox.reads import expected_reads
from reconciler_cloudflare.sandbox.store import Store


class CloudflareSandbox(HttpSandbox):
    """One simulated account, with the id that the settings name and the zones that desired state refers to.

    Only the exported token opens it. The documented limit of 1200 requests in five minutes is enforced.
    """

    api: CloudflareApi

    def __init__(self, request: SandboxRequest) -> None:
        """Prepare it; nothing is served yet."""
        settings = request.settings
        if not isinstance(settings, CloudflareSettings):
            raise TypeError(f"these are not settings of Cloudflare: {type(settings).__name__}")
        self.settings = settings
        self.variable = settings.token.name if isinstance(settings.token, SecretRef) else "CLOUDFLARE_API_TOKEN"
        account = settings.account_id
        self.zones = tuple(request.needs.get("zones", ()))
        self.store = Store(account, Runtime().now, seed=request.seed, zones=self.zones)
        made = hashlib.sha256(f"{request.seed}:{request.instance}".encode()).hexdigest()
        super().__init__(
            CloudflareApi(self.store, f"sandbox-cloudflare-{made[:32]}"),
            request,
            title=f"Cloudflare R2 simulator (account {account})",
        )

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address, base path included, and the token."""
        return {"CLOUDFLARE_API_URL": f"{url}/client/v4", self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the dashboard to what is desired."""
        return Dashboard(self.app, self.store, self.api.token).edits(desired)

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.store, self.settings, bool(self.zones), collections)
