"""What a plan with nothing to do has to read, counted from the simulated state and the documented page sizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil

from reconciler_vercel.sandbox.routing import live_of
from reconciler_vercel.sandbox.store import Store

MOST_PER_PAGE = 100
OWN = ".vercel.app"


def expected_reads(store: Store, collections: Collection[str], project: str | None) -> Mapping[str, int]:
    """Return the calls by what they are for. `project` None: the instance is for the projects of the team."""
    if project is None:
        count = len(store.projects)
        return {"whoami (team)": 1, "projects": pages(count), "their deployments": count}
    found = store.project(project)
    reads = {"whoami (project, team)": 2}
    if "env" in collections:
        reads["env"] = pages(len(found.env))
    if "headers" in collections:
        reads["versions of routes"] = 1
        reads["live routes"] = 1 if live_of(found) else 0
    if "domains" in collections:
        reads["domains"] = pages(len(found.domains))
        reads["DNS of each domain"] = sum(1 for name in found.domains if not name.endswith(OWN))
    if "hosting" in collections:
        reads["project"] = 1
        reads["deployments"] = 1
    return reads


def pages(objects: int) -> int:
    """Return how many pages a listing has; an empty one has one."""
    return max(1, ceil(objects / MOST_PER_PAGE))
