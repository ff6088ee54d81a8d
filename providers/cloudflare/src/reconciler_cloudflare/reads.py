"""Reading buckets: the pages of a listing, and what stands at a bucket's own endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from reconciler import Answer, AnswerLost, HttpClient, Live, NotFound, ProtocolError, ProviderError, by_cursor
from reconciler_cloudflare.convert import Details, Payload, Ref, faces_of, live_of, result_of, rules_of, unread
from reconciler_cloudflare.domains import CUSTOM, MANAGED
from reconciler_cloudflare.failures import NoCors

T = TypeVar("T")
MOST_PER_PAGE = 1000  # the default is 20
GONE = "it was listed, and is not found any more; run it again"


class Reader:
    """Reads the buckets of one account, each under its own jurisdiction."""

    def __init__(self, client: HttpClient, account: str) -> None:
        self._client = client
        self._account = account
        self.path = f"/accounts/{account}/r2/buckets"

    async def listed(self, jurisdiction: str) -> AsyncIterator[tuple[Ref, Payload]]:
        """Yield every bucket of a jurisdiction, all pages."""
        pages = by_cursor(
            self._client,
            self.path,
            params={"per_page": MOST_PER_PAGE},
            items="result.buckets",
            cursor=lambda page: (page.get("result_info") or {}).get("cursor"),
            headers=under(jurisdiction),
        )
        async for bucket in pages:
            name = bucket.get("name") if isinstance(bucket, Mapping) else None
            if not isinstance(name, str) or not name:
                raise ProtocolError("Cloudflare listed a bucket without a name; nothing of this listing is used")
            yield Ref(jurisdiction, name), bucket

    async def one_page(self, jurisdiction: str) -> None:
        """Ask for one bucket: this says whether the token opens the account."""
        confirmed(await self._client.get(self.path, params={"per_page": 1}, headers=under(jurisdiction)))

    async def completed(self, ref: Ref, bucket: Payload) -> Live:
        """Return a listed bucket with all its details; as unknown when it is gone meanwhile."""
        try:
            return live_of(self._account, bucket, ref, await self._details(ref))
        except NotFound:
            return unread(ref, GONE)

    async def whole(self, ref: Ref) -> Live:
        """Return a bucket with all its details. Raises NotFound."""
        bucket = await self.get(ref)
        return live_of(self._account, bucket, ref, await self._details(ref))

    async def _details(self, ref: Ref) -> Details:
        parts = (self.get(ref, MANAGED), self.get(ref, CUSTOM), self._cors(ref), self.get(ref, "lifecycle"))
        managed, custom, cors, lifecycle = await together(parts)
        return Details(*faces_of(managed, custom), rules_of(cors), rules_of(lifecycle))

    async def faces(self, ref: Ref) -> tuple[Payload, tuple[Payload, ...]]:
        """Return the managed domain of a bucket and its custom ones."""
        return faces_of(*await together([self.get(ref, MANAGED), self.get(ref, CUSTOM)]))

    async def lifecycle(self, ref: Ref) -> tuple[Payload, ...]:
        """Return all lifecycle rules of a bucket as they stand."""
        return rules_of(await self.get(ref, "lifecycle"))

    async def _cors(self, ref: Ref) -> Payload:
        try:
            return await self.get(ref, "cors")
        except NoCors:
            return {}

    async def get(self, ref: Ref, part: str = "") -> Payload:
        """Return what an endpoint of a bucket says. `part` is the path below the bucket."""
        return confirmed(await self._client.get(self.at(ref, part), headers=under(ref.jurisdiction)))

    def at(self, ref: Ref, part: str = "") -> str:
        """Return the path of a bucket, or of a part of it."""
        return f"{self.path}/{ref.name}/{part}".rstrip("/")


def confirmed(answer: Answer) -> Payload:
    """Return the result in an answer: only an envelope is one, whatever the status says.

    Raises ProtocolError for anything else, AnswerLost where the request was a write.
    """
    try:
        return result_of(answer.json())
    except ProtocolError as error:
        if not answer.wrote:
            raise
        lost = f"{error.message}; the write may have taken effect"
        raise AnswerLost(lost, operation=answer.operation, status=answer.status) from None


def under(jurisdiction: str) -> Mapping[str, str]:
    """Return the header that every call about buckets carries: under another jurisdiction a bucket reads as missing."""
    return {"cf-r2-jurisdiction": jurisdiction}


async def together(reads: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all of them return, in order. The first to fail ends the others, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in reads]
    except* ProviderError as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
