"""A Cloudflare account of the simulator, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from reconciler.sandbox import SimulatedApp
from reconciler.testing import Account, FakeClock, Harness, virtual_runtime
from reconciler_cloudflare.models import Bucket
from reconciler_cloudflare.provider import Cloudflare
from reconciler_cloudflare.sandbox.api import CloudflareApi
from reconciler_cloudflare.sandbox.store import Store

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "cloudflare-test-token-0123456789abcdef"
BASE = "https://api.cloudflare.com/client/v4"


class CloudflareAccount(Account):
    """A simulated account. `put`, `get` and `post` act on a bucket as the dashboard does."""

    api_of: CloudflareApi
    store: Store
    clock: FakeClock

    @property
    def zone(self) -> str:
        """The id of the zone aigurus.com."""
        return self.store.zones[0].id

    async def dashboard(
        self, method: str, part: str, body: Any = None, *, jurisdiction: str = "default", status: int = 200
    ) -> Any:
        """Send a request below the account's buckets, and return `result`."""
        path = f"/client/v4/accounts/{ACCOUNT}/r2/buckets{part}"
        found = await self.api(method, path, body, status, headers={"cf-r2-jurisdiction": jurisdiction})
        return found["result"]

    def cdn(self, **more: Any) -> Mapping[str, Any]:
        """Return the YAML of a custom domain, its zone as the id it resolves to."""
        return {"domain": "cdn.aigurus.com", "zone": self.zone, "minTLS": "1.2", **more}

    async def public(self, handle: str = "public", **more: Any) -> Any:
        """Create a bucket that is public through its domain, and let its domain become active."""
        fields = {"access": "public-cdn", "custom_domains": [self.cdn()], **more}
        await self.create("buckets", handle, fields)
        self.clock.advance(60)
        return (await self.listed("buckets"))[more.get("name", handle)]

    def sent(self, *methods: str) -> list[str]:
        """Return `METHOD part` of what the provider sent so far with these methods."""
        prefix = f"/client/v4/accounts/{ACCOUNT}/r2/buckets"
        return [f"{s.method} {s.path.removeprefix(prefix)}" for s in self.wire.sent if s.method in methods]


def harness_of(api: CloudflareApi, clock: FakeClock, **settings: Any) -> Harness:
    return Harness(
        Cloudflare,
        (Bucket,),
        settings={"account_id": ACCOUNT, "rate": "none", **settings},
        environ={"CLOUDFLARE_API_TOKEN": TOKEN},
        transport=httpx.ASGITransport(SimulatedApp(api)),
        runtime=virtual_runtime(clock),
    )


@pytest.fixture
async def account() -> AsyncIterator[CloudflareAccount]:
    clock = FakeClock()
    api = CloudflareApi(Store(ACCOUNT, clock.now), TOKEN)
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with CloudflareAccount.open(harness_of(api, clock), base_url=BASE, headers=headers) as made:
        made.api_of, made.store, made.clock = api, api.store, clock
        yield made
