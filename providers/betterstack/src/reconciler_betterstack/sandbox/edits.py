"""Somebody at the vendor's dashboard: hand edits of a simulated account, made through the API itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import Message

from reconciler import Resource
from reconciler.sandbox import HandEdit
from reconciler_betterstack.sandbox.app import BetterStackApp
from reconciler_betterstack.sandbox.store import Record


class Dashboard:
    """Finds what can be edited in the applied state, and edits it."""

    def __init__(self, app: BetterStackApp) -> None:
        self.app = app
        self.store = app.store

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
        headers = [(b"authorization", f"Bearer {self.app.token}".encode()), (b"content-type", b"application/json")]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "PATCH",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        status: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])

        await self.app(scope, receive, send)
        if status != [200]:
            raise RuntimeError(f"the hand edit was refused with {status}")
