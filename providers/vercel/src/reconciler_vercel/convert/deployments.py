"""Production deployments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler_vercel.convert.payload import Payload, promised, rows

FAILED = ("ERROR", "CANCELED")
ON_THE_WAY = ("BUILDING", "INITIALIZING", "QUEUED")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. `created` is in milliseconds: the environment it was built with is that of this time."""

    id: str
    url: str
    created: float
    state: str
    substate: str
    mine: bool  # built again from another one, as we and the vendor's CLI do
    inspector: str

    @property
    def failed(self) -> bool:
        """Whether it will never serve."""
        return self.state in FAILED

    @property
    def serves(self) -> bool:
        """Whether it is built, and production's domains lead to it or have."""
        return self.state == "READY" and self.substate in ("", "PROMOTED")


def deployments_of(body: Payload) -> Sequence[Deployment]:
    """Return the deployments of a listing, newest first. Raises ProtocolError."""
    with promised("deployments"):
        return sorted((_one(row) for row in rows(body["deployments"])), key=lambda d: -d.created)


def _one(row: Any) -> Deployment:
    return Deployment(
        id=str(row["uid"]),
        url=str(row["url"]),
        created=float(row["created"]),
        state=str(row.get("readyState") or row.get("state") or ""),
        substate=str(row.get("readySubstate") or ""),
        mine=(row.get("meta") or {}).get("action") == "promote",
        inspector=str(row.get("inspectorUrl") or ""),
    )


def current(project: Payload, deployed: Sequence[Deployment]) -> Deployment | None:
    """Return what serves production: what the project names, else the newest that was promoted; None before the first.

    After a rollback the project names an older one.
    """
    named = ((project.get("targets") or {}).get("production") or {}).get("id")
    by_name = next((d for d in deployed if d.id == named), None)
    return by_name or next((d for d in deployed if d.serves), None)


def on_the_way(deployed: Sequence[Deployment]) -> Deployment | None:
    """Return the newest deployment that is being built."""
    return next((d for d in deployed if d.state in ON_THE_WAY), None)
