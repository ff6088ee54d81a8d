"""The state of a simulated team: its projects with what belongs to them, and what the world around it is like."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler_vercel.sandbox.answers import not_found

RIGHTS = frozenset({"read", "env", "routes", "domains", "projects", "deployments"})


@dataclass
class RouteVersion:
    """One version of a project's routing rules."""

    id: str
    rules: list[dict[str, Any]]
    modified: int
    by: str
    live: bool = False
    staged: bool = False


@dataclass
class Project:
    """One project. `settings` are the fields of its payload that are stored; the rest is computed when it is shown."""

    id: str
    name: str
    created: int
    settings: dict[str, Any]
    env: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: list[RouteVersion] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    environments: list[dict[str, Any]] = field(default_factory=list)
    bypass: dict[str, dict[str, Any]] = field(default_factory=dict)
    freed: dict[tuple[str, str, str], float] = field(default_factory=dict)  # key, branch, target to when it was deleted
    serving: str = ""  # id of the deployment that production leads to
    rolled_back: bool = False
    alias_request: dict[str, Any] | None = None  # the last promotion or rollback
    writing: bool = False  # a change of variables is under way
    updated: int = 0


@dataclass
class World:
    """What differs between accounts, and what goes wrong. Tests change it; `reset` leaves it alone."""

    plan: str = "pro"
    addons: set[str] = field(default_factory=set)  # protection, trusted_ips
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))
    dns: set[str] = field(default_factory=set)  # domains whose DNS leads to Vercel
    unverified: set[str] = field(default_factory=set)  # domains whose ownership is in doubt
    elsewhere: set[str] = field(default_factory=set)  # domains of other projects
    challenge: bool = False  # decrypting wants a person
    undecryptable: set[str] = field(default_factory=set)  # keys
    conflict: str = "ENV_CONFLICT"  # or ENV_ALREADY_EXISTS, or forbidden: three ways to say the same
    policy: str = "default"  # sensitiveEnvironmentVariablePolicy
    most_routes: int = 2048  # that the plan allows
    failing_builds: bool = False
    looks: int = 3  # at a deployment, until it is built
    extra: dict[str, Any] = field(default_factory=dict)  # what the vendor adds to objects without notice


class Store:
    """All of one team."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        team_id: str = "team_sandbox",
        slug: str = "ai-gurus",
        projects: Mapping[str, str] | None = None,
        seed: int = 0,
        deployed: bool = False,
    ) -> None:
        """Make a team with these projects, name to id ("" for one that is made up), each deployed once or never."""
        self.now = now
        self.team_id, self.slug, self.seed = team_id, slug, seed
        self.seeded, self.deployed = dict(projects or {}), deployed
        self.world = World()
        self.projects: dict[str, Project] = {}
        self._count = 0
        self._last = 0
        self.reset()

    def reset(self) -> None:
        """Start again with what the team has from the beginning."""
        from reconciler_vercel.sandbox.deploying import deploy, finish
        from reconciler_vercel.sandbox.projects import new_project

        self.projects = {}
        self._count = 0
        for name, project_id in self.seeded.items():
            project = new_project(self, name, {}, project_id)
            if self.deployed:
                deploy(self, project)
                finish(self, project)

    def new_id(self, prefix: str = "", length: int = 24) -> str:
        """Return an id that was never used, the same one for the same seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self.seed}:{self.team_id}:{self._count}".encode()).hexdigest()
        return f"{prefix}{digest[:length]}"

    def ms(self) -> int:
        """Return the time in milliseconds, never the same twice."""
        self._last = max(self._last + 1, int(self.now().timestamp() * 1000))
        return self._last

    def project(self, id_or_name: str) -> Project:
        """Return a project. Raises Refusal."""
        by_name = (p for p in self.projects.values() if p.name == id_or_name)
        found = self.projects.get(id_or_name) or next(by_name, None)
        if found is None:
            raise not_found("Project")
        return found

    @property
    def user(self) -> dict[str, Any]:
        """The account behind the token."""
        return {
            "limited": True,
            "id": "user_sandbox",
            "email": "robot@example.com",
            "name": "Robot",
            "username": "robot",
            "avatar": None,
            "defaultTeamId": self.team_id,
        }
