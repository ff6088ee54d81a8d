"""The project itself: one object, which is there before the first run and stays after the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Connection, Live, ReadOnlyViolation, Resource, Update
from reconciler_neon.answers import moment, text_of
from reconciler_neon.convert import project_body, project_values
from reconciler_neon.project import ProjectApi
from reconciler_neon.serving import Serving


class ProjectCalls:
    """Settings of the project, and where its data is reached."""

    def __init__(self, api: ProjectApi, connection: Connection) -> None:
        self._api = api
        self._serving = Serving(api, connection)

    async def list(self) -> AsyncIterator[Live]:
        """Yield the project."""
        yield await self._live()

    async def _live(self) -> Live:
        payload, (serves, outputs) = await asyncio.gather(self._api.project(), self._serving.now())
        values = {**project_values(payload), **({} if serves is None else {"serves": serves})}
        return Live(
            "database",
            text_of(payload, "id"),
            ("the project",),
            values,
            outputs=outputs,
            name=text_of(payload, "name"),
            created_at=moment(payload.get("created_at")),
        )

    async def create(self, desired: Resource) -> Live:
        """Make the project as desired: it exists, or nothing could be read."""
        return await self._written(desired.spec, always=True)

    async def update(self, change: Update) -> Live:
        """Send what differs from the project as it is now, nested objects as wholes, and return it."""
        return await self._written(change.changed(), always=False)

    async def _written(self, wanted: Mapping[str, Any], *, always: bool) -> Live:
        path = await self._api.path()
        async with self._api.turn() as turn:
            now = project_values(await self._api.project())
            body = project_body(wanted, now) or ({"name": now["name"]} if always else {})
            if body:
                await turn.send("PATCH", path, json={"project": body}, again=True)
            return await self._live()

    async def delete(self, live: Live) -> None:
        """Refuse: no run may delete a project, and the kind says so to the engine, which never asks."""
        raise ReadOnlyViolation(f"the Neon project {live.title} is never deleted", fix="delete it in the Neon console")
