"""The simulator of Better Stack Uptime, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from reconciler import Rate, Resource, Runtime, SandboxRequest, SandboxService, SecretRef
from reconciler.asgi import serve
from reconciler.sandbox import HandEdit
from reconciler_betterstack.models import BetterStackSettings
from reconciler_betterstack.sandbox.app import TEAM, BetterStackApp, new_store
from reconciler_betterstack.sandbox.edits import Dashboard
from reconciler_betterstack.sandbox.faults import RateLimit, Troubled


class BetterStackSandbox:
    """One simulated team: entered, it serves; left, it is gone.

    The team is the one that `expect:` or `team:` name, and only the exported token opens it. A rate that is written in
    the settings is enforced. With faults, some requests go wrong, the same ones for the same seed.
    """

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        expected = (settings.expect or {}).get("team")
        named = settings.team if isinstance(settings, BetterStackSettings) else None
        secret = settings.token if isinstance(settings, BetterStackSettings) else None
        self.variable = secret.name if isinstance(secret, SecretRef) else "BETTERSTACK_API_TOKEN"
        self.store = new_store(team=expected or named or TEAM, seed=request.seed, needs=request.needs)
        self.app = BetterStackApp(self.store, self.store.token(f"api token of {request.instance}"))
        limit = RateLimit(settings.rate, Runtime().monotonic) if isinstance(settings.rate, Rate) else None
        self.served = Troubled(self.app, limit=limit, seed=request.seed if request.faults else None)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> SandboxService:
        url = await self._stack.enter_async_context(serve(self.served))
        self.store.base_url = url
        exports = {"BETTERSTACK_API_URL": url, self.variable: self.app.token}
        return SandboxService(f"Better Stack simulator (team {self.store.team})", exports)

    async def __aexit__(self, *exc: Any) -> None:
        await self._stack.aclose()

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the dashboard to what is desired."""
        return Dashboard(self.app).edits(desired)
