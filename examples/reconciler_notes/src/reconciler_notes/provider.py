"""The Notes API: which endpoint to call, and little more."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

from reconciler import (
    Connection,
    CredentialRejected,
    HttpClient,
    Kind,
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

KINDS: dict[str, type[Kind]] = {"boards": Board, "notes": Note}


class Notes:
    """One account, connected."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    @classmethod
    async def connect(cls, connection: Connection) -> Self:
        token = connection.secrets.get("token")
        if token is None:
            raise CredentialRejected("the Notes token has no value", fix="set NOTES_API_TOKEN")
        client = HttpClient(
            connection,
            service="Notes",
            base_url=NotesSettings.base_url,
            headers={"authorization": f"Bearer {token.reveal()}"},
            error_text=lambda body: str(body["error"]),
        )
        return cls(client)

    @classmethod
    def sandbox(cls, request: SandboxRequest) -> "NotesSandbox":
        from reconciler_notes.sandbox import NotesSandbox

        return NotesSandbox(request)

    async def close(self) -> None:
        await self._client.close()

    @property
    def requests(self) -> int:
        return self._client.requests

    async def whoami(self) -> Scope:
        answer: Any = (await self._client.get("/v1/me")).json()
        try:
            return Scope({"account": str(answer["account"])})
        except (LookupError, TypeError):
            raise ProtocolError("Notes does not say whose token this is") from None

    async def list(self, kind: str) -> AsyncIterator[Live]:
        async for payload in follow_next(self._client, f"/v1/{kind}", items="items", next_url="next"):
            yield to_live(kind, payload)

    async def create(self, desired: Resource) -> Live:
        kind = desired.address.collection
        spec = KINDS[kind].identity_fields(desired.address.handle, desired.spec)
        answer = await self._client.post(f"/v1/{kind}", json=to_body(spec))
        return to_live(kind, answer.json())

    async def update(self, change: Update) -> Live:
        path = f"/v1/{change.live.kind}/{change.live.id}"
        answer = await self._client.patch(path, json=to_body(change.changed()), idempotent=True)
        return to_live(change.live.kind, answer.json())

    async def delete(self, live: Live) -> None:
        try:
            await self._client.delete(f"/v1/{live.kind}/{live.id}")
        except NotFound:
            return  # somebody was faster
