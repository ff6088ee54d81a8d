"""Roles and databases: each branch has its own, and each is found by branch and name."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from reconciler import Live, NotFound, Refused, Resource, Update
from reconciler_neon.convert import database_live, name_on, role_live
from reconciler_neon.project import ProjectApi


class OnBranches(ABC):
    """What roles and databases do alike."""

    what: ClassVar[str]  # in paths and listings
    one: ClassVar[str]  # around one of them

    def __init__(self, api: ProjectApi) -> None:
        self._api = api

    @abstractmethod
    def body(self, spec: Mapping[str, Any], branch: str) -> dict[str, Any]:
        """Return what to send to make one."""

    @abstractmethod
    def live(self, payload: Mapping[str, Any], branch: str) -> Live:
        """Return one as it is on a branch."""

    async def list(self) -> AsyncIterator[Live]:
        """Yield those of every branch."""
        branches = (await self._api.branches(self.what)).payloads
        found: Sequence[Sequence[Mapping[str, Any]]] = await asyncio.gather(
            *(self._api.on_branch(branch, self.what, self.what) for branch in branches)
        )
        for branch, payloads in zip(branches, found, strict=True):
            for payload in payloads:
                yield self.live(payload, str(branch["name"]))

    async def create(self, desired: Resource) -> Live:
        """Make one on its branch."""
        branch, name = str(desired.spec["branch"]), str(desired.spec["name"])
        async with self._api.turn() as turn:
            branch_id = await self._api.branch_id(branch)
            path = await self._api.path("branches", branch_id, self.what)
            await turn.send("POST", path, json={self.one: self.body(desired.spec, branch)})
            return self.live(await self._api.read(self.one, "branches", branch_id, self.what, name), branch)

    async def delete(self, live: Live) -> None:
        """Delete it."""
        name, branch = live.identity
        async with self._api.turn() as turn:
            try:
                path = await self._api.path("branches", await self._api.branch_id(branch), self.what, name)
                await turn.send("DELETE", path)
            except NotFound:
                return


class RoleCalls(OnBranches):
    """Roles. A created one comes with its password, which nothing here keeps."""

    what = "roles"
    one = "role"

    def body(self, spec: Mapping[str, Any], branch: str) -> dict[str, Any]:
        """Return what to send to make one."""
        return {name: value for name, value in spec.items() if name != "branch"}

    def live(self, payload: Mapping[str, Any], branch: str) -> Live:
        """Return one as it is."""
        return role_live(payload, branch)

    async def update(self, change: Update) -> Live:
        """Refuse: Neon has no such call, and the kind says that its fields never change."""
        raise Refused(f"Neon has no update for roles, so {change.address} stays as it is", fix="make another role")


class DatabaseCalls(OnBranches):
    """Databases."""

    what = "databases"
    one = "database"

    def body(self, spec: Mapping[str, Any], branch: str) -> dict[str, Any]:
        """Return what to send to make or change one: the owner by its bare name."""
        sent = {name: value for name, value in spec.items() if name != "branch"}
        if "owner_name" in sent:
            sent["owner_name"] = name_on(branch, str(sent["owner_name"]))
        return sent

    def live(self, payload: Mapping[str, Any], branch: str) -> Live:
        """Return one as it is."""
        return database_live(payload, branch)

    async def update(self, change: Update) -> Live:
        """Send another name or owner, and return it under the name it has then."""
        name, branch = change.live.identity
        body = self.body(change.changed(), branch)
        async with self._api.turn() as turn:
            branch_id = await self._api.branch_id(branch)
            path = await self._api.path("branches", branch_id, self.what, name)
            await turn.send("PATCH", path, json={self.one: body}, again=True)
            called = str(body.get("name", name))
            return self.live(await self._api.read(self.one, "branches", branch_id, self.what, called), branch)
