"""The saved plan file: a plan's whole document, with when and by which version it was made.

The file is what a person approved. `apply` plans again and carries out only what still has the digest it has here. It
holds no secret, and it is not trusted further than that: a file that was altered can only make changes stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.errors import InputError, Location, Problem
from reconciler.model import Address, Change, Plan
from reconciler.report.document import SCHEMA, plan_document
from reconciler.report.tally import ACTIONS

VALID = timedelta(days=7)
CLOCK_SKEW = timedelta(hours=1)
LARGEST = 200_000_000  # bytes
_REPLAN = "make a fresh one with `reconcile plan -o FILE`"


def change_key(address: object, action: str) -> str:
    """Return what names a change within a plan: `monitors/homepage update`."""
    return f"{address} {action}"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan file, read. `changes` maps `change_key(address, action)` to the change's digest."""

    schema: int
    version: str
    created_at: datetime
    environment: str
    commit: str
    digest: str
    changes: Mapping[str, str]

    def digest_of(self, change: Change) -> str | None:
        """Return the digest the file has for this change; None when it is not in the file."""
        return self.changes.get(change_key(change.address, change.action))


def saved_document(plan: Plan, version: str) -> dict[str, Any]:
    """Return the JSON data of a plan file."""
    return plan_document(plan) | {"version": version, "created_at": plan.created_at.astimezone(UTC).isoformat()}


def load(path: Path, *, now: datetime, version: str) -> SavedPlan:
    """Return the plan in a file. Raises InputError: unreadable, malformed, too old, or of another version."""
    try:
        if path.is_dir():
            raise _refuse(path, "is a folder, not a plan file", _REPLAN)
        if path.stat().st_size > LARGEST:
            raise _refuse(path, f"is larger than {LARGEST // 1_000_000} MB, so it is no plan file", _REPLAN)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _refuse(path, "there is no such plan file", _REPLAN) from None
    except OSError as error:
        raise _refuse(
            path, f"cannot be read: {error.strerror or error}", "check the path and its permissions"
        ) from None
    except ValueError:
        raise _refuse(path, "is not UTF-8 text, so it is no plan file", _REPLAN) from None
    return parse(text, path, now=now, version=version)


def parse(text: str, path: Path, *, now: datetime, version: str) -> SavedPlan:
    """Return the plan in a text. `path` is for messages. Raises InputError."""
    saved = _fields(_document(text, path), path)
    age = now - saved.created_at
    if age > VALID:
        raise _refuse(path, f"was made {age.days} days ago; a plan is good for {VALID.days} days", _REPLAN)
    if age < -CLOCK_SKEW:
        made = f"{saved.created_at:%Y-%m-%d %H:%M} UTC"
        raise _refuse(path, f"says it was made at {made}, which has not come yet", "check this machine's clock")
    if _major(saved.version) != _major(version):
        said = f"was made by version {saved.version}, and this is {version}"
        raise _refuse(path, said, f"{_REPLAN} of this version, or install version {saved.version}")
    return saved


def _document(text: str, path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = Location(str(path), error.lineno, error.colno)
        raise InputError([Problem(f"is not JSON: {error.msg}", _REPLAN, where)]) from None
    except (ValueError, RecursionError):
        raise _refuse(path, "is not JSON that a plan could be", _REPLAN) from None
    if not isinstance(document, dict):
        raise _refuse(path, "is JSON, but not a plan: it is not an object", _REPLAN)
    if document.get("schema") != SCHEMA or isinstance(document.get("schema"), bool):
        raise _refuse(path, f"is not a plan of schema {SCHEMA}", _REPLAN)
    if "created_at" not in document:
        hint = "`plan --format json` prints a report; `plan -o FILE` saves a plan that can be applied"
        raise _refuse(path, "is not a plan file: it does not say when it was made", hint)
    return document


def _fields(document: Mapping[str, Any], path: Path) -> SavedPlan:
    texts: dict[str, str] = {}
    for name in ("version", "created_at", "environment", "commit", "digest"):
        value = document.get(name)
        if not isinstance(value, str):
            raise _refuse(path, f"is damaged: `{name}` is missing or is not text", _REPLAN)
        texts[name] = value
    try:
        made = datetime.fromisoformat(texts["created_at"])
    except ValueError:
        raise _refuse(path, "is damaged: `created_at` is not a time", _REPLAN) from None
    if made.tzinfo is None:
        raise _refuse(path, "is damaged: `created_at` has no time zone", _REPLAN)
    try:
        made = made.astimezone(UTC)
    except OverflowError:
        raise _refuse(path, "is damaged: `created_at` is out of range", _REPLAN) from None
    if not _major(texts["version"]).isdigit():
        raise _refuse(path, "is damaged: `version` is not a version", _REPLAN)
    return SavedPlan(
        schema=SCHEMA,
        version=texts["version"],
        created_at=made,
        environment=texts["environment"],
        commit=texts["commit"],
        digest=texts["digest"],
        changes=_changes(document.get("changes"), path),
    )


def _changes(rows: Any, path: Path) -> dict[str, str]:
    if not isinstance(rows, list):
        raise _refuse(path, "is damaged: `changes` is missing or is not a list", _REPLAN)
    changes: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        values = [row.get(name) if isinstance(row, dict) else None for name in ("address", "action", "digest")]
        address, action, digest = values
        if not (isinstance(address, str) and isinstance(action, str) and isinstance(digest, str) and digest):
            raise _refuse(path, f"is damaged: change {number} lacks its address, action or digest", _REPLAN)
        try:
            Address.parse(address)
        except ValueError:
            raise _refuse(path, f"is damaged: the address of change {number} is none", _REPLAN) from None
        if action not in ACTIONS:
            raise _refuse(path, f"is damaged: the action of change {number} is not known", _REPLAN)
        key = change_key(address, action)
        if key in changes:
            raise _refuse(path, f"is damaged: it names `{key}` twice", _REPLAN)
        changes[key] = digest
    return changes


def _major(version: str) -> str:
    return version.partition(".")[0]


def _refuse(path: Path, what: str, fix: str) -> InputError:
    return InputError([Problem(what, fix, Location(str(path)))])
