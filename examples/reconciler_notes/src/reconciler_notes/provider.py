"""The Notes API: which endpoint to call, and little more."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from reconciler import (
    HttpClient,
    HttpProvider,
    Kind,
    KindCalls,
    Live,
    NotFound,
    ProtocolError,
    Resource,
    SandboxRequest,
    Scope,
    Update,
    follow_next,
)
from reconciler_notes.convert import to_body, to_live
from reconciler_notes.models import Board, Note, NotesSettings

if TYPE_CHECKING:
    from reconciler_notes.sandbox import NotesSandbox


class Notes(HttpProvider[NotesSettings]):
    """One account, connected."""

    service = "Notes"
    settings_type = NotesSettings
    to_get_one = "create a token in Notes, under Account"

    def calls_by_collection(self) -> dict[str, KindCalls]:
        return {"boards": Objects(self.client, Board), "notes": Objects(self.client, Note)}

    @classmethod
    def error_text(cls, body: Any) -> str:
        return str(body["error"])

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> "NotesSandbox":
        from reconciler_notes.sandbox import NotesSandbox

        return NotesSandbox(request)

    async def whoami(self) -> Scope:
        answer: Any = (await self.client.get("/v1/me")).json()
        try:
            return Scope({"account": str(answer["account"])})
        except (LookupError, TypeError):
            raise ProtocolError("Notes does not say whose token this is") from None


class Objects:
    """The calls of one collection."""

    def __init__(self, client: HttpClient, kind: type[Kind]) -> None:
        self._client = client
        self._kind = kind
        self._path = f"/v1/{kind.collection}"

    async def list(self) -> AsyncIterator[Live]:
        async for payload in follow_next(self._client, self._path, items="items", next_url="next"):
            yield to_live(self._kind.collection, payload)

    async def create(self, desired: Resource) -> Live:
        spec = self._kind.identity_fields(desired.address.handle, desired.spec)
        answer = await self._client.post(self._path, json=to_body(spec))
        return to_live(self._kind.collection, answer.json())

    async def update(self, change: Update) -> Live:
        body = to_body(change.changed())
        answer = await self._client.patch(f"{self._path}/{change.live.id}", json=body, idempotent=True)
        return to_live(self._kind.collection, answer.json())

    async def delete(self, live: Live) -> None:
        try:
            await self._client.delete(f"{self._path}/{live.id}")
        except NotFound:
            return  # somebody was faster
