"""The calls of `alerts`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from reconciler import Live, Resource, Unavailable, Update
from reconciler_sentry.calls.api import Api
from reconciler_sentry.convert import alerts, workflows
from reconciler_sentry.convert.fields import checked
from reconciler_sentry.models import Alert


class AlertCalls:
    """Workflows that listen to detectors of the project."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.path = f"{api.organization}/workflows/"

    async def list(self) -> AsyncIterator[Live]:
        """Yield every alert of the project; none while there is no project."""
        project = await self.api.project_id()
        if project is not None:
            built_in = await self.api.built_in()
            async for payload in self.api.pages(self.path, {"project": project}):
                yield alerts.live_of(payload, built_in)

    async def create(self, desired: Resource) -> Live:
        """Create an alert and return it."""
        await self.api.existing_project()
        spec = Alert.identity_fields(desired.address.handle, desired.spec)
        built_in = await self.api.built_in(wait=True)
        wanted: Any = spec.get("project_monitors") or ()
        missing = {str(kind) for kind in wanted} - set(built_in.values())
        if missing:
            raise Unavailable(
                f"the project has no {' and no '.join(sorted(missing))} monitor yet, which Sentry makes by itself",
                fix="run apply again in a while; if it stays so, ask Sentry's support",
            )
        return alerts.live_of(await self.api.post(self.path, workflows.body(spec, None, built_in)), built_in)

    async def update(self, change: Update) -> Live:
        """Send the whole alert with the fields that differ and the ids of what stays, and return it read afresh.

        It is read first: an id that is gone meanwhile would be refused, and one left out deleted.
        """
        path = f"{self.path}{change.live.id}/"
        built_in = await self.api.built_in(wait="project_monitors" in change.changed())
        now = checked(await self.api.get(path), "name")
        await self.api.put(path, workflows.body(change.changed(), now, built_in))
        return alerts.live_of(await self.api.get(path), built_in)

    async def delete(self, live: Live) -> None:
        """Delete one alert, by its id: never through the list, which would delete whatever the query finds."""
        await self.api.remove(f"{self.path}{live.id}/", f"alert {live.title}")
