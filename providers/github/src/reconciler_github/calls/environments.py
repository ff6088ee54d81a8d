"""The calls for environments: the object itself first, then the patterns of what may deploy to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from reconciler import Live, NotFound, ProviderError, Refused, Resource, Update
from reconciler_github.calls.repository import Repository, after_the_write
from reconciler_github.convert.environments import is_custom, keyed, settings_of, to_body, to_live, wanted_policies
from reconciler_github.models import Environment

SEE_OTHER = 303  # the answer to a pattern that is there already


class Environments:
    """The environments of a repository."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.client = repository.client

    async def list(self) -> AsyncIterator[Live]:
        """Yield every environment, with the branch policies of those that have their own."""
        found = await self.repository.environments(Environment.collection)
        for live in await asyncio.gather(*(self._complete(item) for item in found)):
            yield live

    async def _complete(self, payload: Mapping[str, Any]) -> Live:
        return to_live(payload, await self._policies(payload["name"]) if is_custom(payload) else None)

    async def _policies(self, name: str) -> Sequence[Mapping[str, Any]]:
        path = f"{self.repository.environment(name)}/deployment-branch-policies"
        return [item async for item in self.repository.listed(path, "branch_policies")]

    async def create(self, desired: Resource) -> Live:
        """Create an environment, then its branch policies. The call would also reset one that is there: look first."""
        name = str(desired.spec.get("name", desired.address.handle))
        async with self.repository.writing:
            if await self._exists(name):
                raise Refused(
                    f"environment {name} was made meanwhile, and creating it would reset it",
                    fix="run plan again: it is shown, and `lifecycle: {adopt: true}` takes it",
                )
            return await self._put(name, to_body(desired.spec), desired.spec)

    async def _exists(self, name: str) -> bool:
        try:
            await self.repository.get(self.repository.environment(name))
        except NotFound:
            return False
        return True

    async def update(self, change: Update) -> Live:
        """Send the whole environment as it is now, with the changed fields put in, then make its branch policies so."""
        changed, path = change.changed(), self.repository.environment(change.live.id)
        spec = change.desired.spec if "deployment_branch_policy" in changed else changed
        async with self.repository.writing:
            settings = settings_of(await self.repository.get(path))
            return await self._put(change.live.id, to_body(changed, settings), spec)

    async def _put(self, name: str, body: Mapping[str, Any], spec: Mapping[str, Any]) -> Live:
        """Put a whole environment, make the branch policies what `spec` says of them, and return what is there then."""
        self.repository.forget_environments()
        payload = (await self.client.put(self.repository.environment(name), json=body)).json()
        with after_the_write(f"environment {name} was written"):
            if is_custom(payload):
                await self._converge(name, wanted_policies(spec))
            return await self._complete(payload)

    async def _converge(self, name: str, wanted: Mapping[str, frozenset[str]]) -> None:
        """Make the branch policies of the wanted types what is wanted. The others are left as they are."""
        if not wanted:
            return
        there = keyed(await self._policies(name))
        path = f"{self.repository.environment(name)}/deployment-branch-policies"
        for (kind, pattern), number in there.items():
            if kind in wanted and pattern not in wanted[kind]:
                await self.client.delete(f"{path}/{number}")
        for kind, patterns in wanted.items():
            for pattern in sorted(patterns):
                if (kind, pattern) not in there:
                    await self._add(path, {"name": pattern, "type": kind})

    async def _add(self, path: str, policy: Mapping[str, str]) -> None:
        """Add a pattern. 303 says that it is there already, so that asking again is harmless."""
        try:
            await self.client.post(path, json=policy, idempotent=True)
        except ProviderError as error:
            if error.status != SEE_OTHER:
                raise

    async def delete(self, live: Live) -> None:
        """Delete an environment, with all that is kept in it."""
        self.repository.forget_environments()
        await self.repository.remove(self.repository.environment(live.id))
