"""What a plan with nothing to do has to read, counted from the simulated organisation and the documented pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil

from reconciler_sentry.sandbox.store import Store


def expected_reads(store: Store, project: str, collections: Collection[str]) -> Mapping[str, int]:
    """Return the calls by what they are for.

    The project tells whose token it is. It is read again with its filters, having no listing with its settings; alerts
    need the project's two own detectors, each found by its type; a dashboard's widgets are only in the dashboard.
    """
    made = next((p for p in store.all("projects") if p["slug"] == project), None)
    if made is None:
        return {"whoami (project, organisation)": 2, **({"project": 1} if "sentry_project" in collections else {})}
    own = {d["id"] for d in store.all("detectors") if d["projectId"] == made["id"]}
    reads = {"whoami (project)": 1}
    if "sentry_project" in collections:
        reads |= {"project": 1, "inbound filters": 1}
    if "client_keys" in collections:
        reads["client keys"] = _pages(store, len([k for k in store.all("keys") if str(k["projectId"]) == made["id"]]))
    if "metric_monitors" in collections:
        kinds = [d["type"] for d in store.all("detectors") if d["id"] in own]
        reads["metric monitors"] = _pages(store, kinds.count("metric_issue"))
    if "alerts" in collections:
        listening = [w for w in store.all("workflows") if own & set(w["detectorIds"])]
        reads |= {"detectors of the project itself": 2, "alerts": _pages(store, len(listening))}
    if "dashboards" in collections:
        boards = store.all("dashboards")
        ours = [d for d in boards if not d["projects"] or int(made["id"]) in d["projects"]]
        ours = [d for d in ours if not d.get("prebuiltId")]
        reads |= {"dashboards": _pages(store, len(boards)), "widgets of each dashboard": len(ours)}
    return {**reads, **_names(store)}


def _names(store: Store) -> dict[str, int]:
    """Return the listings of names that desired state refers to."""
    reads: dict[str, int] = {}
    behind = {"actors": ("teams", "members"), "teams": ("teams",), "integrations": ("integrations",)}
    for kind in sorted({listing for need in store.needs for listing in behind.get(need, ())}):
        reads[kind] = _pages(store, len(store.all(kind)))
    return reads


def _pages(store: Store, objects: int) -> int:
    return max(1, ceil(objects / store.page_size))
