"""Somebody at the vendor's dashboard: hand edits of a simulated account, made through the API itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_betterstack.sandbox.store import Record, Store


class Dashboard:
    """Finds what can be edited in the applied state, and edits it."""

    def __init__(self, app: ASGIApp, store: Store, token: str) -> None:
        self.app = app
        self.store = store
        self.token = token

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return up to two edits: a monitor is checked less often, and a channel of an urgency is switched off."""
        found = []
        for resource in sorted(desired, key=lambda r: r.address):
            if resource.address.collection == "monitors" and "check_frequency" in resource.spec:
                title = f"In the dashboard, somebody lets {resource.identity[0]} be checked every 30 minutes only."
                found.append(self._edit(resource, title, "/api/v2/monitors", "monitors", check_frequency=1800))
                break
        for resource in sorted(desired, key=lambda r: r.address):
            if resource.address.collection == "urgencies" and resource.spec.get("sms") is True:
                title = f"In the dashboard, somebody switches text messages off for the urgency {resource.identity[0]}."
                found.append(self._edit(resource, title, "/api/v2/urgencies", "urgencies", sms=False))
                break
        return found

    def _edit(self, resource: Resource, title: str, path: str, kind: str, **changed: Any) -> HandEdit:
        async def perform() -> None:
            named = self._record(kind, lambda r: r.values[r.schema.identity] == resource.identity[0])
            await self._patch(f"{path}/{named.id}", changed)

        return HandEdit(title, perform, (str(resource.address), *changed))

    def _record(self, kind: str, fits: Callable[[Record], bool]) -> Record:
        found = next((r for r in self.store.all(kind) if fits(r)), None)
        if found is None:
            raise LookupError(f"the simulated account has no such object among its {kind}: apply first")
        return found

    async def _patch(self, path: str, body: dict[str, Any]) -> None:
        """Send a PATCH to the application, as the dashboard would."""
        answer = await call(self.app, "PATCH", path, body, headers={"authorization": f"Bearer {self.token}"})
        if answer.status_code != 200:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
