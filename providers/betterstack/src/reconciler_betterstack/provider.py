"""Better Stack as the engine sees it: which endpoint to call, and little more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler import (
    Change,
    Connection,
    CredentialRejected,
    ExternalObject,
    HttpClient,
    HttpProvider,
    Live,
    Preview,
    ProtocolError,
    Resource,
    SandboxRequest,
    Scope,
    SecretValue,
    Update,
)
from reconciler_betterstack import children, notes
from reconciler_betterstack.convert.checks import header_changes
from reconciler_betterstack.convert.fields import Codec
from reconciler_betterstack.convert.kinds import (
    EXTERNALS,
    KINDS,
    error_text,
    external_name,
    live_of,
)
from reconciler_betterstack.models import BetterStackSettings

if TYPE_CHECKING:
    from reconciler_betterstack.sandbox import BetterStackSandbox

SERVICE = "Better Stack"


class BetterStack(HttpProvider[BetterStackSettings]):
    """One team of Better Stack Uptime."""

    service = SERVICE
    settings_type = BetterStackSettings
    to_get_one = "create an Uptime API token (Better Stack, API tokens, as a team admin)"

    def __init__(self, connection: Connection, settings: BetterStackSettings, client: HttpClient) -> None:
        super().__init__(connection, settings, client)
        self._client = client
        self._now = connection.runtime.now
        self._team = {"team_name": settings.team} if settings.team else {}
        self._pings = 0

    @classmethod
    def error_text(cls, body: Any) -> str:
        """Return what is wrong, by field where the API tells."""
        return error_text(body)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.requests + self._pings

    async def whoami(self) -> Scope:
        """Return the team behind the token, as the urgencies name it: two of them exist in every account."""
        found = await children.listed(self._client, KINDS["urgencies"].path, self._team)
        teams = sorted({str(u["attributes"]["team_name"]) for u in found if u["attributes"].get("team_name")})
        if len(teams) > 1:
            raise CredentialRejected(
                f"{SERVICE}: the token opens {len(teams)} teams: {', '.join(teams)}",
                fix="name one with `team:` under the provider in environment.yaml, or use a team token",
            )
        if not teams:
            what = f"team {self._team['team_name']!r} was not found" if self._team else "the answer names no team"
            raise ProtocolError(f"{SERVICE}: {what}", fix="check `team:` in environment.yaml and the token")
        return Scope({"team": teams[0]})

    async def list(self, kind: str) -> AsyncIterator[Live]:
        """Yield every object of a collection; status pages with their sections."""
        codec = KINDS[kind]
        found = await children.listed(self._client, codec.path, self._team if codec.team else None)
        for live in await asyncio.gather(*(self._complete(codec, item) for item in found)):
            yield live

    async def _complete(self, codec: Codec, item: Any) -> Live:
        """Return a payload as a live object, with what the payload does not hold."""
        more = {"sections": await children.read(self._client, str(item["id"]))} if codec.apart else None
        return live_of(codec, item, self._now(), more=more)

    async def create(self, desired: Resource) -> Live:
        """Create an object and return it. A status page is made first and filled then."""
        codec = KINDS[desired.address.collection]
        spec = codec.model.identity_fields(desired.address.handle, desired.spec)
        body = {**codec.body(spec), **(self._team if codec.team else {})}
        item = children.data_of(await self._client.post(codec.path, json=body))
        return await self._filled(codec, item, spec)

    async def update(self, change: Update) -> Live:
        """Send the fields that differ, and nothing else, and return the object with the id of the answer."""
        codec, live = KINDS[change.kind], change.live
        changed = change.changed()
        whole = {name: change.desired.spec.get(name, live.values.get(name)) for name in codec.whole}
        body = codec.body({**{k: v for k, v in whole.items() if v is not None}, **changed})
        path, again = f"{codec.path}/{live.id}", True
        if "request_headers" in changed:
            # Read again: a header without an id is added each time it is sent, also when an answer was lost before.
            now = live_of(codec, children.data_of(await self._client.get(path)), self._now())
            body["request_headers"] = header_changes(changed["request_headers"] or (), now.private["request_headers"])
            again = all("id" in header for header in body["request_headers"])
        if "environment_variables" in changed:
            kept = codec.body({"environment_variables": live.values.get("environment_variables") or {}})
            body["environment_variables"] = {**kept["environment_variables"], **body["environment_variables"]}
        answer = await (self._client.patch(path, json=body, idempotent=again) if body else self._client.get(path))
        return await self._filled(codec, children.data_of(answer), changed)

    async def _filled(self, codec: Codec, item: Any, spec: Mapping[str, Any]) -> Live:
        if codec.apart and "sections" in spec:
            await children.converge(self._client, str(item["id"]), spec["sections"] or ())
        return await self._complete(codec, item)

    async def delete(self, live: Live) -> None:
        """Delete an object, after taking it off the status pages that show it."""
        codec = KINDS[live.kind]
        if codec.shown_as:
            await children.take_off(self._client, codec.shown_as, live.id)
        await children.remove(self._client, f"{codec.path}/{live.id}")

    async def externals(self, kind: str) -> AsyncIterator[ExternalObject]:
        """Yield what is referred to by name and not managed: Slack channels, calendars, groups of policies."""
        if kind not in EXTERNALS:
            return
        for item in await children.listed(self._client, EXTERNALS[kind][0], self._team):
            name = external_name(kind, item["attributes"])
            if name:
                yield ExternalObject(kind, name, item["id"])

    def preview(self, change: Change) -> Preview:
        """Return what the plan should say about a change."""
        return notes.preview(change)

    async def ping(self, live: Live, *, failed: bool) -> None:
        """Report success or failure to a heartbeat: a plain GET on its secret address, without the token."""
        url = live.outputs.get("url")
        if not isinstance(url, SecretValue):
            raise ProtocolError(f"{SERVICE} did not tell the address of {live.title}", fix="run it again")
        parts = urlsplit(url.reveal())
        self.connection.runtime.redactor.add(parts.path, url.label)
        client = HttpClient(
            self.connection,
            service=f"{SERVICE} heartbeat {live.title}",
            base_url=f"{parts.scheme}://{parts.netloc}",
            headers={},
            error_text=error_text,
        )
        try:
            await client.get(parts.path + ("/fail" if failed else ""))
        finally:
            self._pings += client.requests
            await client.close()

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> BetterStackSandbox:
        """Return the simulator of Better Stack, ready to be entered."""
        from reconciler_betterstack.sandbox import BetterStackSandbox

        return BetterStackSandbox(request)
