"""The state of the simulated organisation: objects by kind, their ids, and deletions that take a while."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
KINDS = ("teams", "members", "integrations", "projects", "keys", "detectors", "workflows", "dashboards", "releases")
DELETION = timedelta(seconds=3)
"""How long an object stays visible after its deletion was accepted."""
BIRTH = timedelta(seconds=2)
"""How long after a project was made its own detectors appear."""
SLUG = timedelta(seconds=2)
"""How long a project that is gone still holds its slug."""
FEATURES = ("custom-inbound-filters", "change-alerts", "anomaly-detection-alerts", "spike-protection")
FIRST_ID = 4_508_000


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Store:
    """All objects of one organisation. `fill` puts in what a new one has.

    What a test may change: `features` (of the plan), `scopes` (of the token; None: all), `required` (project settings
    that the organisation forces on), `silent_channels` (Slack channels that Sentry cannot find), `page_size`.
    """

    organization: str
    now: Callable[[], datetime]
    seed: int = 0
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    region_url: str = "https://us.sentry.io"
    fill: Callable[[Store], None] = lambda _store: None
    page_size: int = 100
    features: set[str] = field(default_factory=lambda: set(FEATURES))
    scopes: Collection[str] | None = None
    required: set[str] = field(default_factory=set)
    silent_channels: set[str] = field(default_factory=set)
    kept_for_ever: bool = False  # deletions are accepted and never carried out
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  # old slugs of projects
    held: dict[str, datetime] = field(default_factory=dict)  # slugs of projects that are gone, and until when
    _going: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _next: int = FIRST_ID

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again with what `fill` puts in."""
        self.objects = {kind: {} for kind in KINDS}
        self.moved, self.held, self._going, self._next = {}, {}, {}, FIRST_ID
        self.fill(self)

    def new_id(self) -> str:
        """Return an id that was never used."""
        self._next += 1
        return str(self._next)

    def made_up(self, what: str, length: int = 32) -> str:
        """Return a secret that the server makes up, the same one for the same seed."""
        return hashlib.sha256(f"{self.seed}:{what}".encode()).hexdigest()[:length]

    def add(self, kind: str, made: Mapping[str, Any], *, live_id: str = "") -> Object:
        """Store an object under a new id, and return it."""
        number = live_id or self.new_id()
        self.objects[kind][number] = {"id": number, "dateCreated": stamp(self.now()), **made}
        return self.objects[kind][number]

    def all(self, kind: str) -> list[Object]:
        """Return the objects of a kind that are visible now, in the order of their making."""
        self._settle()
        now = stamp(self.now())
        return [o for o in self.objects[kind].values() if o.get("_born", "") <= now]

    def get(self, kind: str, live_id: object) -> Object | None:
        """Return a visible object by its id."""
        return next((o for o in self.all(kind) if o["id"] == str(live_id)), None)

    def by_slug(self, kind: str, named: str) -> Object | None:
        """Return a visible object by its id or slug; a project also by a slug it had."""
        named = self.moved.get(named, named) if kind == "projects" else named
        return next((o for o in self.all(kind) if named in (o["id"], o["slug"])), None)

    def delete(self, kind: str, live_id: str, *, scheduled: bool = True) -> None:
        """Remove an object: at once, or a while from now."""
        if scheduled:
            self._going.setdefault((kind, live_id), self.now() + DELETION)
        else:
            self.objects[kind].pop(live_id, None)

    def going(self, kind: str, live_id: str) -> bool:
        """Return whether an object is to be deleted."""
        return (kind, live_id) in self._going

    def _settle(self) -> None:
        """Carry out the deletions whose time has come."""
        for (kind, live_id), when in list(self._going.items()):
            if when <= self.now() and not self.kept_for_ever:
                gone = self.objects[kind].pop(live_id, None)
                del self._going[kind, live_id]
                if kind == "projects" and gone:
                    self.held[gone["slug"]] = when + SLUG
                if kind == "detectors":
                    for workflow in self.objects["workflows"].values():
                        workflow["detectorIds"] = [i for i in workflow["detectorIds"] if i != live_id]
                if kind == "projects":
                    self._empty(live_id)

    def _empty(self, project_id: str) -> None:
        for kind in ("keys", "detectors"):
            gone = [i for i, o in self.objects[kind].items() if str(o["projectId"]) == project_id]
            for live_id in gone:
                del self.objects[kind][live_id]
                for workflow in self.objects["workflows"].values():
                    workflow["detectorIds"] = [i for i in workflow["detectorIds"] if i != live_id]

    def state(self) -> dict[str, Any]:
        """Return every object, by kind, as it is kept."""
        self._settle()
        return {kind: list(found.values()) for kind, found in self.objects.items()}
