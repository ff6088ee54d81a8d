"""What reading a simulated project costs, by the documents: pages of listings, and details that no listing holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler_neon.sandbox.world import Estate, World

BRANCHES_ON_A_PAGE = 1_000  # of 10,000 that can be asked for
ON_BRANCHES = frozenset({"branches", "endpoints", "roles", "databases", "backups", "database"})


def expected_reads(world: World, estate: Estate, collections: Collection[str]) -> Mapping[str, int]:
    """Return the calls of a plan with nothing to do.

    Only branches come in pages. Roles, databases and schedules have a listing for each branch that has them. The
    outputs of the project need the databases of the default branch and one connection URI, which serves for both.
    """
    branches = list(world.there(estate))
    found = {"whoami": 1}
    if ON_BRANCHES & set(collections):
        found["pages of branches"] = max(1, -(-len(branches) // min(BRANCHES_ON_A_PAGE, world.most_on_page)))
    if "database" in collections:
        found |= {"project": 1, "connection URI": 1}
        if "databases" not in collections:
            found["databases of the default branch"] = 1
    if "endpoints" in collections:
        found["endpoints"] = 1
    for kind in ("roles", "databases"):
        if kind in collections:
            found[f"{kind} of each branch"] = len(branches)
    if "backups" in collections:
        found["snapshots"] = 1
        found["schedules of root branches"] = sum(not branch.get("parent_id") for branch in branches)
    return found
