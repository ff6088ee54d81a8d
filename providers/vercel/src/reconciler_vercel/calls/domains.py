"""The calls for domains: two facts about each, that it is ours and that its DNS leads to Vercel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from reconciler import Live, NotFound, Resource, Update, by_cursor
from reconciler_vercel.calls.place import Place, as_object, next_page
from reconciler_vercel.convert import domains as convert
from reconciler_vercel.convert.payload import Payload
from reconciler_vercel.models import Domain
from reconciler_vercel.models.domains import is_own

PAGE = 100


class DomainCalls:
    """Domains of the instance's project."""

    def __init__(self, place: Place) -> None:
        self.place = place

    async def list(self) -> AsyncIterator[Live]:
        """Yield every domain, Vercel's own too."""
        if self.place.settings.project is None:
            return
        path = await self.place.path(9, "domains")
        query = self.place.query({"limit": PAGE})
        pages = by_cursor(self.place.client, path, params=query, items="domains", cursor=next_page, parameter="until")
        found = [payload async for payload in pages]
        for live in await asyncio.gather(*(self._live(payload) for payload in found)):
            yield live

    async def _live(self, payload: Payload) -> Live:
        """Return a domain with the state of its DNS, which another endpoint tells."""
        name = str(payload.get("name", ""))
        if is_own(name):
            return convert.to_live(payload, None)
        project = await self.place.project_id()
        return convert.to_live(payload, await self.place.get(f"/v6/domains/{name}/config", projectIdOrName=project))

    async def create(self, desired: Resource) -> Live:
        """Add a domain to the project."""
        spec = Domain.identity_fields(desired.address.handle, desired.spec)
        body = convert.body({name: value for name, value in spec.items() if value is not None})
        path = await self.place.path(10, "domains")
        return await self._live(as_object(await self.place.client.post(path, params=self.place.query(), json=body)))

    async def update(self, change: Update) -> Live:
        """Send the fields that differ."""
        path = await self.place.path(9, f"domains/{change.live.id}")
        body = convert.body(change.changed())
        answer = await self.place.client.patch(path, params=self.place.query(), json=body, idempotent=True)
        return await self._live(as_object(answer))

    async def delete(self, live: Live) -> None:
        """Take a domain off the project; already gone counts as done."""
        path = await self.place.path(9, f"domains/{live.id}")
        try:
            await self.place.client.delete(path, params=self.place.query())
        except NotFound:
            return
