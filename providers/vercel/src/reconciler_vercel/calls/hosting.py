"""The calls for projects: their settings, two switches, and a new build of production."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import (
    AnswerLost,
    Live,
    NotFound,
    ProtocolError,
    ProviderError,
    Resource,
    Unavailable,
    Update,
    by_cursor,
)
from reconciler_vercel.calls.place import Place, as_object, next_page
from reconciler_vercel.calls.redeploy import Redeploy
from reconciler_vercel.convert import hosting as convert
from reconciler_vercel.convert.payload import Payload
from reconciler_vercel.models import Hosting

PAGE = 100


class HostingCalls:
    """The instance's project; all projects of the team where it names none."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.redeploy = Redeploy(place)

    async def list(self) -> AsyncIterator[Live]:
        """Yield the project, or each project of the team."""
        if self.place.settings.project is not None:
            yield await self._live(await self.place.project())
            return
        query = self.place.query({"limit": str(PAGE)})
        pages = by_cursor(
            self.place.client, "/v10/projects", params=query, items="projects", cursor=next_page, parameter="from"
        )
        for project in [p async for p in pages]:
            yield await self._live(project)

    async def _live(self, project: Payload) -> Live:
        need = await self.redeploy.need(self.place.seen(project))
        return convert.to_live(project, need.field, need.pending)

    async def create(self, desired: Resource) -> Live:
        """Create a project, and set what creating one does not take."""
        spec = Hosting.identity_fields(desired.address.handle, desired.spec)
        body = convert.body({name: value for name, value in spec.items() if value is not None})
        sent = {name: value for name, value in body.items() if name in convert.CREATED}
        project = as_object(await self.place.client.post("/v11/projects", params=self.place.query(), json=sent))
        rest = {n: v for n, v in spec.items() if n not in convert.CREATED or v is None}
        try:
            return await self._set(id_of(project), rest)
        except ProviderError as error:
            said = f"the project was created, and then: {error.message}"
            raise AnswerLost(said, fix=error.fix, operation=error.operation, status=error.status) from None

    async def update(self, change: Update) -> Live:
        """Send the fields that differ, turn the switches, and build again, in this order."""
        try:
            return await self._set(change.live.id, convert.changed(change.changed(), change.fields))
        except (Unavailable, ProtocolError) as error:
            said = f"not all of it is known to be done: {error.message}"
            raise AnswerLost(said, fix=error.fix, operation=error.operation, status=error.status) from None

    async def _set(self, project_id: str, fields: Mapping[str, Any]) -> Live:
        path, query = f"/v9/projects/{project_id}", self.place.query()
        body = convert.body(fields)
        if body:
            await self.place.client.patch(path, params=query, json=body, idempotent=True)
        for name, switch in convert.SWITCHES.items():
            if name in fields:
                params = self.place.query({"projectId": project_id})
                value = {"value": bool(fields[name])}
                await self.place.client.post(switch, params=params, json=value, idempotent=True)
        project = await self.place.get(path)
        if fields.get("redeploy"):
            await self.redeploy.build(project, str(project.get("name", "")))
            project = await self.place.get(path)
        return await self._live(project)

    async def delete(self, live: Live) -> None:
        """Delete a project; already gone counts as done."""
        try:
            await self.place.client.delete(f"/v9/projects/{live.id}", params=self.place.query())
        except NotFound:
            return


def id_of(project: Payload) -> str:
    """Return the id of a project. Raises ProtocolError."""
    found = project.get("id")
    if not isinstance(found, str):
        raise ProtocolError("Vercel sent a project without an id", fix="run it again")
    return found
