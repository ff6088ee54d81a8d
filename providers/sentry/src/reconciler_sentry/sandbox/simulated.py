"""A Sentry organisation in this process, for the contract suite and for simulations."""

from __future__ import annotations

import httpx

from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_sentry.models import Alert, ClientKey, Dashboard, MetricMonitor, SentryProject
from reconciler_sentry.provider import Sentry
from reconciler_sentry.sandbox.app import SentryApp, new_store
from reconciler_sentry.sandbox.samples import SAMPLES
from reconciler_sentry.sandbox.store import Store

ORGANIZATION, PROJECT = "acme", "shop"
CREDENTIAL = "contract-token-0123456789abcdef"
NEEDS = {
    "integrations": ["slack/AI Gurus", "pagerduty/On call"],
    "actors": ["team:lms", "user:ops@example.com"],
    "teams": ["lms", "other"],
}


def organization(clock: FakeClock, seed: int = 0) -> Store:
    """Return an organisation without a project, with what the samples refer to and nobody manages."""
    return new_store(organization=ORGANIZATION, project=None, now=clock.now, seed=seed, needs=NEEDS)


def harness_on(store: Store, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on an organisation."""
    return Harness(
        Sentry,
        (SentryProject, ClientKey, MetricMonitor, Alert, Dashboard),
        settings={"organization": ORGANIZATION, "project": PROJECT, "rate": "none"},
        environ={"SENTRY_AUTH_TOKEN": CREDENTIAL},
        transport=httpx.ASGITransport(SentryApp(store, CREDENTIAL)),
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new organisation whose keys come from the seed, and its time from the clock."""
    store = organization(clock, seed)
    return Simulated(harness_on(store, clock, seed), SAMPLES, store.state)
