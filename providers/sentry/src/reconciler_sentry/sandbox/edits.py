"""Somebody at the vendor's dashboard: hand edits of a simulated organisation, made through the API itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_sentry.sandbox.store import Object, Store


@dataclass(frozen=True)
class Browser:
    """A person with the organisation open in a browser. Edits fail until what they are about was applied."""

    app: ASGIApp
    store: Store
    token: str

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return up to two edits: an alert is muted, and a domain may send errors that should not."""
        ordered = sorted(desired, key=lambda r: r.address)
        alert = next((r for r in ordered if r.address.collection == "alerts" and r.spec.get("enabled") is True), None)
        limited = [r for r in ordered if r.address.collection == "sentry_project" and "allowedDomains" in r.spec]
        edits = [self._mute(alert)] if alert else []
        return [*edits, *(self._open(project) for project in limited[:1])]

    def _mute(self, alert: Resource) -> HandEdit:
        async def perform() -> None:
            made = self._find("workflows", "name", alert.identity[0])
            path = f"/api/0/organizations/{self.store.organization}/workflows/{made['id']}/"
            await self._put(path, {"id": made["id"], "name": made["name"], "enabled": False})

        title = f"In Sentry, somebody mutes the alert {alert.identity[0]}."
        return HandEdit(title, perform, (str(alert.address), "enabled"))

    def _open(self, project: Resource) -> HandEdit:
        async def perform() -> None:
            self._find("projects", "slug", project.identity[0])
            path = f"/api/0/projects/{self.store.organization}/{project.identity[0]}/"
            await self._put(path, {"allowedDomains": ["*"]})

        title = f"In Sentry, somebody lets every site send errors to {project.identity[0]}."
        return HandEdit(title, perform, (str(project.address), "allowedDomains"))

    def _find(self, kind: str, name: str, value: str) -> Object:
        found = next((o for o in self.store.all(kind) if o[name] == value), None)
        if found is None:
            raise LookupError(f"the simulated organisation has no such object among its {kind}: apply first")
        return found

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        answer = await call(self.app, "PUT", path, body, headers={"authorization": f"Bearer {self.token}"})
        if answer.status_code != 200:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
