"""Snapshot schedules. Snapshots themselves are only listed, to see whether they are made: restoring is for people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler import Live, Resource, Update
from reconciler_neon.answers import text_of
from reconciler_neon.convert import Branches, backups_live, body_of
from reconciler_neon.freshness import first_due, overdue
from reconciler_neon.project import ProjectApi


class BackupCalls:
    """One schedule for each root branch, read and written as a whole. The answer to a write says nothing."""

    def __init__(self, api: ProjectApi, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now

    async def list(self) -> AsyncIterator[Live]:
        """Yield the schedule of every root branch; an empty one is out of service."""
        branches, snapshots = await asyncio.gather(
            self._api.branches("backups"), self._api.listing("snapshots", "snapshots")
        )
        for live in await asyncio.gather(*(self._read(text_of(b, "name"), branches) for b in branches.roots)):
            entries: Any = live.values["schedule"]
            branch = branches.named(live.id)
            late = overdue(entries, branch, snapshots, self._now())
            yield replace(live, pending=(late,) if late else (), due_after=first_due(entries, branch, snapshots))

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
