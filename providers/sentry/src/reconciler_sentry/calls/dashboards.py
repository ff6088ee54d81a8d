"""The calls of `dashboards`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from reconciler import Live, NotFound, Resource, Update
from reconciler_sentry.calls.api import Api
from reconciler_sentry.convert import dashboards
from reconciler_sentry.convert.fields import Payload, checked
from reconciler_sentry.failures import Disturbed
from reconciler_sentry.models import Dashboard

PER_PAGE = 100


class DashboardCalls:
    """Dashboards of the organisation that show the project."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.path = f"{api.organization}/dashboards/"

    async def list(self) -> AsyncIterator[Live]:
        """Yield every dashboard that shows the project. The listing has no widgets: each is read by itself."""
        project = await self.api.project_id()
        if project is not None:
            found = [checked(item) async for item in self.api.pages(self.path, {"per_page": PER_PAGE})]
            ours = [item for item in found if dashboards.shows(item, project)]
            for live in await asyncio.gather(*(self._read(item) for item in ours)):
                if live is not None:
                    yield live

    async def _read(self, item: Payload) -> Live | None:
        try:
            return dashboards.live_of(await self.api.get(f"{self.path}{item['id']}/"))
        except NotFound:
            return None  # deleted since it was listed

    async def create(self, desired: Resource) -> Live:
        """Create a dashboard and return it."""
        await self.api.existing_project()
        spec = Dashboard.identity_fields(desired.address.handle, desired.spec)
        return dashboards.live_of(await self.api.post(self.path, dashboards.body(spec, None)))

    async def update(self, change: Update) -> Live:
        """Send the dashboard with the fields that differ, its widgets only if one of them does, and return it.

        Raises Disturbed when a widget that was left alone is not what it was.
        """
        path, changed = f"{self.path}{change.live.id}/", change.changed()
        now = checked(await self.api.get(path), "title")
        await self.api.put(path, dashboards.body(changed, now))
        after = checked(await self.api.get(path), "title")
        if disturbed := dashboards.disturbed(now, after, changed):
            raise Disturbed(
                f"Sentry made the update of dashboard {change.live.title}, and changed or removed widgets that it left "
                f"alone: {', '.join(disturbed)}",
                fix="look at the dashboard in Sentry: if nobody edited it meanwhile, put them back there",
                operation=f"PUT {path}",
            )
        return dashboards.live_of(after)

    async def delete(self, live: Live) -> None:
        """Delete a dashboard."""
        await self.api.remove(f"{self.path}{live.id}/", f"dashboard {live.title}")
