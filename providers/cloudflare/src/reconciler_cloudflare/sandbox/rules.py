"""Rules of the simulated buckets: CORS, lifecycle, locks. A PUT replaces the whole list and answers with nothing."""

from __future__ import annotations

from copy import deepcopy

from starlette.requests import Request
from starlette.routing import Route

from reconciler_cloudflare.sandbox import checking
from reconciler_cloudflare.sandbox.buckets import BASE, bucket_of
from reconciler_cloudflare.sandbox.envelope import Refusal, body_of, route
from reconciler_cloudflare.sandbox.store import Json, Store


class Rules:
    """The endpoints `cors`, `lifecycle` and `lock`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[Route]:
        """Return them."""
        rate, bucket = self.store.rate, BASE + "/{bucket}"
        return [
            route(f"{bucket}/cors", rate, get=self.cors, put=self.put_cors, delete=self.clear_cors),
            route(f"{bucket}/lifecycle", rate, get=self.lifecycle, put=self.put_lifecycle),
            route(f"{bucket}/lock", rate, get=self.lock, put=self.put_lock),
        ]

    async def cors(self, request: Request) -> Json:
        """Read the CORS rules. Without any, the configuration does not exist: 404, as for a bucket that does not."""
        rules = bucket_of(self.store, request).cors
        if not rules:
            raise Refusal(404, 10059, "The CORS configuration does not exist.")
        return {"rules": [self._shown(rule) for rule in rules]}

    def _shown(self, rule: Json) -> Json:
        shown = deepcopy(rule)
        if self.store.reverses_sets:
            shown["allowed"] = {name: value[::-1] for name, value in shown["allowed"].items()}
        return shown

    async def put_cors(self, request: Request) -> Json:
        """Replace the rules. An empty list is refused: they are cleared with DELETE."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.CORS(body, "")
        bucket.cors = deepcopy(body["rules"])
        if self.store.fills_cors_ids:
            for number, rule in enumerate(bucket.cors, 1):
                rule.setdefault("id", f"rule-{number}")
        return {}

    async def clear_cors(self, request: Request) -> Json:
        """Clear the rules; where there are none, say so."""
        bucket = bucket_of(self.store, request)
        if not bucket.cors:
            raise Refusal(404, 10059, "The CORS configuration does not exist.")
        bucket.cors = []
        return {}

    async def lifecycle(self, request: Request) -> Json:
        """Read the lifecycle rules."""
        return {"rules": bucket_of(self.store, request).lifecycle}

    async def put_lifecycle(self, request: Request) -> Json:
        """Replace all lifecycle rules, the one that every new bucket has included."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.LIFECYCLE(body, "")
        checking.distinct_ids(body["rules"])
        bucket.lifecycle = deepcopy(body["rules"])
        return {}

    async def lock(self, request: Request) -> Json:
        """Read the lock rules."""
        return {"rules": bucket_of(self.store, request).lock}

    async def put_lock(self, request: Request) -> Json:
        """Replace all lock rules."""
        bucket, body = bucket_of(self.store, request), await body_of(request)
        checking.LOCK(body, "")
        checking.distinct_ids(body["rules"])
        bucket.lock = deepcopy(body["rules"])
        return {}
