"""Somebody at the dashboard: hand edits of the simulated team, made through the API itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_vercel.convert.env import targets
from reconciler_vercel.sandbox.routing import live_of
from reconciler_vercel.sandbox.store import Project, Store


class Dashboard:
    """Finds what can be edited in the applied state of a project, and edits it."""

    def __init__(self, app: ASGIApp, store: Store, token: str, project: str) -> None:
        self.app = app
        self.store = store
        self.token = token
        self.name = project

    @property
    def project(self) -> Project:
        return self.store.project(self.name)

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return up to two edits: a variable has another value, and a security header is loosened."""
        return [*self._variable(desired), *self._header(desired)]

    def _variable(self, desired: Sequence[Resource]) -> Iterator[HandEdit]:
        for resource in sorted(desired, key=lambda r: r.address):
            value = resource.spec.get("value")
            if resource.address.collection == "env" and isinstance(value, str) and value.isdecimal():
                key = resource.identity[0]

                async def perform(identity: tuple[str, ...] = resource.identity) -> None:
                    record = next(
                        r
                        for r in self.project.env.values()
                        if r["key"] == identity[0] and ",".join(targets(r)) == identity[2]
                    )
                    await self._send(
                        "PATCH", f"/v9/projects/{self.project.id}/env/{record['id']}", {"value": "1000000"}
                    )

                title = f"In the dashboard, somebody sets {key} to 1000000."
                yield HandEdit(title, perform, (str(resource.address), "value"))
                return

    def _header(self, desired: Sequence[Resource]) -> Iterator[HandEdit]:
        for resource in sorted(desired, key=lambda r: r.address):
            table: Any = resource.spec.get("headers")
            routes = resource.spec.get("mode", "routes") == "routes"
            if resource.address.collection == "headers" and routes and "X-Frame-Options" in table:

                async def perform(name: str = resource.identity[0]) -> None:
                    await self._loosen(name)

                title = "In the dashboard, somebody lets any page frame the application, and publishes it."
                yield HandEdit(title, perform, (str(resource.address), "X-Frame-Options"))
                return

    async def _loosen(self, name: str) -> None:
        live = live_of(self.project)
        rule = next(r for r in live.rules if r["name"] == name) if live else {}
        base = f"/v1/projects/{self.project.id}/routes"
        changed = [
            {**t, "args": "ALLOWALL"} if t["target"]["key"].lower() == "x-frame-options" else t
            for t in rule["route"]["transforms"]
        ]
        body = {
            **{k: rule[k] for k in ("name", "description", "enabled", "srcSyntax")},
            "route": {"src": rule["rawSrc"], "transforms": changed},
        }
        answer = await self._send("PATCH", f"{base}/{rule['id']}", {"route": body})
        await self._send("POST", f"{base}/versions", {"id": answer["version"]["id"], "action": "promote"})

    async def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {self.token}"}
        answer = await call(self.app, method, f"{path}?slug={self.store.slug}", body, headers=headers)
        if not answer.is_success:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
        return answer.json()
