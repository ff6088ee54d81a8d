"""What the simulated account holds: buckets by jurisdiction and name, zones, and switches for bad days."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from reconciler_cloudflare.sandbox.envelope import RateWindow, Refusal

Json: TypeAlias = dict[str, Any]
DEFAULT_RULE = "Default Multipart Abort Rule"
OWNERSHIP_AFTER, SSL_AFTER = 4, 5  # reads until an attached domain serves: clients that wait do so by reading


@dataclass
class Domain:
    """A custom domain of a bucket."""

    domain: str
    zone_id: str
    enabled: bool
    min_tls: str
    ciphers: list[str]
    reads: int = 0


@dataclass
class Bucket:
    """One bucket with all that its endpoints show. `objects` and `uploads` count what keeps it from being deleted."""

    name: str
    jurisdiction: str
    location: str
    storage_class: str
    created: datetime
    id: str
    public: bool = False  # the managed r2.dev domain
    domains: dict[str, Domain] = field(default_factory=dict)
    cors: list[Json] = field(default_factory=list)
    lifecycle: list[Json] = field(default_factory=list)
    lock: list[Json] = field(default_factory=list)
    sippy: Json = field(default_factory=lambda: {"enabled": False})
    queues: dict[str, list[Json]] = field(default_factory=dict)
    objects: int = 0
    uploads: int = 0
    extra: Json = field(default_factory=dict)  # what the vendor adds without notice

    @property
    def managed_domain(self) -> str:
        """The r2.dev domain, enabled or not."""
        return f"pub-{self.id}.r2.dev"


@dataclass
class Zone:
    """A zone of the account. `held`: an Enterprise zone hold blocks the activation of domains."""

    name: str
    id: str
    status: str = "active"
    held: bool = False


class Store:
    """The state of one account, with the switches that tests turn."""

    def __init__(
        self, account: str, now: Callable[[], datetime], *, seed: int = 0, zones: Sequence[str] = ("aigurus.com",)
    ) -> None:
        self.account = account
        self.now = now
        self.seed = seed
        self.named_zones = tuple(zones)
        self.rate = RateWindow(now)
        self.most_per_page = 1000
        self.entitled = True
        self.degraded: set[str] = set()  # domains whose certificates cannot be told
        self.fills_cors_ids = False
        self.reverses_sets = False  # lists that are sets come back in another order
        self.reset()

    def reset(self) -> None:
        """Start again: no buckets, the zones that were asked for."""
        self.buckets: dict[tuple[str, str], Bucket] = {}
        self.first_locations: dict[tuple[str, str], str] = {}
        self.zones = [Zone(name, self.made_id(f"zone {name}")) for name in self.named_zones]

    def made_id(self, what: str) -> str:
        """Return 32 hexadecimal digits, the same for the same thing."""
        return hashlib.sha256(f"{self.seed}:{what}".encode()).hexdigest()[:32]

    def create(self, name: str, jurisdiction: str, location: str | None, storage_class: str) -> Bucket:
        """Make a bucket. Deleting and making it again keeps the first location of the name."""
        key = (jurisdiction, name)
        if key in self.buckets:
            raise Refusal(409, 10073, "The bucket you tried to create already exists, and you own it.")
        first = self.first_locations.setdefault(key, location or "enam")
        made = Bucket(name, jurisdiction, first, storage_class, self.now(), self.made_id(f"{jurisdiction}/{name}"))
        made.lifecycle.append(
            {
                "id": DEFAULT_RULE,
                "enabled": True,
                "conditions": {"prefix": ""},
                "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
            }
        )
        self.buckets[key] = made
        return made

    def get(self, name: str, jurisdiction: str) -> Bucket:
        """Return a bucket, found only under its own jurisdiction."""
        found = self.buckets.get((jurisdiction, name))
        if found is None:
            raise Refusal(404, 10006, "The specified bucket does not exist.")
        return found

    def zone(self, zone_id: str) -> Zone | None:
        """Return a zone of the account by its id."""
        return next((zone for zone in self.zones if zone.id == zone_id), None)

    def holder(self, domain: str) -> Bucket | None:
        """Return the bucket that a domain leads to."""
        return next((bucket for bucket in self.buckets.values() if domain in bucket.domains), None)

    def settle(self) -> None:
        """Let every attached domain serve from the next read on."""
        for bucket in self.buckets.values():
            for domain in bucket.domains.values():
                domain.reads = SSL_AFTER

    def read_domain(self, domain: Domain) -> Json:
        """Return a custom domain as it reads now, which brings it nearer to serving."""
        domain.reads += 1
        return self.shown_domain(domain)

    def shown_domain(self, domain: Domain) -> Json:
        """Return a custom domain: its status moves with each read, and may not be known."""
        zone = self.zone(domain.zone_id)
        shown: Json = {"domain": domain.domain, "enabled": domain.enabled, "zoneId": domain.zone_id}
        if domain.domain in self.degraded:
            unknown = {"ownership": "unknown", "ssl": "unknown"}
            return {**shown, "status": unknown, "zoneName": None, "minTLS": None}
        owned, certified = domain.reads > OWNERSHIP_AFTER, domain.reads > SSL_AFTER
        ownership = "blocked" if zone and zone.held else "active" if owned else "pending"
        ssl = "active" if certified else "pending" if owned else "initializing"
        shown |= {"status": {"ownership": ownership, "ssl": ssl}, "zoneName": zone.name if zone else None}
        shown["minTLS"] = domain.min_tls
        if domain.ciphers:
            shown["ciphers"] = domain.ciphers
        return shown

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind."""
        return {
            "buckets": [self._whole(bucket) for _, bucket in sorted(self.buckets.items())],
            "zones": [{"id": zone.id, "name": zone.name, "status": zone.status} for zone in self.zones],
        }

    def _whole(self, bucket: Bucket) -> Json:
        return {
            "name": bucket.name,
            "jurisdiction": bucket.jurisdiction,
            "location": bucket.location,
            "storage_class": bucket.storage_class,
            "creation_date": bucket.created.isoformat(),
            "managed": {"domain": bucket.managed_domain, "enabled": bucket.public},
            "domains": [self.shown_domain(domain) for domain in bucket.domains.values()],
            "cors": bucket.cors,
            "lifecycle": bucket.lifecycle,
            "lock": bucket.lock,
            "sippy": bucket.sippy,
            "queues": bucket.queues,
        }
