"""What official clients call around buckets: zones, token verification, notifications, sippy, temporary credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler_cloudflare.sandbox import checking
from reconciler_cloudflare.sandbox.buckets import BASE, bucket_of
from reconciler_cloudflare.sandbox.envelope import Refusal, body_of, failure, route, success
from reconciler_cloudflare.sandbox.store import Json, Store, Zone

NOTIFICATIONS = "/accounts/{account}/event_notifications/r2/{bucket}/configuration"
WRITE_ONLY = ("secretAccessKey", "privateKey", "accountKey", "sasToken", "clientEmail")
CREATED = "2014-01-01T05:20:00.12345Z"


class Around:
    """These endpoints. `token_status` is what a verified token is said to be."""

    def __init__(self, store: Store, token_status: Callable[[], str]) -> None:
        self.store = store
        self.token_status = token_status

    def routes(self) -> list[Route]:
        """Return them; the last one is for every other path."""
        rate = self.store.rate
        queue = NOTIFICATIONS + "/queues/{queue}"
        return [
            route("/user/tokens/verify", rate, get=self.verify),
            route("/accounts/{account}/tokens/verify", rate, get=self.foreign_verify),
            route("/accounts/{account}", rate, get=self.account),
            route("/zones", rate, get=self.zones),
            route("/zones/{zone}", rate, get=self.zone),
            route(BASE + "/{bucket}/sippy", rate, get=self.sippy, put=self.put_sippy, delete=self.clear_sippy),
            route("/accounts/{account}/r2/temp-access-credentials", rate, post=self.credentials),
            route(NOTIFICATIONS, rate, get=self.queues),
            route(queue, rate, get=self.queue, put=self.add_rules, delete=self.drop_rules),
            route("/{path:path}", rate, get=self.nothing, post=self.nothing, put=self.nothing, delete=self.nothing),
        ]

    async def verify(self, request: Request) -> Json:
        """Say what the token is: here, one of a user."""
        return {"id": self.store.made_id("token"), "status": self.token_status()}

    async def foreign_verify(self, request: Request) -> Json:
        """Refuse: tokens of an account are verified here, and this one is of a user."""
        raise Refusal(401, 1000, "Invalid API Token")

    async def account(self, request: Request) -> Json:
        """Read the account."""
        return {"id": self.store.account, "name": "AI Gurus", "type": "standard", "created_on": CREATED}

    async def zones(self, request: Request) -> Response:
        """One page of zones, 20 unless asked for other sizes, 50 at most."""
        query = request.query_params
        found = [z for z in self.store.zones if query.get("name", z.name) == z.name]
        found = [z for z in found if query.get("status", z.status) == z.status]
        if query.get("account.id", self.store.account) != self.store.account:
            found = []
        size, page = _number(query, "per_page", 20), _number(query, "page", 1)
        if not 5 <= size <= 50:
            raise checking.wrong("per_page", "must be 5 to 50")
        shown = [self._zone(z) for z in found[(page - 1) * size : page * size]]
        info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(found)}
        return success(shown, {**info, "total_pages": ceil(len(found) / size)})

    async def zone(self, request: Request) -> Json:
        """Read one zone."""
        found = self.store.zone(request.path_params["zone"])
        if found is None:
            raise Refusal(404, 7003, "Could not route to the zone, perhaps your object identifier is invalid?")
        return self._zone(found)

    def _zone(self, zone: Zone) -> Json:
        return {
            "id": zone.id,
            "name": zone.name,
            "status": zone.status,
            "paused": False,
            "type": "full",
            "development_mode": 0,
            "name_servers": ["bob.ns.cloudflare.com", "lola.ns.cloudflare.com"],
            "original_name_servers": ["ns1.example.com", "ns2.example.com"],
            "original_registrar": None,
            "original_dnshost": None,
            "created_on": CREATED,
            "modified_on": CREATED,
            "activated_on": CREATED,
            "account": {"id": self.store.account, "name": "AI Gurus"},
            "owner": {"id": self.store.account, "type": "organization", "name": "AI Gurus"},
            "meta": {"phishing_detected": False},
        }

    async def sippy(self, request: Request) -> Json:
        """Read the migration settings. Secrets never come back."""
        return bucket_of(self.store, request).sippy

    async def put_sippy(self, request: Request) -> Json:
        """Set them."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        for name in ("source", "destination"):
            if not isinstance(body.get(name), Mapping):
                raise checking.wrong(name, "must be an object")
        source = {k: v for k, v in body["source"].items() if k not in WRITE_ONLY and k != "accessKeyId"}
        destination = {"provider": "r2", "account": self.store.account, "bucket": bucket.name}
        bucket.sippy = {"enabled": True, "source": source, "destination": destination}
        return bucket.sippy

    async def clear_sippy(self, request: Request) -> Json:
        """Switch it off."""
        bucket = bucket_of(self.store, request)
        bucket.sippy = {"enabled": False}
        return bucket.sippy

    async def credentials(self, request: Request) -> Json:
        """Make temporary credentials: nothing that stays."""
        body = await body_of(request)
        for name in ("bucket", "parentAccessKeyId", "permission", "ttlSeconds"):
            if name not in body:
                raise checking.wrong(name, "is required")
        made = self.store.made_id(f"credentials {body['bucket']}")
        return {"accessKeyId": made, "secretAccessKey": made * 2, "sessionToken": f"session-{made}"}

    async def queues(self, request: Request) -> Json:
        """Read all notification rules of a bucket, by queue."""
        bucket = bucket_of(self.store, request)
        shown = [self._queue(queue, rules) for queue, rules in bucket.queues.items()]
        if not shown:
            raise Refusal(404, 11015, "workers.api.error.no_configs_found_for_bucket")
        return {"bucketName": bucket.name, "queues": shown}

    async def queue(self, request: Request) -> Json:
        """Read the rules of one queue."""
        bucket, queue = bucket_of(self.store, request), request.path_params["queue"]
        if queue not in bucket.queues:
            raise Refusal(404, 11015, "workers.api.error.no_configs_found_for_bucket")
        return self._queue(queue, bucket.queues[queue])

    def _queue(self, queue: str, rules: list[Json]) -> Json:
        return {"queueId": queue, "queueName": f"queue-{queue[:8]}", "rules": rules}

    async def add_rules(self, request: Request) -> Json:
        """Add rules: nothing is replaced, and one that overlaps with another is refused."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.NOTIFICATIONS(body, "")
        rules = bucket.queues.setdefault(request.path_params["queue"], [])
        for number, rule in enumerate(body["rules"], len(rules)):
            if any(_overlap(rule, other) for other in rules):
                raise Refusal(409, 11020, "workers.api.error.event_notification_rules_overlap")
            made = self.store.made_id(f"rule {bucket.id} {number}")
            rules.append({**rule, "ruleId": made, "createdAt": self.store.now().isoformat()})
        return {}

    async def drop_rules(self, request: Request) -> Json:
        """Remove the rules that are named; without a body, all of them."""
        bucket, queue = bucket_of(self.store, request), request.path_params["queue"]
        named = (await body_of(request)).get("ruleIds") if await request.body() else None
        kept = [r for r in bucket.queues.get(queue, ()) if named is not None and r["ruleId"] not in named]
        bucket.queues.pop(queue, None)
        if kept:
            bucket.queues[queue] = kept
        return {}

    async def nothing(self, request: Request) -> Response:
        """Say that there is no such path."""
        return failure(404, 7000, "No route for that URI")


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rules tell of the same event. Missing and empty prefixes and suffixes are equal."""
    prefixes, suffixes = ([r.get(name) or "" for r in (one, other)] for name in ("prefix", "suffix"))
    near = prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0])
    far = suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0])
    return bool(set(one["actions"]) & set(other["actions"]) and near and far)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    given = query.get(name, str(default))
    if not given.isdecimal() or int(given) < 1:
        raise checking.wrong(name, "must be a whole number from 1 on")
    return int(given)
