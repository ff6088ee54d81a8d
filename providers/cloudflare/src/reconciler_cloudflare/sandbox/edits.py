"""Somebody at the Cloudflare dashboard: hand edits of a simulated account, made through the API itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_cloudflare.sandbox.store import Store

SHARED = "tmp-share"


class Dashboard:
    """Finds what can be edited in the applied state, and edits it."""

    def __init__(self, app: ASGIApp, store: Store, token: str) -> None:
        self.app = app
        self.token = token
        self.path = f"/client/v4/accounts/{store.account}/r2/buckets"

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return the edits: a private bucket is made public, CORS is opened to all, and a public bucket appears."""
        found = []
        buckets = sorted((r for r in desired if r.address.collection == "buckets"), key=lambda r: r.address)
        for resource in [b for b in buckets if b.spec.get("access") == "private"][:1]:
            title = f"In the dashboard, somebody switches the r2.dev address of {resource.identity[0]} on."
            found.append(self._edit(resource, title, "domains/managed", {"enabled": True}, "access"))
        for resource in [b for b in buckets if b.spec.get("cors")][:1]:
            title = f"In the dashboard, somebody lets every website read {resource.identity[0]}."
            rules = {"rules": [{"allowed": {"methods": ["GET"], "origins": ["*"]}}]}
            found.append(self._edit(resource, title, "cors", rules, "cors"))
        title = f"In the dashboard, somebody makes a bucket {SHARED} and opens it to everybody."
        return [*found, HandEdit(title, self._share, (SHARED,), stays=True)]

    def _edit(self, resource: Resource, title: str, part: str, body: Any, field: str) -> HandEdit:
        name, jurisdiction = resource.identity

        async def perform() -> None:
            await self._send("PUT", f"/{name}/{part}", body, jurisdiction)

        return HandEdit(title, perform, (str(resource.address), field))

    async def _share(self) -> None:
        await self._send("POST", "", {"name": SHARED})
        await self._send("PUT", f"/{SHARED}/domains/managed", {"enabled": True})

    async def _send(self, method: str, part: str, body: Any, jurisdiction: str = "default") -> None:
        headers = {"authorization": f"Bearer {self.token}", "cf-r2-jurisdiction": jurisdiction}
        answer = await call(self.app, method, self.path + part, body, headers=headers)
        if answer.status_code == 404:
            raise LookupError("the simulated account has no such bucket: apply first")
        if answer.status_code != 200:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
