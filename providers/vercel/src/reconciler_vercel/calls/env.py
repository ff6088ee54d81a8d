"""The calls for environment variables. Writes go one after the other: Vercel refuses a second writer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from reconciler import (
    AnswerLost,
    Busy,
    Live,
    NotFound,
    ProtocolError,
    ProviderError,
    Refused,
    Resource,
    Unknown,
    Update,
    by_cursor,
)
from reconciler_vercel.calls.place import Place, as_object, next_page
from reconciler_vercel.convert import env as convert
from reconciler_vercel.convert.payload import Payload
from reconciler_vercel.denials import CONFLICTS, TAKEN, Challenged, Conflict, text_of
from reconciler_vercel.models import Variable
from reconciler_vercel.models.env import READABLE

PAGE = 100
SETTLES = 5.0  # seconds after a delete before the same key can be made again (the vendor's Terraform provider waits so)
PATIENCE = (1.0, 2.0, 4.0, 8.0)  # seconds between tries while somebody else changes variables


class EnvCalls:
    """Environment variables of the instance's project."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._freed: dict[tuple[str, ...], float] = {}  # identity to when it was deleted

    async def list(self) -> AsyncIterator[Live]:
        """Yield every variable that people manage. One whose value could not be decrypted has an unknown value."""
        if self.place.settings.project is None:
            return
        undecrypted = ""
        try:
            found = await self._all(decrypt="true")
        except Challenged:
            undecrypted = "Vercel wants a person to sign in again before it decrypts"
            found = await self._all()
        for payload in found:
            if convert.is_ours_to_manage(payload):
                yield self._live(payload, undecrypted=undecrypted)

    async def _all(self, **params: Any) -> Sequence[Payload]:
        path = await self.place.path(10, "env")
        query = self.place.query({"limit": PAGE, **params})
        pages = by_cursor(self.place.client, path, params=query, items=_envs, cursor=next_page, parameter="until")
        return [payload async for payload in pages]

    def _live(self, payload: Payload, **more: Any) -> Live:
        is_secret = self.place.runtime.redactor.reveals
        return convert.to_live(payload, self.place.settings.absent, is_secret=is_secret, **more)

    async def create(self, desired: Resource) -> Live:
        """Create a variable. Raises Conflict, which names the one that is in the way."""
        spec = {"type": "encrypted", **Variable.identity_fields(desired.address.handle, desired.spec)}
        body = convert.body({name: value for name, value in spec.items() if value not in (None, ())})
        async with self.place.env_lock:
            await self._settled(desired.identity)
            answer = await self._serialised(lambda: self._post(body), desired.identity)
        created = answer.get("created")
        payload = created[0] if isinstance(created, list) and created else created
        if not isinstance(payload, Mapping):
            raise ProtocolError("Vercel says that it created a variable, and shows none", fix="run plan")
        return self._live(payload, known=spec["value"])

    async def _post(self, body: Mapping[str, Any]) -> Payload:
        path = await self.place.path(10, "env")
        answer = as_object(await self.place.client.post(path, params=self.place.query(), json=body))
        for error in convert.failures(answer):
            operation = f"POST {path}"
            if answer.get("created"):
                what = "Vercel says of the one variable that it was sent that it failed, and that it is created"
                raise AnswerLost(what, fix="run plan: it shows what is there now", operation=operation)
            said = f"refused by Vercel ({operation}, in an answer of success): {text_of(error)}"
            if error.get("code") in CONFLICTS or TAKEN.search(text_of(error)):
                raise Conflict(said, fix="adopt the one that is there", operation=operation)
            raise Refused(self.place.runtime.redactor.clean(said), operation=operation)
        return answer

    async def update(self, change: Update) -> Live:
        """Send the fields that differ. A value goes with the type it has, and is never sent unchanged."""
        changed = change.changed()
        live = change.live
        body = convert.body(changed)
        if "value" in body and not isinstance(live.values["type"], Unknown):
            body.setdefault("type", live.values["type"])
        path = await self.place.path(9, f"env/{live.id}")

        async def send() -> Payload:
            query = self.place.query()
            return as_object(await self.place.client.patch(path, params=query, json=body, idempotent=True))

        async with self.place.env_lock:
            payload = await self._serialised(send, change.desired.identity, live.id)
        if "id" not in payload:
            return await self._again(live)
        after = self._live(payload, known=changed.get("value", ""))
        if "value" in body or "value" not in live.values or after.values["type"] not in READABLE:
            return after
        return convert.with_value(after, live.values["value"])

    async def _again(self, live: Live) -> Live:
        """Return a variable as it is now, where the answer to a write does not show it."""
        async for one in self.list():
            if one.id == live.id:
                return one
        raise NotFound(f"the variable {live.title} (id {live.id}) is gone", fix="apply again")

    async def delete(self, live: Live) -> None:
        """Delete a variable; already gone counts as done."""
        path = await self.place.path(9, f"env/{live.id}")

        async def send() -> Payload:
            await self.place.client.delete(path, params=self.place.query())
            return {}

        async with self.place.env_lock:
            try:
                await self._serialised(send, live.identity)
            except NotFound:
                return
            finally:
                self._freed[live.identity] = self.place.runtime.monotonic()

    async def _settled(self, identity: tuple[str, ...]) -> None:
        """Wait until the deletion of what had this identity has gone through everywhere."""
        freed = [at for other, at in self._freed.items() if Variable.collide(identity, other)]
        left = max(freed, default=-SETTLES) + SETTLES - self.place.runtime.monotonic()
        if left > 0:
            await self.place.runtime.sleep(left)

    async def _serialised(
        self, send: Callable[[], Awaitable[Payload]], identity: tuple[str, ...], own: str = ""
    ) -> Payload:
        """Return what a write answers, tried again while somebody else writes."""
        for pause in (*PATIENCE, None):
            try:
                return await send()
            except Busy:
                if pause is None:
                    raise
                await self.place.runtime.sleep(pause)
            except Conflict as conflict:
                raise await self._named(conflict, identity, own) from None
        raise AssertionError("unreachable")

    async def _named(self, conflict: Conflict, identity: tuple[str, ...], own: str) -> ProviderError:
        """Return a conflict that says which variable is in the way: the answer itself seldom does."""
        there = [li async for li in self.list() if Variable.collide(identity, li.identity) and li.id != own]
        if not there:
            fix = "it belongs to an integration or to the team, or was deleted just now; look at it, then apply again"
            return Conflict(conflict.message, fix=fix, operation=conflict.operation, status=conflict.status)
        ids = " and ".join(f"{li.title}, id {li.id}" for li in there)
        return Conflict(
            f"{conflict.message}: in the way is {ids}",
            fix=f"adopt it with `lifecycle: {{id: {there[0].id}, adopt: true}}`, or make the targets disjoint",
            operation=conflict.operation,
            status=conflict.status,
        )


def _envs(page: Any) -> list[Any]:
    """Return the variables of a page: the API may also answer with a single bare one."""
    return [page] if "envs" not in page and "key" in page else list(page["envs"])
