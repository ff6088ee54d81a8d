"""The calls of `metric_monitors`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from reconciler import Live, Resource, Update
from reconciler_sentry.calls.api import Api
from reconciler_sentry.convert import monitors
from reconciler_sentry.convert.fields import checked
from reconciler_sentry.failures import Disturbed
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
        """Send the monitor with the fields that differ, and return it as a fresh read has it.

        Raises Disturbed when a value that cannot be sent, and was to stay, is another one afterwards.
        """
        path, changed = f"{self.path}{change.live.id}/", change.changed()
        now = checked(await self.api.get(path), "name")
        body = monitors.body(changed, now, await self.api.existing_project())
        await self.api.put(path, body)
        after = monitors.live_of(await self.api.get(path))
        stayed = dict.fromkeys(
            text for field, text in monitors.legacy(monitors.live_of(now).values) if field not in body
        )
        if gone := [text for text in stayed if text not in after.private["kept"]]:
            raise Disturbed(
                f"Sentry updated monitor {change.live.title}, and lost what the update left alone: {', '.join(gone)}",
                fix="nothing can bring it back but Sentry's support: write what is to be there instead",
                operation=f"PUT {path}",
            )
        return after

    async def delete(self, live: Live) -> None:
        """Delete one monitor, by its id: never through the list, which would delete whatever the query finds."""
        await self.api.remove(f"{self.path}{live.id}/", f"monitor {live.title}")
