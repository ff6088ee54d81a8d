"""Branches."""

from __future__ import annotations

from collections.abc import AsyncIterator

from reconciler import Live, NotFound, Resource, Update
from reconciler_neon.answers import member, text_of
from reconciler_neon.convert import branch_live
from reconciler_neon.operations import Turn
from reconciler_neon.project import ProjectApi


class BranchCalls:
    """Every call finds the branch by its name first: see `branch_live`."""

    def __init__(self, api: ProjectApi) -> None:
        self._api = api

    async def list(self) -> AsyncIterator[Live]:
        """Yield every branch."""
        branches = await self._api.branches("branches")
        for payload in branches.payloads:
            yield branch_live(payload, branches)

    async def create(self, desired: Resource) -> Live:
        """Make a branch, without an endpoint, and the default branch of it where that is asked for."""
        spec = dict(desired.spec)
        default, parent, name = spec.pop("default", False), spec.pop("parent", None), str(spec["name"])
        body = {key: value for key, value in spec.items() if value is not None}
        if parent is not None:
            body["parent_id"] = await self._api.branch_id(str(parent))
        path = await self._api.path("branches")
        async with self._api.turn() as turn:
            made = await turn.send("POST", path, json={"branch": body})
            self._api.made.add(name)
            if default:
                await self._make_default(turn, text_of(member(made, "branch"), "id"))
            return await self._named(name)

    async def update(self, change: Update) -> Live:
        """Send what differs; becoming the default branch is a call of its own."""
        changed = change.changed()
        default = changed.pop("default", False)
        name = str(changed.get("name", change.live.id))
        async with self._api.turn() as turn:
            found = await self._api.branch_id(change.live.id)
            if changed:
                path = await self._api.path("branches", found)
                await turn.send("PATCH", path, json={"branch": changed}, again=True)
            if default:
                await self._make_default(turn, found)
            return await self._named(name)

    async def _make_default(self, turn: Turn, branch_id: str) -> None:
        path = await self._api.path("branches", branch_id, "set_as_default")
        await turn.send("POST", path, again=True)

    async def _named(self, name: str) -> Live:
        branches = await self._api.branches_now()
        return branch_live(branches.named(name), branches)

    async def delete(self, live: Live) -> None:
        """Delete a branch. Neon keeps it for 7 days."""
        async with self._api.turn() as turn:
            try:
                path = await self._api.path("branches", await self._api.branch_id(live.id))
                await turn.send("DELETE", path)
            except NotFound:
                return
