"""The simulator, served on loopback for `reconcile sandbox`."""

from collections.abc import Mapping

from reconciler import SandboxRequest
from reconciler.sandbox import HttpSandbox
from reconciler_notes.simulator import NotesSimulator


class NotesSandbox(HttpSandbox):
    """Entered, it serves; left, it is gone."""

    def __init__(self, request: SandboxRequest) -> None:
        token = f"sandbox-notes-token-{request.seed:08}"
        super().__init__(NotesSimulator(token), request, title="Notes")

    def exports(self, url: str) -> Mapping[str, str]:
        return {"NOTES_API_URL": url, "NOTES_API_TOKEN": self.api.token}
