"""The application's tables as the stand-in keeps them: columns, what is unique, what points where. Pure.

Taken from lms.sql, as far as an account touches it; a test compares what both tell the provider's schema check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler_accounts.schema_check import ROLES as ROLES


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `filled`: the server has a default for it."""

    type: str
    required: bool = True
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key. Where `cascade`, a row goes with the one it points at; else that one stays."""

    holder: str
    column: str
    target: str
    cascade: bool = False

    @property
    def name(self) -> str:
        """The constraint's name."""
        return f"{self.holder}_{self.column}_fkey"


_TEXT, _NOW, _TIME = Column("text"), Column("timestamp", filled=True), Column("timestamp")
_OPTIONAL, _MAYBE = Column("text", required=False), Column("timestamp", required=False)
USERS: Final = ("id", "email", "name", "surname", "password", "cellNumber", "company", "position", "workAddress")
TABLES: Final[Mapping[str, Mapping[str, Column]]] = {
    "users": {
        **dict.fromkeys(USERS, _TEXT),
        "role": Column("UserRole", filled=True),
        "createdAt": _NOW,
        "updatedAt": _TIME,
        "deletedAt": _MAYBE,
    },
    "courses": {
        **dict.fromkeys(("id", "title", "code", "semester", "instructorId"), _TEXT),
        **dict.fromkeys(("description", "prerequisites", "targetAudience"), _OPTIONAL),
        "year": Column("int4"),
        "isActive": Column("bool", filled=True),
        "createdAt": _NOW,
        "updatedAt": _TIME,
        "deletedAt": _MAYBE,
        "learningObjectives": Column("_text", required=False),
    },
    "enrollments": {**dict.fromkeys(("id", "userId", "courseId"), _TEXT), "enrolledAt": _NOW},
}
UNIQUE: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "users_email_key": ("users", ("email",)),
    "courses_code_key": ("courses", ("code",)),
    "enrollments_userId_courseId_key": ("enrollments", ("userId", "courseId")),
}
KEYS: Final = (
    Key("courses", "instructorId", "users"),
    Key("enrollments", "userId", "users"),
    Key("enrollments", "courseId", "courses", cascade=True),
)
