"""Compute endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Live, NotFound, ProtocolError, Resource, Update
from reconciler_neon.answers import member, text_of
from reconciler_neon.convert import body_of, endpoint_live, members, merged
from reconciler_neon.models.computes import EndpointSettings
from reconciler_neon.project import ProjectApi


class EndpointCalls:
    """All endpoints of the project come in one listing; their branches are named by another."""

    def __init__(self, api: ProjectApi) -> None:
        self._api = api

    async def list(self) -> AsyncIterator[Live]:
        """Yield every endpoint."""
        branches, payloads = await asyncio.gather(
            self._api.branches("endpoints"), self._api.listing("endpoints", "endpoints")
        )
        for payload in payloads:
            live = endpoint_live(payload, branches)
            if live is not None:
                yield live

    async def create(self, desired: Resource) -> Live:
        """Make an endpoint on its branch, and return it once it runs."""
        spec = {"type": "read_write", **desired.spec}
        path = await self._api.path("endpoints")
        async with self._api.turn() as turn:
            spec["branch_id"] = await self._api.branch_id(str(spec.pop("branch")))
            made = await turn.send("POST", path, json={"endpoint": body_of(spec)})
            return await self._now(text_of(member(made, "endpoint"), "id"))

    async def update(self, change: Update) -> Live:
        """Send what differs, `settings` as a whole: whether Neon merges it is not documented."""
        changed = change.changed()
        async with self._api.turn() as turn:
            if "settings" in changed:
                now = await self._api.read("endpoint", "endpoints", change.live.id)
                changed["settings"] = merged(members(EndpointSettings, now.get("settings")), changed["settings"])
            path = await self._api.path("endpoints", change.live.id)
            await turn.send("PATCH", path, json={"endpoint": body_of(changed)}, again=True)
            return await self._now(change.live.id)

    async def _now(self, endpoint_id: str) -> Live:
        payload: Mapping[str, Any] = await self._api.read("endpoint", "endpoints", endpoint_id)
        live = endpoint_live(payload, await self._api.branches_now())
        if live is None:
            raise ProtocolError(f"Neon put the endpoint {endpoint_id} on a branch that it does not list")
        return live

    async def delete(self, live: Live) -> None:
        """Delete an endpoint and drop its connections."""
        path = await self._api.path("endpoints", live.id)
        async with self._api.turn() as turn:
            try:
                await turn.send("DELETE", path)
            except NotFound:
                return
