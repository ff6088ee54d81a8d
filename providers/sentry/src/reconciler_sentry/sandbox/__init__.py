"""The simulator of Sentry, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconciler import Resource, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_sentry.models import SentrySettings
from reconciler_sentry.sandbox.app import ORGANIZATION, PROJECT, SentryApi, new_store
from reconciler_sentry.sandbox.edits import Browser
from reconciler_sentry.sandbox.reads import expected_reads


class SentrySandbox(HttpSandbox):
    """One simulated organisation with the project that the settings name. Only the exported token opens it."""

    api: SentryApi

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        own = settings if isinstance(settings, SentrySettings) else None
        secret = own.token if own else None
        self.variable = secret.name if isinstance(secret, SecretRef) else "SENTRY_AUTH_TOKEN"
        expected = settings.expect or {}
        self.project = expected.get("project") or (own.project if own else PROJECT)
        self.store = new_store(
            organization=expected.get("organization") or (own.organization if own else ORGANIZATION),
            project=self.project,
            region=own.region if own else "us",
            seed=request.seed,
            needs=request.needs,
        )
        token = f"sntrys_{self.store.made_up(f'token of {request.instance}', 40)}"
        title = f"Sentry simulator (organisation {self.store.organization})"
        super().__init__(SentryApi(self.store, token), request, title=title)

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address, which takes the place of the whole base URL, and the token."""
        return {"SENTRY_API_URL": f"{url}/api/0", self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the browser to what is desired."""
        return Browser(self.app, self.store, self.api.token).edits(desired)

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.store, self.project, collections)
