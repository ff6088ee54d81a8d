"""The calls for variables and secrets: the same paths, below the repository and below each of its environments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from reconciler import Live, Refused, Resource, SecretValue, Update
from reconciler_github.calls.repository import MOST_PER_PAGE, Repository, after_the_write, segment
from reconciler_github.convert import actions
from reconciler_github.convert.payloads import promised
from reconciler_github.models import ActionsSecret, ActionsVariable

UNPROCESSABLE = 422
VARIABLES_PER_PAGE = 30  # more are not given


class _Kept:
    """What variables and secrets do alike. `what` is their name in paths and payloads."""

    what: str
    per_page: int
    to_live: Callable[[Mapping[str, Any], str | None], Live]

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.client = repository.client

    async def list(self) -> AsyncIterator[Live]:
        """Yield those of the repository, then those of each environment."""
        environments = await self.repository.environments(self.what)
        scopes = [None, *(name_of(item) for item in environments)]
        for found in await asyncio.gather(*(self._below(scope) for scope in scopes)):
            for live in found:
                yield live

    async def _below(self, environment: str | None) -> Sequence[Live]:
        listing = self.repository.listed(self._path(environment), self.what, size=self.per_page)
        return [self.to_live(item, environment) async for item in listing]

    def _path(self, environment: str | None, name: str = "") -> str:
        path = f"{self.repository.scope(environment)}/{self.what}"
        return f"{path}/{segment(name)}" if name else path

    async def _read(self, environment: str | None, name: str) -> Live:
        """Return one as it is after a write, which is answered without it."""
        with after_the_write(f"{name} was written"):
            return self.to_live(await self.repository.get(self._path(environment, name)), environment)

    async def delete(self, live: Live) -> None:
        """Delete one."""
        name, environment = actions.parted(live.id)
        await self.repository.remove(self._path(environment, name))


class Variables(_Kept):
    """Variables: made and changed by different calls."""

    what = "variables"
    per_page = VARIABLES_PER_PAGE
    to_live = staticmethod(actions.variable)

    async def create(self, desired: Resource) -> Live:
        """Create a variable. GitHub refuses one that is there already."""
        spec = ActionsVariable.identity_fields(desired.address.handle, desired.spec)
        name, environment = str(spec["name"]), scope_of(spec)
        async with self.repository.writing:
            await self.client.post(self._path(environment), json={"name": name, "value": readable(spec["value"])})
            return await self._read(environment, name)

    async def update(self, change: Update) -> Live:
        """Change the value, the name, or both."""
        name, environment = actions.parted(change.live.id)
        changed = change.changed()
        body = {field: readable(changed[field]) for field in ("name", "value") if field in changed}
        async with self.repository.writing:
            # Renamed twice, the second time finds nothing under the old name.
            await self.client.patch(self._path(environment, name), json=body, idempotent="name" not in body)
            return await self._read(environment, str(body.get("name", name)))


class Secrets(_Kept):
    """Secrets: put sealed, and never shown again."""

    what = "secrets"
    per_page = MOST_PER_PAGE
    to_live = staticmethod(actions.secret)

    async def create(self, desired: Resource) -> Live:
        """Store a secret."""
        spec = ActionsSecret.identity_fields(desired.address.handle, desired.spec)
        return await self._put(str(spec["name"]), scope_of(spec), spec["value"])

    async def update(self, change: Update) -> Live:
        """Store another value."""
        name, environment = actions.parted(change.live.id)
        return await self._put(name, environment, change.changed()["value"])

    async def _put(self, name: str, environment: str | None, value: Any) -> Live:
        """Seal a value for the key of the moment, and once more should that key have been replaced meanwhile."""
        actions.fitting(value.reveal(), str(value))  # before anything is sent, the request for the key included
        async with self.repository.writing:
            key = await self._key(environment)
            try:
                await self._store(environment, name, value, key)
            except Refused as refused:
                fresh = await self._key(environment) if refused.status == UNPROCESSABLE else key
                if fresh == key:
                    raise
                await self._store(environment, name, value, fresh)
            return await self._read(environment, name)

    async def _key(self, environment: str | None) -> Mapping[str, Any]:
        return await self.repository.get(self._path(environment, "public-key"))

    async def _store(self, environment: str | None, name: str, value: SecretValue, key: Mapping[str, Any]) -> None:
        await self.client.put(self._path(environment, name), json=actions.sealed(value, key))


@promised("a list of environments")
def name_of(item: Mapping[str, Any]) -> str:
    """Return the name of an environment."""
    return str(item["name"])


def scope_of(spec: Mapping[str, Any]) -> str | None:
    """Return the environment that a resource is in; None for the repository."""
    return str(spec["environment"]) if spec.get("environment") else None


def readable(value: Any) -> str:
    """Return what to write into a variable.

    Raises Refused for a secret, which everybody could read, and for an output that turns out to be too large.
    """
    if isinstance(value, SecretValue):
        raise Refused(f"{value} would be readable by everybody as a variable", fix="make it an actions_secrets entry")
    return actions.fitting(str(value), "its value")
