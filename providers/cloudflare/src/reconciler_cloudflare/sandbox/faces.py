"""Public faces of the simulated buckets: the managed r2.dev domain, and custom domains that take time to serve."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from reconciler_cloudflare.sandbox import checking
from reconciler_cloudflare.sandbox.buckets import BASE, bucket_of
from reconciler_cloudflare.sandbox.envelope import Refusal, body_of, route
from reconciler_cloudflare.sandbox.store import Bucket, Domain, Json, Store


class Faces:
    """The endpoints below `domains`. Codes of refusals about domains are not documented: these are stand-ins."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[Route]:
        """Return them."""
        rate, domains = self.store.rate, BASE + "/{bucket}/domains"
        return [
            route(f"{domains}/managed", rate, get=self.managed, put=self.set_managed),
            route(f"{domains}/custom", rate, get=self.many, post=self.attach),
            route(domains + "/custom/{domain}", rate, get=self.one, put=self.change, delete=self.remove),
        ]

    async def managed(self, request: Request) -> Json:
        """Read the r2.dev domain, which always exists."""
        bucket = bucket_of(self.store, request)
        return {"bucketId": bucket.id, "domain": bucket.managed_domain, "enabled": bucket.public}

    async def set_managed(self, request: Request) -> Json:
        """Switch it on or off."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.MANAGED(body, "")
        bucket.public = body["enabled"]
        return await self.managed(request)

    async def many(self, request: Request) -> Json:
        """List custom domains: all of them, there are no pages."""
        bucket = bucket_of(self.store, request)
        return {"domains": [self.store.read_domain(domain) for domain in bucket.domains.values()]}

    async def attach(self, request: Request) -> Json:
        """Attach a domain of a zone of this account. It serves later."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.NEW_DOMAIN(body, "")
        zone, name = self.store.zone(body["zoneId"]), body["domain"]
        if zone is None or not (name == zone.name or name.endswith(f".{zone.name}")):
            raise Refusal(400, 10040, "The zone is not in this account, or the domain is not in the zone.")
        if self.store.holder(name):
            raise Refusal(409, 10409, "The custom domain is already in use.")
        if len(bucket.domains) >= 50:
            raise Refusal(400, 10009, "The bucket has as many custom domains as it may have.")
        ciphers, tls = list(body.get("ciphers", ())), body.get("minTLS", "1.0")
        bucket.domains[name] = Domain(name, zone.id, body["enabled"], tls, ciphers)
        made = {"domain": name, "enabled": body["enabled"], "zoneId": zone.id, "minTLS": tls}
        return {**made, "ciphers": ciphers} if ciphers else made

    async def one(self, request: Request) -> Json:
        """Read a domain."""
        return self.store.read_domain(self._domain(bucket_of(self.store, request), request))

    async def change(self, request: Request) -> Json:
        """Change what is sent, and keep the rest."""
        domain, body = self._domain(bucket_of(self.store, request), request), await body_of(request)
        checking.DOMAIN(body, "")
        domain.enabled = body.get("enabled", domain.enabled)
        domain.min_tls = body.get("minTLS", domain.min_tls)
        domain.ciphers = list(body.get("ciphers", domain.ciphers))
        shown = {"domain": domain.domain, "enabled": domain.enabled, "minTLS": domain.min_tls}
        return {**shown, "ciphers": domain.ciphers} if domain.ciphers else shown

    async def remove(self, request: Request) -> Json:
        """Remove a domain, at once."""
        bucket = bucket_of(self.store, request)
        domain = self._domain(bucket, request)
        del bucket.domains[domain.domain]
        return {"domain": domain.domain}

    def _domain(self, bucket: Bucket, request: Request) -> Domain:
        found = bucket.domains.get(request.path_params["domain"])
        if found is None:
            raise Refusal(404, 10404, "The custom domain does not exist.")
        return found
