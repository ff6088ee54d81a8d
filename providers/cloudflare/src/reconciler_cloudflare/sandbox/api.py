"""The simulated API: one account, the token that opens it, and what that token may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox import SimulatedApi, Trouble, reads_only
from reconciler_cloudflare.sandbox.around import Around
from reconciler_cloudflare.sandbox.buckets import Buckets
from reconciler_cloudflare.sandbox.envelope import failure
from reconciler_cloudflare.sandbox.faces import Faces
from reconciler_cloudflare.sandbox.rules import Rules
from reconciler_cloudflare.sandbox.store import Store

READ, WRITE, ZONES = "Workers R2 Storage Read", "Workers R2 Storage Write", "Zone Read"
_ACCOUNT = re.compile(r"/client/v4/accounts/([^/]+)(/.*)?")


class CloudflareApi(SimulatedApi):
    """One account. `groups` are the permission groups of the token, `status` is what verification says of it."""

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token
        self.groups = {READ, WRITE, ZONES}
        self.status = "active"

    def routes(self) -> Sequence[BaseRoute]:
        """Return all paths."""
        parts = (Buckets, Faces, Rules)
        around = Around(self.store, lambda: self.status)
        return [*(r for part in parts for r in part(self.store).routes()), *around.routes()]

    def state(self) -> Mapping[str, Any]:
        """Return every object, by kind."""
        return self.store.state()

    def reset(self) -> None:
        """Start again without buckets."""
        self.store.reset()

    def denied(self, request: Request) -> Response | None:
        """Return the answer to a wrong token, a wrong account, a missing permission, or an account without R2."""
        path = request.url.path
        if "authorization" not in request.headers:
            return failure(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        wrong = super().denied(request)
        if path.endswith("/tokens/verify"):
            return failure(401, 1000, "Invalid API Token") if wrong else None
        if wrong or self.status != "active":
            return wrong or failure(403, 9109, "Invalid access token")
        of_account = _ACCOUNT.fullmatch(path)
        if of_account and of_account[1] != self.store.account:
            return failure(403, 10000, "Authentication error")
        groups = {READ, ZONES} if reads_only(request) else self.groups
        if path.startswith("/client/v4/zones"):
            return None if ZONES in groups else failure(403, 10000, "Authentication error")
        if of_account and not groups & ({READ, WRITE} if request.method in ("GET", "HEAD") else {WRITE}):
            return failure(403, 10000, "Authentication error")
        if of_account and "/r2/" in path and not self.store.entitled:
            return failure(403, 10042, "Please enable R2 through the Cloudflare Dashboard.")
        return None

    def beyond_reading(self, request: Request) -> Response | None:
        """Leave it to the permission groups: such a token has those to read."""
        return None

    def refusal(self, trouble: Trouble, wait: int) -> Response:
        """Return the error bodies of the vendor."""
        match trouble:
            case "unauthorized":
                return failure(401, 10000, "Authentication error")
            case "limited":
                headers = {"retry-after": str(wait), "x-ratelimit-remaining": "0"}
                return failure(429, 10058, "Too many requests", headers)
            case "down":
                return failure(503, 10043, "Service unavailable. Please try again later.")
            case "broken":
                return failure(500, 10001, "We encountered an internal error. Please try again.")
