"""Notes keeps the contract of a provider."""

import httpx
import pytest

from reconciler import Live
from reconciler.sandbox import SimulatedApp
from reconciler.testing import Harness, ProviderContract, Sample
from reconciler_notes.models import Board, Note
from reconciler_notes.provider import Notes
from reconciler_notes.simulator import PAGE, NotesSimulator

TOKEN = "notes-token-0123456789"


class TestNotes(ProviderContract):
    page_size = PAGE
    samples = (
        Sample("boards/kitchen", {"color": "green"}, {"color": "yellow"}),
        Sample("boards/garage", {}),
        Sample("notes/milk", {"text": "Buy milk.", "board": "kitchen"}, {"text": "Buy oat milk.", "board": "garage"}),
        Sample(
            "notes/alarm-code",
            {
                "title": "The alarm code",
                "text": "Ask at the desk.",
                "board": "kitchen",
                "labels": ["house", "secret"],
                "expires_after": "30d",
                "password": {"secret": "NOTE_PASSWORD"},
            },
            {
                "title": "The alarm code",
                "text": "Ask at the desk.",
                "board": "kitchen",
                "labels": ["house"],
                "expires_after": None,
                "password": {"secret": "NEW_NOTE_PASSWORD"},
            },
        ),
    )

    @pytest.fixture
    def harness(self) -> Harness:
        simulator = NotesSimulator(TOKEN)

        async def pollute(live: Live) -> None:
            simulator.extra = {"mood": {"new": "attribute"}}
            simulator.objects[live.kind][int(live.id)]["color"] = "ultraviolet"

        return Harness(
            Notes,
            (Board, Note),
            environ={"NOTES_API_TOKEN": TOKEN},
            transport=httpx.ASGITransport(SimulatedApp(simulator)),
            pollute=pollute,
        )
