"""A Cloudflare account in this process, for the contract suite and for simulations."""

from __future__ import annotations

import httpx

from reconciler.sandbox import SimulatedApp
from reconciler.testing import FakeClock, Harness, Simulated, virtual_runtime
from reconciler_cloudflare.models import Bucket
from reconciler_cloudflare.provider import Cloudflare
from reconciler_cloudflare.sandbox.api import CloudflareApi
from reconciler_cloudflare.sandbox.samples import SAMPLES
from reconciler_cloudflare.sandbox.store import Store

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
CREDENTIAL = "contract-token-0123456789abcdef"


def account(clock: FakeClock, seed: int = 0) -> CloudflareApi:
    """Return an account with the zone that the samples' domains are in."""
    return CloudflareApi(Store(ACCOUNT, clock.now, seed=seed), CREDENTIAL)


def harness_on(api: CloudflareApi, clock: FakeClock, seed: int = 0) -> Harness:
    """Return a harness on an account, which has buckets in two jurisdictions."""
    settings = {"account_id": api.store.account, "rate": "none", "jurisdictions": ["default", "eu"]}
    return Harness(
        Cloudflare,
        (Bucket,),
        settings=settings,
        environ={"CLOUDFLARE_API_TOKEN": api.token},
        transport=httpx.ASGITransport(SimulatedApp(api)),
        runtime=virtual_runtime(clock, seed=seed),
    )


def open_simulated(clock: FakeClock, seed: int) -> Simulated:
    """Return a new account whose ids come from the seed, and its time from the clock."""
    api = account(clock, seed)
    return Simulated(harness_on(api, clock, seed), SAMPLES, api.state)
