"""Somebody in the Neon console: hand edits of a simulated project, made through the API itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_neon.sandbox.api import BASE


class Console:
    """Edits what `desired/` says, with the key of somebody who may."""

    def __init__(self, app: ASGIApp, token: str, project: str) -> None:
        self.app = app
        self.project = f"{BASE}/projects/{project}"
        self.headers = {"authorization": f"Bearer {token}"}

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return up to two edits: restoring reaches back less far, and the weekly backups are gone."""
        found = []
        for resource in sorted(desired, key=lambda r: r.address):
            if resource.address.collection == "database" and "history_retention_seconds" in resource.spec:
                title = "In the Neon console, somebody cuts the restore window of the project down to one hour."
                found.append(HandEdit(title, self._shorten, (str(resource.address), "history_retention_seconds")))
            if resource.address.collection == "backups" and len(_entries(resource)) > 1:
                title = (
                    f"In the Neon console, somebody leaves only daily backups of {resource.identity[0]}, kept one day."
                )
                branch = resource.identity[0]

                async def thin(branch: str = branch) -> None:
                    await self._thin(branch)

                found.append(HandEdit(title, thin, (str(resource.address), "schedule")))
        return found

    async def _shorten(self) -> None:
        await self._send("PATCH", "", {"project": {"history_retention_seconds": 3_600}})

    async def _thin(self, branch: str) -> None:
        listing = await self._send("GET", "/branches", None)
        found = next((b["id"] for b in listing["branches"] if b["name"] == branch), None)
        if found is None:
            raise LookupError(f"the simulated project has no branch {branch}: apply first")
        entry = {"frequency": "daily", "hour": 0, "retention_seconds": 86_400}
        await self._send("PUT", f"/branches/{found}/backup_schedule", {"schedule": [entry]})

    async def _send(self, method: str, path: str, body: Any) -> Any:
        answer = await call(self.app, method, self.project + path, body, headers=self.headers)
        if answer.status_code != 200:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
        return answer.json()


def _entries(resource: Resource) -> Sequence[Any]:
    entries = resource.spec.get("schedule")
    return entries if isinstance(entries, tuple) else ()
