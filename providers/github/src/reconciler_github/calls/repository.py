"""The repository that all calls are about: its paths, the order of its writes, and what is read once for several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from reconciler import AnswerLost, CredentialRejected, HttpClient, NotFound, ProviderError, follow_link

MOST_PER_PAGE = 100


def segment(name: str) -> str:
    """Return a name as one segment of a path: a slash in it is no separator."""
    return quote(name, safe="")


@contextmanager
def after_the_write(what: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into the news that a write has taken effect and was not followed through."""
    try:
        yield
    except ProviderError as error:
        raise AnswerLost(
            f"{what}, and then: {error.message}",
            fix=error.fix or "run plan: it shows what is there now",
            operation=error.operation,
            status=error.status,
        ) from None


class Repository:
    """One repository. Its writes go one at a time (`writing`), as GitHub asks of its clients."""

    def __init__(self, client: HttpClient, name: str) -> None:
        self.client = client
        self.name = name
        self.path = f"/repos/{name}"
        self.writing = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._environments: list[Any] | None = None
        self._seen_by: set[str] = set()

    def listed(self, path: str, items: str = "", *, size: int = MOST_PER_PAGE, **query: str) -> AsyncIterator[Any]:
        """Return the items of every page of a listing, in pages of `size`."""
        return follow_link(self.client, path, params={"per_page": size, **query}, items=items)

    async def environments(self, asker: str) -> list[Any]:
        """Return the payloads of all environments.

        Collections that are read together share one reading; who asks again, or after a write, gets a new one.
        """
        async with self._reading:
            if self._environments is None or asker in self._seen_by:
                path = f"{self.path}/environments"
                self._environments, self._seen_by = [item async for item in self.listed(path, "environments")], set()
            self._seen_by.add(asker)
            return self._environments

    def forget_environments(self) -> None:
        """Have them read again by whoever asks next."""
        self._environments = None

    def environment(self, name: str) -> str:
        """Return the path of an environment."""
        return f"{self.path}/environments/{segment(name)}"

    def scope(self, environment: str | None) -> str:
        """Return the path below which secrets and variables are kept: the repository's, or an environment's."""
        return self.environment(environment) if environment else f"{self.path}/actions"

    async def get(self, path: str) -> Mapping[str, Any]:
        """Return one object."""
        found: Mapping[str, Any] = (await self.client.get(path)).json()
        return found

    async def remove(self, path: str) -> None:
        """Delete an object. Already gone counts as done; but 404 is also what a token without the right is told.

        Raises:
            CredentialRejected: GitHub says it is not there to delete, and shows it.
        """
        async with self.writing:
            try:
                await self.client.delete(path)
            except NotFound as refused:
                await self._must_be_gone(path, refused)

    async def _must_be_gone(self, path: str, refused: NotFound) -> None:
        with after_the_write("it may have been deleted"):
            try:
                await self.client.get(path)
            except NotFound:
                return
        raise CredentialRejected(
            f"GitHub does not let this token delete it: {refused.operation} is answered with 404, and it is there",
            fix=refused.fix,
            operation=refused.operation,
            status=refused.status,
        )
