"""The state of a simulated Neon account, its clock of operations, and what a new project holds."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

WORDS = ("autumn", "bold", "calm", "dark", "fancy", "green", "icy", "late", "muddy", "quiet", "royal", "shiny")
THINGS = ("bird", "cloud", "dew", "field", "haze", "leaf", "moon", "rain", "sea", "sky", "tree", "wind")
FINISHED = "finished"
LOCKED = "project already has running conflicting operations, scheduling of new ones is prohibited"


class Denial(Exception):
    """An answer that is no success, as Neon words it."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it: RFC 3339, UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the API tells of a record: everything but what begins with an underscore, and what is null."""
    return {name: copy.deepcopy(v) for name, v in record.items() if not name.startswith("_") and v is not None}


@dataclass
class Estate:
    """One project and all that is in it. Records are payloads; names with an underscore are the server's own."""

    payload: dict[str, Any]
    branches: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by branch id and name
    databases: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    schedules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    recoverable: dict[str, Estate] = field(default_factory=dict)  # deleted branches, each with what was on it


class World:
    """All projects of one account.

    `pace` is how long one operation takes, in seconds. Now and then Neon starts one by itself after others: after
    which write is decided by the seed. `failing` makes the next operation fail with that reason.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 0,
        pace: float = 1.2,
        plan: str = "scale",
        fill: Callable[[World], None],
        most_on_page: int = 10_000,
    ) -> None:
        self.now = now
        self.seed = seed
        self.pace = pace
        self.plan = plan
        self.most_on_page = most_on_page  # a server may send fewer than was asked for
        self.failing = ""
        self.merges = False  # nested settings are replaced, which is the harsher of what is not documented
        self.works_alone = True  # starts operations that nobody asked for
        self.personal = False  # a personal key has to name an organization to list projects
        self.unavailable: list[str] = []  # projects that could not be read in time
        self._fill = fill
        self.estates: dict[str, Estate] = {}
        self.recoverable: dict[str, Estate] = {}
        self.reset()

    def reset(self) -> None:
        """Start again with what a new account has."""
        self.estates, self.recoverable = {}, {}
        self._made = self._writes = 0
        self._fill(self)

    def text(self, what: str, size: int) -> str:
        """Return a text that the server makes up, the same one for the same seed."""
        return hashlib.sha256(f"{self.seed}:{what}".encode()).hexdigest()[:size]

    def count(self) -> int:
        """Return a number that was never used."""
        self._made += 1
        return self._made

    def new_id(self, prefix: str) -> str:
        """Return an id as Neon makes them up: `br-quiet-rain-12345678`."""
        lot = int(self.text(f"id {self.count()}", 12), 16)
        words = f"{WORDS[lot % len(WORDS)]}-{THINGS[lot // 16 % len(THINGS)]}"
        return f"{prefix}{words}-{10_000_000 + lot % 90_000_000}"

    def busy_until(self, estate: Estate) -> datetime | None:
        """Return when the work under way will have ended, None when there is none."""
        latest = max((op["_end"] for op in estate.operations.values()), default=None)
        return latest if latest is not None and latest > self.now() else None

    def start(self, estate: Estate, *actions: str, branch: str = "", endpoint: str = "") -> list[dict[str, Any]]:
        """Begin operations, one after the other, and return them as the answer to a write holds them."""
        made = [self._operation(estate, action, branch, endpoint) for action in actions]
        if made and self.failing:
            made[-1]["_fails"], self.failing = self.failing, ""
        self._writes += 1
        if self.works_alone and estate.endpoints and int(self.text(f"own {self._writes}", 4), 16) % 4 == 0:
            own = ("check_availability", "suspend_compute")[self._writes % 2]
            self._operation(estate, own, "", next(iter(estate.endpoints)))
        return [self.show_operation(op) for op in made]

    def _operation(self, estate: Estate, action: str, branch: str, endpoint: str) -> dict[str, Any]:
        begin = self.busy_until(estate) or self.now()
        digits = self.text(f"operation {self.count()}", 32)
        number = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
        made = {
            "id": number,
            "project_id": estate.payload["id"],
            "branch_id": branch or None,
            "endpoint_id": endpoint or None,
            "action": action,
            "created_at": stamp(self.now()),
            "_begin": begin,
            "_end": begin + timedelta(seconds=self.pace),
            "_fails": "",
        }
        estate.operations[number] = made
        return made

    def show_operation(self, op: Mapping[str, Any]) -> dict[str, Any]:
        """Return an operation in the state that the clock has brought it to."""
        now, begin, end = self.now(), op["_begin"], op["_end"]
        status = "scheduling" if now < begin or now == begin else "running" if now < end else FINISHED
        failed = status == FINISHED and op["_fails"]
        spent = min(max(now, begin), end) - begin
        return {
            **shown(op),
            "status": "failed" if failed else status,
            "failures_count": int(bool(failed)),
            **({"error": op["_fails"]} if failed else {}),
            "updated_at": stamp(min(now, end)),
            "total_duration_ms": int(spent.total_seconds() * 1000),
        }

    def gone_after(self, estate: Estate, operations: list[dict[str, Any]], record: dict[str, Any]) -> None:
        """Let a record be there until these operations have ended."""
        record["_gone"] = estate.operations[operations[-1]["id"]]["_end"]

    def sweep(self, estate: Estate) -> None:
        """Remove what has been deleted, or has expired, by now."""
        now = self.now()
        for branch in [b for b in estate.branches.values() if _over(b, now)]:
            self.drop_branch(estate, branch["id"])
        for key in [k for k, e in estate.endpoints.items() if e.get("_gone") and e["_gone"] <= now]:
            del estate.endpoints[key]
        for key in [k for k, s in estate.snapshots.items() if s.get("expires_at") and s["expires_at"] <= stamp(now)]:
            del estate.snapshots[key]

    def drop_branch(self, estate: Estate, branch_id: str) -> None:
        """Take a branch away with what is on it, in a way that `recover` can undo."""
        gone = {branch_id: estate.branches.pop(branch_id)}
        roles = {k: v for k, v in estate.roles.items() if k[0] == branch_id}
        databases = {k: v for k, v in estate.databases.items() if k[0] == branch_id}
        estate.recoverable[branch_id] = Estate(estate.payload, gone, {}, roles, databases)
        for held in (estate.roles, estate.databases):
            for pair in [k for k in held if k[0] == branch_id]:
                del held[pair]
        for key in [k for k, e in estate.endpoints.items() if e["branch_id"] == branch_id]:
            del estate.endpoints[key]
        estate.schedules.pop(branch_id, None)

    def there(self, estate: Estate) -> Iterator[dict[str, Any]]:
        """Yield the branches that exist now."""
        self.sweep(estate)
        yield from estate.branches.values()


def _over(branch: Mapping[str, Any], now: datetime) -> bool:
    expired = branch.get("expires_at") and branch["expires_at"] <= stamp(now)
    return bool(expired or (branch.get("_gone") and branch["_gone"] <= now))
