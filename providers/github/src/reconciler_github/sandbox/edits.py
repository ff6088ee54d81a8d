"""Somebody in the settings of the repository: hand edits, made through the API itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.types import ASGIApp

from reconciler import Resource
from reconciler.sandbox import HandEdit, call
from reconciler_github.sandbox.store import Store


class Settings:
    """Finds what can be edited in the applied state, and edits it."""

    def __init__(self, app: ASGIApp, store: Store, token: str) -> None:
        self.app = app
        self.store = store
        self.headers = {"authorization": f"Bearer {token}"}
        self.path = f"/repos/{store.full_name}"

    def edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return up to two edits: force pushes are allowed again, and whoever may deploy need not ask anybody."""
        found = []
        for resource in sorted(desired, key=lambda r: r.address):
            rules: Any = resource.spec.get("rules") or {}
            if resource.address.collection == "rulesets" and rules.get("non_fast_forward") is not None:
                title = f"In the settings, somebody allows force pushes again (ruleset {resource.identity[0]})."
                found.append(self._edit(title, resource, "non_fast_forward", self._allow_force_pushes))
                break
        for resource in sorted(desired, key=lambda r: r.address):
            if resource.address.collection == "environments" and resource.spec.get("reviewers"):
                title = f"In the settings, somebody takes the reviewers off the environment {resource.identity[0]}."
                found.append(self._edit(title, resource, "reviewers", self._drop_reviewers))
                break
        return found

    def _edit(
        self, title: str, resource: Resource, field: str, perform: Callable[[Resource], Awaitable[None]]
    ) -> HandEdit:
        async def performed() -> None:
            await perform(resource)

        return HandEdit(title, performed, (str(resource.address), field))

    async def _allow_force_pushes(self, resource: Resource) -> None:
        found = next((one for one in self.store.rulesets.values() if one.name == resource.identity[0]), None)
        if found is None:
            raise LookupError("there is no such ruleset in the simulated repository: apply first")
        kept = [rule for rule in found.rules if rule["type"] != "non_fast_forward"]
        await self._send("PUT", f"/rulesets/{found.id}", {"rules": kept})

    async def _drop_reviewers(self, resource: Resource) -> None:
        found = self.store.environments.get(resource.identity[0])
        if found is None:
            raise LookupError("there is no such environment in the simulated repository: apply first")
        body = {"wait_timer": found.wait_timer, "reviewers": None, "deployment_branch_policy": found.policy}
        await self._send("PUT", f"/environments/{found.name}", body)

    async def _send(self, method: str, path: str, body: Any) -> None:
        answer = await call(self.app, method, self.path + path, body, headers=self.headers)
        if answer.status_code >= 300:
            raise RuntimeError(f"the hand edit was refused with {answer.status_code}")
