"""What is referred to by name and not managed here: teams, members, and integrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from reconciler import ExternalObject, as_id
from reconciler_sentry.calls.api import Api
from reconciler_sentry.convert.fields import Payload, checked

OWNERS = "issue_owners"
ACTIVE = ("active", None)


class Names:
    """Listings of names. Each kind of names is read only where something refers to one, and teams only once."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._reading = asyncio.Lock()
        self._read: tuple[Payload, ...] | None = None

    def list(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield the objects of an external kind; nothing for one that Sentry does not have."""
        known = {"teams": self._teams, "actors": self._actors, "integrations": self._integrations}
        return known.get(kind, self._nothing)()

    async def _nothing(self) -> AsyncIterator[ExternalObject]:
        nothing: tuple[ExternalObject, ...] = ()
        for one in nothing:
            yield one

    async def _teams(self) -> AsyncIterator[ExternalObject]:
        for team in await self._all_teams():
            yield ExternalObject("teams", str(team.get("slug")), as_id(team["id"]))

    async def _all_teams(self) -> tuple[Payload, ...]:
        """Return the teams, read once for each connection: two kinds of names need them."""
        async with self._reading:
            if self._read is None:
                self._read = tuple([team async for team in self._pages("teams", per_page=100)])
            return self._read

    async def _actors(self) -> AsyncIterator[ExternalObject]:
        """Yield teams, members, and the owners of an issue, who are nobody in particular."""
        yield ExternalObject("actors", OWNERS, OWNERS)
        for team in await self._all_teams():
            yield ExternalObject("actors", f"team:{team.get('slug')}", f"team:{as_id(team['id'])}")
        async for member in self._pages("members"):
            user = member.get("user")
            if isinstance(user, dict) and user.get("id"):  # one who was invited has no user yet
                yield ExternalObject("actors", f"user:{member.get('email')}", f"user:{as_id(user['id'])}")

    async def _integrations(self) -> AsyncIterator[ExternalObject]:
        """Yield what is installed and works: one that is disabled is as good as missing."""
        async for item in self._pages("integrations"):
            key = (item.get("provider") or {}).get("key")
            works = item.get("status") in ACTIVE and item.get("organizationIntegrationStatus") in ACTIVE
            if key and works:
                yield ExternalObject("integrations", f"{key}/{item.get('name')}", as_id(item["id"]))

    async def _pages(self, what: str, **query: Any) -> AsyncIterator[Payload]:
        async for item in self.api.pages(f"{self.api.organization}/{what}/", query or None):
            yield checked(item)
