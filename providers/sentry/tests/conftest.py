"""A Sentry organisation of the simulator, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import pytest

from reconciler import Kind
from reconciler.testing import Account, FakeClock, Harness, virtual_runtime
from reconciler_sentry.models import Alert, ClientKey, Dashboard, MetricMonitor, SentryProject
from reconciler_sentry.provider import Sentry
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.store import Store

TOKEN = "sntrys_sandbox-0123456789abcdef"
BASE = "https://us.sentry.io/api/0"
KINDS: tuple[type[Kind], ...] = (SentryProject, ClientKey, MetricMonitor, Alert, Dashboard)
NEEDS = {
    "integrations": ["slack/AI Gurus", "pagerduty/On call"],
    "actors": ["team:lms", "user:ops@example.com", "issue_owners"],
    "teams": ["lms"],
}
MONITOR = {
    "config": {"detectionType": "static"},
    "dataSources": [{"aggregate": "count()", "dataset": "events", "eventTypes": ["error"], "timeWindow": "1h"}],
    "conditionGroup": {
        "conditions": [
            {"type": "gt", "comparison": 9, "conditionResult": 75},
            {"type": "lte", "comparison": 5, "conditionResult": 0},
        ]
    },
}
SETTINGS = {"organization": "ai-gurus", "project": "ai-gurus-lms", "rate": "none"}


class SentryAccount(Account):
    """A simulated organisation with a connected provider."""

    app: SentryApp
    clock: FakeClock

    @property
    def store(self) -> Store:
        return self.app.store

    async def named(self, kind: str, name: str) -> str:
        """Return the id of something that is referred to by name."""
        found: dict[str, str] = {o.name: o.id async for o in self.provider.externals(kind)}
        return found[name]

    async def one_of_each(self) -> dict[str, Any]:
        """Create something of every kind that is created in a project, and return what became of it."""
        alert = {"config": {"frequency": 5}, "project_monitors": ["error"]}
        return {
            "client_keys": await self.create("client_keys", "k", {"isActive": False}),
            "metric_monitors": await self.create("metric_monitors", "m", MONITOR),
            "alerts": await self.create("alerts", "a", alert),
            "dashboards": await self.create("dashboards", "d", {}),
        }

    def kept(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return the one object of a kind that the organisation has with these values."""
        fits = [o for o in self.store.all(kind) if all(o.get(k) == v for k, v in fields.items())]
        assert len(fits) == 1, f"{len(fits)} {kind} have {fields}"
        return fits[0]


def harness_of(app: SentryApp, clock: FakeClock, **more: Any) -> Harness:
    """Return a harness on a simulated organisation."""
    settings: Mapping[str, Any] = {**SETTINGS, **more}
    return Harness(
        Sentry,
        KINDS,
        settings=settings,
        environ={"SENTRY_AUTH_TOKEN": TOKEN},
        transport=httpx.ASGITransport(app),
        runtime=virtual_runtime(clock),
    )


@pytest.fixture
async def account() -> AsyncIterator[SentryAccount]:
    clock = FakeClock()
    app = SentryApp(new_store(now=clock.now, needs=NEEDS), TOKEN)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with SentryAccount.open(harness_of(app, clock), base_url=BASE, headers=headers) as made:
        assert isinstance(made, SentryAccount)
        made.app, made.clock = app, clock
        yield made


@pytest.fixture(scope="session")
def on_simulator() -> Callable[..., Harness]:
    """Return `harness_of`, for tests that need an organisation of their own."""
    return harness_of
