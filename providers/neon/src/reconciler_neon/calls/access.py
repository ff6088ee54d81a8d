"""Roles and databases: each branch has its own, and each is found by branch and name."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from reconciler import Live, NotFound, Refused, Resource, Update
from reconciler_neon.answers import text_of
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
    def live(self, payload: Mapping[str, Any], branch: str, *, on_default: bool = False) -> Live:
        """Return one as it is on a branch."""

    async def list(self) -> AsyncIterator[Live]:
        """Yield those of every branch."""
        branches = (await self._api.branches(self.what)).payloads
        found: Sequence[Sequence[Mapping[str, Any]]] = await asyncio.gather(
            *(self._api.on_branch(branch, self.what, self.what) for branch in branches)
        )
        for branch, payloads in zip(branches, found, strict=True):
            for payload in payloads:
                yield self.live(payload, text_of(branch, "name"), on_default=bool(branch.get("default")))

    @abstractmethod
    def differing(self, there: Live, desired: Resource) -> dict[str, Any]:
        """Return what to send to make one that is there already as desired. Raises Refused where that cannot be."""

    async def create(self, desired: Resource) -> Live:
        """Make one on its branch.

        A branch that was made a moment ago came with all that is on its parent. What is among that is as good as made.
        """
        branch, name = str(desired.spec["branch"]), str(desired.spec["name"])
        async with self._api.turn() as turn:
            branch_id = await self._api.branch_id(branch)
            path = await self._api.path("branches", branch_id, self.what)
            copies = (
                await self._api.listing(self.what, "branches", branch_id, self.what) if branch in self._api.made else ()
            )
            copy = next((c for c in copies if c.get("name") == name), None)
            if copy is None:
                await turn.send("POST", path, json={self.one: self.body(desired.spec, branch)})
            elif body := self.differing(self.live(copy, branch), desired):
                path = await self._api.path("branches", branch_id, self.what, name)
                await turn.send("PATCH", path, json={self.one: body}, again=True)
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

    def live(self, payload: Mapping[str, Any], branch: str, *, on_default: bool = False) -> Live:
        """Return one as it is."""
        return role_live(payload, branch, on_default=on_default)

    def differing(self, there: Live, desired: Resource) -> dict[str, Any]:
        """Return nothing, or refuse: a role that is there stays as it is."""
        if any(there.values.get(name) != value for name, value in desired.spec.items()):
            raise Refused(
                f"the new branch came with a role {there.name} of its parent, which is not as desired",
                fix="give the role another name, or make the parent's so",
            )
        return {}

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

    def live(self, payload: Mapping[str, Any], branch: str, *, on_default: bool = False) -> Live:
        """Return one as it is."""
        return database_live(payload, branch, on_default=on_default)

    def differing(self, there: Live, desired: Resource) -> dict[str, Any]:
        """Return the owner where it is another one."""
        branch = str(desired.spec["branch"])
        return self.body({n: v for n, v in desired.spec.items() if there.values.get(n) != v}, branch)

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
