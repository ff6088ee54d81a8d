"""The simulator of Neon, served on loopback for `reconcile sandbox` and used by the tests."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from reconciler import Resource, Runtime, SandboxRequest, SecretRef
from reconciler.sandbox import HandEdit, HttpSandbox
from reconciler_neon.models import NeonSettings
from reconciler_neon.sandbox.api import BASE, NeonApi
from reconciler_neon.sandbox.edits import Console
from reconciler_neon.sandbox.reads import expected_reads
from reconciler_neon.sandbox.stock import NAME, PROJECT, found_project
from reconciler_neon.sandbox.world import World

_ID = re.compile(r"[a-z]+-[a-z]+-[0-9]{6,}")
PACE = 0.4  # seconds that an operation takes here: people wait for demonstrations


class NeonSandbox(HttpSandbox):
    """One simulated project: the one that `expect:` and `project:` name. Only the exported key opens it."""

    api: NeonApi

    def __init__(self, request: SandboxRequest) -> None:
        settings = request.settings
        wanted = settings.project if isinstance(settings, NeonSettings) else NAME
        secret = settings.token if isinstance(settings, NeonSettings) else None
        self.variable = secret.name if isinstance(secret, SecretRef) else "NEON_API_KEY"
        is_id = _ID.fullmatch(wanted) is not None
        self.project = (settings.expect or {}).get("project_id") or (wanted if is_id else PROJECT)
        name = NAME if is_id or wanted == self.project else wanted
        world = World(
            now=Runtime().now,
            seed=request.seed,
            pace=PACE,
            fill=lambda world: _fill(world, self.project, name),
        )
        key = f"napi_{world.text(f'key of {request.instance}', 48)}"
        super().__init__(NeonApi(world, key), request, title=f"Neon simulator (project {self.project})")

    def exports(self, url: str) -> Mapping[str, str]:
        """Return the address and the key."""
        return {"NEON_API_URL": f"{url}{BASE}", self.variable: self.api.token}

    def hand_edits(self, desired: Sequence[Resource]) -> Sequence[HandEdit]:
        """Return edits that somebody might make in the console to what is desired."""
        return Console(self.app, self.api.token, self.project).edits(desired)

    def expected_reads(self, collections: Collection[str]) -> Mapping[str, int]:
        """Return the calls of a plan with nothing to do."""
        return expected_reads(self.api.world, self.api.world.estates[self.project], collections)


def _fill(world: World, project: str, name: str) -> None:
    found_project(world, project, name)
