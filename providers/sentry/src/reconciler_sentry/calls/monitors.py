"""The calls of `metric_monitors`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from reconciler import Live, Resource, Update
from reconciler_sentry.calls.api import Api
from reconciler_sentry.convert import monitors
from reconciler_sentry.convert.fields import checked
from reconciler_sentry.models import MetricMonitor


class MonitorCalls:
    """Detectors of type `metric_issue` of the project."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.path = f"{api.organization}/detectors/"

    async def list(self) -> AsyncIterator[Live]:
        """Yield every metric monitor of the project; none while there is no project."""
        project = await self.api.project_id()
        if project is not None:
            query = {"project": project, "query": f"type:{monitors.TYPE}"}
            async for payload in self.api.pages(self.path, query):
                if checked(payload).get("type") == monitors.TYPE:
                    yield monitors.live_of(payload)

    async def create(self, desired: Resource) -> Live:
        """Create a monitor and return it."""
        project = await self.api.existing_project()
        spec = MetricMonitor.identity_fields(desired.address.handle, desired.spec)
        path = f"{self.api.organization}/projects/{self.api.settings.project}/detectors/"
        return monitors.live_of(await self.api.post(path, monitors.body(spec, None, project)))

    async def update(self, change: Update) -> Live:
        """Send the whole monitor with the fields that differ, and return it as a fresh read has it."""
        path = f"{self.path}{change.live.id}/"
        now = checked(await self.api.get(path), "name")
        body = monitors.body(change.changed(), now, await self.api.existing_project())
        await self.api.put(path, body)
        return monitors.live_of(await self.api.get(path))

    async def delete(self, live: Live) -> None:
        """Delete one monitor, by its id: never through the list, which would delete whatever the query finds."""
        await self.api.remove(f"{self.path}{live.id}/", f"monitor {live.title}")
