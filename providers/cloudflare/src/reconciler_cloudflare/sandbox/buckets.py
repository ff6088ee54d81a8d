"""Buckets of the simulated account: list, create, read, change the storage class, delete."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler_cloudflare.sandbox import checking
from reconciler_cloudflare.sandbox.envelope import Refusal, body_of, route, success
from reconciler_cloudflare.sandbox.store import Bucket, Json, Store

BASE = "/accounts/{account}/r2/buckets"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def jurisdiction_of(request: Request) -> str:
    """Return the jurisdiction that a request is about."""
    found = request.headers.get("cf-r2-jurisdiction", "default")
    checking.one_of(*checking.JURISDICTIONS)(found, "cf-r2-jurisdiction")
    return found


def bucket_of(store: Store, request: Request) -> Bucket:
    """Return the bucket that a request names, under the jurisdiction of its header."""
    return store.get(request.path_params["bucket"], jurisdiction_of(request))


class Buckets:
    """The endpoints of buckets themselves."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[Route]:
        """Return them."""
        rate = self.store.rate
        return [
            route(BASE, rate, get=self.many, post=self.create),
            route(BASE + "/{bucket}", rate, get=self.one, patch=self.change, delete=self.delete),
        ]

    async def many(self, request: Request) -> Response:
        """One page, by name. The default of 20 is small: who ignores the cursor misses buckets."""
        query, where = request.query_params, jurisdiction_of(request)
        size = _page_size(query.get("per_page"))
        after = _opened(query["cursor"]) if query.get("cursor") else query.get("start_after", "")
        down = query.get("direction") == "desc"
        found = sorted(
            (b for b in self.store.buckets.values() if b.jurisdiction == where),
            key=lambda bucket: bucket.name,
            reverse=down,
        )
        found = [b for b in found if query.get("name_contains", "") in b.name]
        if after:
            found = [b for b in found if (b.name < after if down else b.name > after)]
        page = found[: min(size, self.store.most_per_page)]
        info: Json = {"per_page": size}
        if len(page) < len(found):
            info["cursor"] = _sealed(page[-1].name)
        # Listed in capitals: clients have met both.
        shown = [{**self._shown(bucket), "location": bucket.location.upper()} for bucket in page]
        return success({"buckets": shown}, info)

    async def create(self, request: Request) -> Json:
        """Make a bucket. It is private, and has one lifecycle rule."""
        body = await body_of(request)
        checking.NEW_BUCKET(body, "")
        if not NAME.fullmatch(body["name"]):
            raise Refusal(400, 10005, "The specified bucket name is not valid.")
        where = jurisdiction_of(request)
        made = self.store.create(body["name"], where, body.get("locationHint"), body.get("storageClass", "Standard"))
        return self._shown(made)

    async def one(self, request: Request) -> Json:
        """Read a bucket."""
        return self._shown(bucket_of(self.store, request))

    async def change(self, request: Request) -> Json:
        """Change the storage class, which is in a header: there is no body."""
        bucket = bucket_of(self.store, request)
        wanted = request.headers.get("cf-r2-storage-class")
        checking.one_of(*checking.CLASSES)(wanted, "cf-r2-storage-class")
        bucket.storage_class = str(wanted)
        return self._shown(bucket)

    async def delete(self, request: Request) -> Json:
        """Delete a bucket without objects, unfinished uploads and notification rules."""
        bucket = bucket_of(self.store, request)
        if bucket.objects or bucket.uploads or any(bucket.queues.values()):
            raise Refusal(409, 10008, "The bucket you tried to delete is not empty.")
        del self.store.buckets[bucket.jurisdiction, bucket.name]
        return {}

    def _shown(self, bucket: Bucket) -> Json:
        shown = {
            "name": bucket.name,
            "creation_date": bucket.created.isoformat().replace("+00:00", "Z"),
            "location": bucket.location,
            "storage_class": bucket.storage_class,
            "jurisdiction": bucket.jurisdiction,
        }
        return {**shown, **bucket.extra}


def _page_size(given: str | None) -> int:
    if given is None:
        return 20
    if not given.isdecimal() or not 1 <= int(given) <= 1000:
        raise checking.wrong("per_page", "must be 1 to 1000")
    return int(given)


def _sealed(after: str) -> str:
    return "1-" + base64.urlsafe_b64encode(json.dumps({"startAfter": after}).encode()).decode()


def _opened(cursor: str) -> str:
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(cursor.removeprefix("1-")))["startAfter"]
        return str(found)
    except (ValueError, LookupError, TypeError):
        raise checking.wrong("cursor", "is not valid") from None
