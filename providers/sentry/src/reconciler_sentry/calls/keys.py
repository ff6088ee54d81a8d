"""The calls of `client_keys`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Live, ProviderError, Resource, Update
from reconciler_sentry.calls.api import Api, lost
from reconciler_sentry.convert import keys
from reconciler_sentry.models import ClientKey


class KeyCalls:
    """Client keys of the project."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.path = f"{api.project}/keys/"

    async def list(self) -> AsyncIterator[Live]:
        """Yield every key, active or not; none while there is no project."""
        if await self.api.project_id() is not None:
            async for payload in self.api.pages(self.path):
                yield self._live(payload)

    def _live(self, payload: Any) -> Live:
        """Return a key, its secret in the redaction funnel: the address that holds it is cleaned along."""
        live = keys.live_of(payload)
        if payload.get("secret"):
            self.api.runtime.redactor.add(str(payload["secret"]), f"secret of client key {live.title}")
        return live

    async def create(self, desired: Resource) -> Live:
        """Create a key, then what only an update takes."""
        await self.api.existing_project()
        spec = ClientKey.identity_fields(desired.address.handle, desired.spec)
        first = {name: spec[name] for name in keys.ON_CREATE if spec.get(name) is not None}
        live = self._live(await self.api.post(self.path, keys.body(first)))
        rest = {name: value for name, value in spec.items() if name not in (*keys.ON_CREATE, "project")}
        if not rest:
            return live
        try:
            return await self._put(live, rest)
        except ProviderError as error:
            raise lost(error, "the key was created, and its settings were not all made") from None

    async def update(self, change: Update) -> Live:
        """Send the fields that differ, and return the key."""
        return await self._put(change.live, change.changed())

    async def _put(self, live: Live, fields: Mapping[str, Any]) -> Live:
        merged = {name: keys.merged(live.values.get(name), value) for name, value in fields.items()}
        return self._live((await self.api.put(f"{self.path}{live.id}/", keys.body(merged))).json())

    async def delete(self, live: Live) -> None:
        """Delete a key."""
        await self.api.remove(f"{self.path}{live.id}/", f"client key {live.title}")
