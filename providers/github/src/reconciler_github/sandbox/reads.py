"""What a plan with nothing to do has to read, counted from the simulated repository and the documented page sizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil

from reconciler_github.sandbox.store import Store

PER_PAGE = 100
VARIABLES_PER_PAGE = 30
IN_ENVIRONMENTS = {"environments", "actions_variables", "actions_secrets"}


def expected_reads(store: Store, collections: Collection[str], *, reviewers: bool) -> Mapping[str, int]:
    """Return the calls by what they are for.

    A listing of rulesets holds no rules, so each is read once more. The environments are listed once for all that is
    kept in them. `reviewers`: desired state names some, who are found among the collaborators and teams.
    """
    wanted = set(collections)
    own = [one for one in store.rulesets.values() if one.source_type == "Repository"]
    vaults = [store.vault, *(one.vault for one in store.environments.values())]
    custom = [e for e in store.environments.values() if (e.policy or {}).get("custom_branch_policies")]
    reads = {"whoami (the repository)": 1}
    if "rulesets" in wanted:
        reads |= {"rulesets": pages(len(own)), "each ruleset": len(own)}
    if wanted & IN_ENVIRONMENTS:
        reads["environments"] = pages(len(store.environments))
    if "environments" in wanted:
        reads["branch policies"] = sum(pages(len(one.policies)) for one in custom)
    if "actions_variables" in wanted:
        reads["variables, of each place"] = sum(pages(len(v.variables), VARIABLES_PER_PAGE) for v in vaults)
    if "actions_secrets" in wanted:
        reads["secrets, of each place"] = sum(pages(len(v.secrets)) for v in vaults)
    if "environments" in wanted and reviewers:
        reads["collaborators and teams"] = pages(len(store.users)) + store.organization * pages(len(store.teams))
    return reads


def pages(objects: int, size: int = PER_PAGE) -> int:
    """Return how many pages a listing has; an empty one has one."""
    return max(1, ceil(objects / size))
