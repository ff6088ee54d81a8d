"""The one project of an instance: found by id or name, and what is read of it by more than one kind."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from reconciler import Connection, HttpClient, NotFound, Refused, Unavailable, by_cursor
from reconciler_neon.answers import listed, member, text_of
from reconciler_neon.convert import Branches
from reconciler_neon.models import NeonSettings
from reconciler_neon.operations import Turn, Writer

T = TypeVar("T")
PROJECTS = 400
"""Projects on a page, the most there can be. A shorter page is the last one."""
BRANCHES = 1_000
"""Branches on a page; there could be 10,000. The end is a page without `pagination.next`."""
_ID = re.compile(r"[a-z0-9-]{1,60}")


class ProjectApi:
    """Reads and writes below `/projects/{id}`.

    Several kinds need the branches, and two the databases of the default branch. A connection that only reads is one
    observation: it reads these once for all collections (`by`), and again when a collection is listed again. One that
    writes shares only what is under way, and a write makes that old too.
    """

    def __init__(self, client: HttpClient, settings: NeonSettings, connection: Connection) -> None:
        """Keep what every call needs. Nothing is sent."""
        self.client = client
        self.settings = settings
        self.writer = Writer(client, connection)
        self._id = ""
        self.made: set[str] = set()  # names of branches that this connection has made
        self._observes = connection.read_only
        self._reading: dict[str, asyncio.Task[Any]] = {}
        self._told: set[tuple[str, str]] = set()  # what was read, and for which collection

    async def id(self) -> str:
        """Return the project's id, looked up once: it never changes."""
        if not self._id:
            await self._together("id", "", self.seen)
        return self._id

    async def seen(self) -> str:
        """Return the project's id, as Neon says now. Raises NotFound, and Refused when several have the name."""
        wanted = self._id or self.settings.project
        if _ID.fullmatch(wanted):
            try:
                answer = await self.client.get(f"/projects/{wanted}")
                self._id = text_of(member(answer.json(), "project"), "id")
                return self._id
            except NotFound:
                if self._id:
                    raise
        found = [text_of(p, "id") for p in await self._named(wanted) if p.get("name") == wanted]
        if len(found) > 1:
            raise Refused(
                f"{len(found)} Neon projects are called {wanted}: {', '.join(sorted(found))}",
                fix="write the id of one as `project:` in environment.yaml",
            )
        if not found:
            raise NotFound(
                f"Neon shows this API key no project with the id or name {wanted}",
                fix="check `project:` in environment.yaml, and whose key it is; a personal key needs `org_id:` too",
            )
        self._id = found[0]
        return self._id

    async def _named(self, name: str) -> Sequence[Mapping[str, Any]]:
        """Return the projects whose name or id holds `name`. Raises Unavailable when Neon could not read all."""

        def complete(page: Any) -> Any:
            if page.get("unavailable_project_ids"):
                missing = ", ".join(str(i) for i in page["unavailable_project_ids"])
                raise Unavailable(
                    f"Neon could not read these projects in time: {missing}",
                    fix="run it again, or write the project's id as `project:`: it needs no listing",
                )
            return page["projects"]

        def following(page: Any) -> Any:
            return (page.get("pagination") or {}).get("cursor") if page["projects"] else None

        query = {"limit": PROJECTS, "search": name, "org_id": self.settings.org_id}
        pages = by_cursor(self.client, "/projects", params=query, items=complete, cursor=following, size=PROJECTS)
        return [project async for project in pages]

    async def path(self, *parts: str) -> str:
        """Return the path of something in the project."""
        return "/".join(quote(part, safe="") for part in ("", "projects", await self.id(), *parts))

    async def read(self, name: str, *parts: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the member of that name of the answer at a path of the project."""
        return member((await self.client.get(await self.path(*parts), params=params)).json(), name)

    async def listing(self, name: str, *parts: str) -> Sequence[Mapping[str, Any]]:
        """Return the same where it is a list, without pages."""
        return listed((await self.client.get(await self.path(*parts))).json(), name)

    async def project(self) -> Mapping[str, Any]:
        """Return the project as it is now."""
        found: Mapping[str, Any] = await self.read("project")
        return found

    async def branches(self, by: str) -> Branches:
        """Return all branches, for a collection."""
        return await self._together("branches", by, self.branches_now)

    async def branches_now(self) -> Branches:
        """Return all branches, read anew: whoever writes to a branch finds it by name each time."""

        def following(page: Any) -> Any:
            return (page.get("pagination") or {}).get("next") if page["branches"] else None

        # In the order of creation: Neon's own order, by last change, moves branches from page to page meanwhile.
        query = {"limit": BRANCHES, "sort_by": "created_at", "sort_order": "asc"}
        path = await self.path("branches")
        pages = by_cursor(self.client, path, params=query, items="branches", cursor=following)
        by_id = {text_of(b, "id"): b async for b in pages if text_of(b, "name")}
        return Branches(tuple(by_id.values()))

    async def branch_id(self, name: str) -> str:
        """Return the id that a branch has at this moment. Raises NotFound."""
        return text_of((await self.branches_now()).named(name), "id")

    async def on_branch(self, branch: Mapping[str, Any], what: str, by: str) -> Sequence[Mapping[str, Any]]:
        """Return the roles or databases of a branch, for a collection; none of a branch that is gone by now."""

        async def read() -> Sequence[Mapping[str, Any]]:
            try:
                return await self.listing(what, "branches", text_of(branch, "id"), what)
            except NotFound:
                return ()

        return await self._together(f"{what} of {branch['id']}", by, read)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Yield what sends writes, one at a time. Reads from before it ended are not handed to those who ask later."""
        async with self.writer.turn(await self.id()) as turn:
            self._forget()
            try:
                yield turn
            finally:
                self._forget()

    async def _together(self, what: str, by: str, read: Callable[[], Awaitable[T]]) -> T:
        """Return what `read` returns, or what it returned or will return to another collection."""
        if (what, by) in self._told:
            self._forget()
        if self._observes and by:
            self._told.add((what, by))
        task = self._reading.get(what)
        if task is None:

            def ended(done: asyncio.Task[Any]) -> None:
                failed = done.cancelled() or done.exception() is not None  # whoever waits for it has it too
                if self._reading.get(what) is done and (failed or not self._observes):
                    del self._reading[what]

            task = asyncio.ensure_future(read())
            self._reading[what] = task
            task.add_done_callback(ended)
        found: T = await asyncio.shield(task)
        return found

    def _forget(self) -> None:
        self._reading.clear()
        self._told.clear()

    async def close(self) -> None:
        """End reads that nobody waits for any more."""
        reading = list(self._reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
