"""The calls of buckets: listing them whole, and making them as they should be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from typing import Any

from reconciler import AnswerLost, Connection, HttpClient, Live, NotFound, ProviderError, Resource, Unavailable, Update
from reconciler_cloudflare.convert import Payload, Ref, created_at, lifecycle_body, sent
from reconciler_cloudflare.domains import Step, plan_access
from reconciler_cloudflare.models import CloudflareSettings
from reconciler_cloudflare.models.checks import looked_at
from reconciler_cloudflare.reads import Reader, confirmed, together, under

SKEW = timedelta(minutes=2)  # how far the vendor's clock may be behind ours
TRIES = 3
AS_MADE: Mapping[str, Any] = {"access": "private", "custom_domains": (), "cors": (), "lifecycle_rules": ()}
"""How a new bucket is: nothing has to be sent for these values."""


class Buckets:
    """One account's buckets.

    Every bucket that is listed is read as a whole, four calls beside the listing: who can read a bucket stands at two
    endpoints of its own, and a listing is not told which fields are managed. That finds public buckets that nobody
    manages, and gives `import` everything. `only_buckets:` in the settings narrows it in an account with many.
    """

    def __init__(self, client: HttpClient, settings: CloudflareSettings, connection: Connection) -> None:
        self._client = client
        self._settings = settings
        self._now = connection.runtime.now
        self._reader = Reader(client, settings.account_id)

    async def list(self) -> AsyncIterator[Live]:
        """Yield every bucket of the jurisdictions in the settings."""
        for jurisdiction in self._settings.jurisdictions:
            buckets = [b async for b in self._reader.listed(jurisdiction) if looked_at(b[0].name, self._settings)]
            for live in await together(self._reader.completed(*bucket) for bucket in buckets):
                yield live

    async def reachable(self) -> None:
        """Return if the token opens the account's buckets."""
        await self._reader.one_page(self._settings.jurisdictions[0])

    async def create(self, desired: Resource) -> Live:
        """Make a bucket, which R2 makes private, then what belongs to it, and return it as it then is.

        Where the answer got lost, a bucket made since is ours. Where what follows fails, the bucket stays, and the next
        apply goes on from there.
        """
        name, jurisdiction = desired.identity
        ref, spec = Ref(jurisdiction, name), desired.spec
        body = {"name": name, **{n: spec[n] for n in ("storageClass", "locationHint") if spec.get(n)}}
        began = self._now()
        try:
            confirmed(await self._client.post(self._reader.path, json=body, headers=under(jurisdiction)))
        except AnswerLost:
            made = created_at(await self._found(ref))
            if made is None or made < began - SKEW:
                raise
        wanted = {n: v for n, v in spec.items() if n not in body and (n not in AS_MADE or AS_MADE[n] != v)}
        for attempt in range(1, TRIES + 1):
            try:
                await self._converge(ref, wanted)
                break
            except AnswerLost as lost:
                if attempt == TRIES:
                    raise _unfinished(ref, lost) from None
        return await self._reader.whole(ref)

    async def _found(self, ref: Ref) -> Payload:
        """Return the bucket, or nothing where it is not there or nobody can tell."""
        try:
            return await self._reader.get(ref)
        except ProviderError:
            return {}

    async def update(self, change: Update) -> Live:
        """Write the parts that differ, and return the bucket as it then is."""
        ref = Ref.of(change.live)
        await self._converge(ref, change.changed())
        return await self._reader.whole(ref)

    async def delete(self, live: Live) -> None:
        """Delete an empty bucket. Its domains are not touched before: they serve until R2 has agreed."""
        await self._do(Ref.of(live), [Step("DELETE", "")])

    async def _converge(self, ref: Ref, wanted: Mapping[str, Any]) -> None:
        """Make these fields so. What shuts the bucket comes first, what opens it last, one call after the other."""
        opened: tuple[Step, ...] = ()
        if "access" in wanted or "custom_domains" in wanted:
            shut, opened = plan_access(wanted, *await self._reader.faces(ref))
            await self._do(ref, shut)
        if "storageClass" in wanted:
            headers = {**under(ref.jurisdiction), "cf-r2-storage-class": str(wanted["storageClass"])}
            confirmed(await self._client.patch(self._reader.at(ref), headers=headers, idempotent=True))
        if "lifecycle_rules" in wanted or "abort_multipart_after" in wanted:
            live = await self._reader.lifecycle(ref)
            rules = lifecycle_body(live, wanted)
            if rules != [*live]:
                await self._do(ref, [Step("PUT", "lifecycle", {"rules": rules})])
        if "cors" in wanted:
            rules = sent(wanted["cors"])
            await self._do(ref, [Step("PUT", "cors", {"rules": rules}) if rules else Step("DELETE", "cors")])
        await self._do(ref, opened)

    async def _do(self, ref: Ref, steps: Iterable[Step]) -> None:
        """Make calls, one after the other. What is to be deleted and not there counts as deleted, CORS included."""
        headers = under(ref.jurisdiction)
        for method, part, body in steps:
            path = self._reader.at(ref, part)
            try:
                match method:
                    case "POST":
                        confirmed(await self._client.post(path, json=body, headers=headers))
                    case "PUT":
                        confirmed(await self._client.put(path, json=body, headers=headers))
                    case "DELETE":
                        confirmed(await self._client.delete(path, headers=headers))
            except NotFound:
                if method != "DELETE":
                    raise


def _unfinished(ref: Ref, lost: AnswerLost) -> Unavailable:
    return Unavailable(
        f"bucket {ref.name} is made, and not all that belongs to it is: {lost.message}",
        fix="apply again: it goes on from there",
        operation=lost.operation,
        status=lost.status,
    )
