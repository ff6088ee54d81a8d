"""What a new database holds: the courses that the roster names, and the teacher that each course must have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

DATABASE: Final = "ai-gurus-prod"  # as production calls it
TEACHER: Final = "c" + "0" * 24


def course_id(code: str) -> str:
    """Return an id of the older form: several routes of the application refuse any other for a course."""
    return "c" + hashlib.sha256(code.encode()).hexdigest()[:24]


def teacher(now: datetime) -> Mapping[str, Any]:
    """Return the teacher's row: soft-deleted and locked, so that it is neither active nor alarming."""
    empty = dict.fromkeys(("cellNumber", "company", "position", "workAddress"), "")
    times = dict.fromkeys(("createdAt", "updatedAt", "deletedAt"), now)
    named = {"id": TEACHER, "email": "course-owner@sandbox.invalid", "name": "Course", "surname": "Owner"}
    return {**named, "password": "!", **empty, "role": "INSTRUCTOR", **times}  # nosec B105  # no hash at all: nobody signs in


def courses(codes: Iterable[str], now: datetime) -> list[Mapping[str, Any]]:
    """Return a row for each course, in the order of their codes."""
    taught = {"semester": "Spring", "year": 2026, "createdAt": now, "updatedAt": now, "instructorId": TEACHER}
    return [{"id": course_id(code), "title": f"Course {code}", "code": code, **taught} for code in sorted(set(codes))]
