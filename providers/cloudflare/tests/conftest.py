"""A Cloudflare account of the simulator, and a provider connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.model import Change, Plan, Resource
from reconciler.outcome import Outcome
from reconciler.sandbox import SimulatedApp
from reconciler.testing import Account, FakeClock, Harness, Sample, virtual_runtime
from reconciler.testing.site import Site
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
        path = f"/accounts/{ACCOUNT}/r2/buckets{part}"
        found = await self.api(method, path, body, status, headers={"cf-r2-jurisdiction": jurisdiction})
        return found["result"]

    def cdn(self, **more: Any) -> Mapping[str, Any]:
        """Return the YAML of a custom domain."""
        return {"domain": "cdn.aigurus.com", "zone": "aigurus.com", "minTLS": "1.2", **more}

    def sending(self, collection: str, handle: str, fields: Mapping[str, Any]) -> Resource:
        """Return a resource ready to be sent: zones are ids, as the engine resolves them."""
        wanted = super().sending(collection, handle, fields)
        ids = {zone.name: zone.id for zone in self.store.zones}
        domains: Any = wanted.spec.get("custom_domains")
        resolved = {"custom_domains": tuple({**d, "zone": ids[d["zone"]]} for d in domains)} if domains else {}
        return replace(wanted, spec={**wanted.spec, **resolved})

    async def public(self, handle: str = "public", **more: Any) -> Any:
        """Create a bucket that is public through its domain, and let its domain become active."""
        fields = {"access": "public-cdn", "custom_domains": [self.cdn()], **more}
        await self.create("buckets", handle, fields)
        self.store.settle()
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


@dataclass
class Desk:
    """A project with buckets, planned and applied by the engine on a simulated account."""

    api: CloudflareApi
    clock: FakeClock
    site: Site
    wanted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """What the account holds."""
        return self.api.store

    def want(self, **buckets: Mapping[str, Any]) -> None:
        """Write these buckets, and no others, into desired/; `_` in a handle stands for `-`."""
        self.wanted = buckets
        self.site.desire(Sample(f"buckets/{handle.replace('_', '-')}", fields) for handle, fields in buckets.items())

    async def plan(self, *, coverage: bool = False) -> Plan:
        """Return what would be done."""
        return await self.site.plan(coverage=coverage)

    async def change(self) -> Change:
        """Return the only change of the plan."""
        (change,) = (await self.plan()).changes
        return change

    async def apply(self) -> Outcome:
        """Do what is not held."""
        return await self.site.apply()

    async def applied(self) -> None:
        """Apply; all of it has to be done, and nothing left."""
        outcome = await self.apply()
        assert [r.reason for r in outcome.results if r.status not in ("done", "already")] == []
        assert outcome.not_converged == ()
        assert (await self.plan()).changes == ()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    clock = FakeClock()
    api = CloudflareApi(Store(ACCOUNT, clock.now), TOKEN)
    return Desk(api, clock, Site(harness_of(api, clock), tmp_path))
