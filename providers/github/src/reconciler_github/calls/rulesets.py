"""The calls for rulesets. A listing holds neither rules nor actors, so each ruleset is read once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler import Answer, Live, NotFound, Resource, Update
from reconciler_github.calls.repository import Repository, after_the_write
from reconciler_github.convert.payloads import promised
from reconciler_github.convert.rulesets import to_body, to_live, unreadable
from reconciler_github.models import Ruleset

GONE = "GitHub lists it and does not show it: it was deleted just now, or the token may not read it"


class Rulesets:
    """The rulesets of a repository, without those of its organisation."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.client = repository.client
        self.path = f"{repository.path}/rulesets"

    async def list(self) -> AsyncIterator[Live]:
        """Yield every ruleset, read one by one."""
        items = [i async for i in self.repository.listed(self.path, includes_parents="false") if is_own(i)]
        for live in await asyncio.gather(*(self._read(item) for item in items)):
            yield live

    async def _read(self, item: Mapping[str, Any]) -> Live:
        try:
            return to_live(await self.repository.get(self._of(item["id"])))
        except NotFound:
            return unreadable(item, GONE)

    def _of(self, number: Any) -> str:
        return f"{self.path}/{number}"

    async def create(self, desired: Resource) -> Live:
        """Create a ruleset."""
        spec = Ruleset.identity_fields(desired.address.handle, desired.spec)
        async with self.repository.writing:
            answer = await self.client.post(self.path, json=to_body(spec))
        return self._made(answer)

    async def update(self, change: Update) -> Live:
        """Send the whole ruleset as it is now, with the changed fields put in: given lists replace what is there."""
        path = self._of(change.live.id)
        async with self.repository.writing:
            body = to_body(change.changed(), await self.repository.get(path))
            answer = await self.client.put(path, json=body)
        return self._made(answer)

    def _made(self, answer: Answer) -> Live:
        with after_the_write("the ruleset was written"):
            return to_live(answer.json())

    async def delete(self, live: Live) -> None:
        """Delete a ruleset."""
        await self.repository.remove(self._of(live.id))


@promised("a list of rulesets")
def is_own(item: Mapping[str, Any]) -> bool:
    """Return whether a ruleset belongs to the repository: those of its organisation have their own owner."""
    return bool(item["id"]) and item.get("source_type", "Repository") == "Repository"
