"""What a user may write about boards and notes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Days,
    Essential,
    Handle,
    Kind,
    OneOf,
    Rate,
    RefTo,
    Secret,
    SecretRef,
    ServerDefault,
    SetOf,
    TokenSettings,
    WriteOnly,
)


class NotesSettings(TokenSettings):
    """The account, by its token."""

    base_url: ClassVar[str] = "https://api.notes.example"
    url_variable: ClassVar[str] = "NOTES_API_URL"
    default_rate: ClassVar[Rate | None] = Rate(per_second=10, burst=20)

    token: Secret = SecretRef("NOTES_API_TOKEN")


class Board(Kind, collection="boards", identity="name", provider="notes"):
    """A board that notes are pinned to."""

    settings = NotesSettings

    name: str = ""
    color: Annotated[Literal["white", "yellow", "green"], ServerDefault("white")] = "white"


class Note(Kind, collection="notes", identity="title", provider="notes"):
    """A note on a board."""

    settings = NotesSettings

    title: str = ""
    text: Annotated[str, Essential(), Field(description="What it says.")]
    board: Annotated[Handle, RefTo("boards")]
    labels: SetOf[str] = frozenset()
    expires_after: Annotated[Days, OneOf(1, 7, 30, 365)] | None = None
    password: Annotated[Secret, WriteOnly(), Field(description="Asked of readers.")] | None = None
