"""Snapshot schedules. Snapshots themselves are neither read nor touched: restoring is for people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from reconciler import Live, Resource, Update
from reconciler_neon.answers import text_of
from reconciler_neon.convert import Branches, backups_live, body_of
from reconciler_neon.project import ProjectApi


class BackupCalls:
    """One schedule for each root branch, read and written as a whole. The answer to a write says nothing."""

    def __init__(self, api: ProjectApi) -> None:
        self._api = api

    async def list(self) -> AsyncIterator[Live]:
        """Yield the schedule of every root branch; an empty one is out of service."""
        branches = await self._api.branches("backups")
        for live in await asyncio.gather(*(self._read(text_of(b, "name"), branches) for b in branches.roots)):
            yield live

    async def _read(self, branch: str, branches: Branches) -> Live:
        found = branches.named(branch)
        entries = await self._api.listing("schedule", "branches", text_of(found, "id"), "backup_schedule")
        return backups_live(entries, found, branches)

    async def create(self, desired: Resource) -> Live:
        """Give a branch a schedule."""
        return await self._put(str(desired.spec["branch"]), desired.spec["schedule"])

    async def update(self, change: Update) -> Live:
        """Replace the schedule of a branch."""
        return await self._put(change.live.id, change.desired.spec["schedule"])

    async def disable(self, live: Live) -> None:
        """Turn the backups of a branch off. The snapshots that exist stay until they expire."""
        await self._put(live.id, ())

    async def delete(self, live: Live) -> None:
        """Turn them off: there is nothing else to delete."""
        await self.disable(live)

    async def _put(self, branch: str, entries: Any) -> Live:
        """Write the whole schedule, and return what Neon has then: the PUT itself answers with nothing."""
        async with self._api.turn() as turn:
            branches = await self._api.branches_now()
            path = await self._api.path("branches", text_of(branches.named(branch), "id"), "backup_schedule")
            await turn.send("PUT", path, json={"schedule": body_of(entries)}, again=True)
            return await self._read(branch, branches)
