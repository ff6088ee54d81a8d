"""The simulator, served on loopback for `reconcile sandbox`."""

from contextlib import AsyncExitStack
from typing import Any

from reconciler import SandboxRequest, SandboxService
from reconciler.asgi import serve
from reconciler_notes.simulator import NotesSimulator


class NotesSandbox:
    """Entered, it serves; left, it is gone."""

    def __init__(self, request: SandboxRequest) -> None:
        self._token = f"sandbox-notes-token-{request.seed:08}"
        self._running = AsyncExitStack()

    async def __aenter__(self) -> SandboxService:
        url = await self._running.enter_async_context(serve(NotesSimulator(self._token).app))
        return SandboxService("Notes", {"NOTES_API_URL": url, "NOTES_API_TOKEN": self._token})

    async def __aexit__(self, *exc: Any) -> None:
        await self._running.aclose()
