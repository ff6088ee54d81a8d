"""What GitHub accepts as rules, conditions and bypass actors, and what it makes of them.

From the schema `repository-rule` of the API description: the types, their parameters (`*` required), and the values
GitHub fills in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler_github.sandbox.store import Invalid, Store

_PATTERN = "operator* pattern* negate name"
_TYPES = f"""
creation: | deletion: | required_linear_history: | required_signatures: | non_fast_forward:
license_compliance_scanning:
update: update_allows_fetch_and_merge*
merge_queue: check_response_timeout_minutes* grouping_strategy* max_entries_to_build* max_entries_to_merge* \
merge_method* min_entries_to_merge* min_entries_to_merge_wait_minutes*
required_deployments: required_deployment_environments*
pull_request: allowed_merge_methods dismiss_stale_reviews_on_push* dismissal_restriction require_code_owner_review* \
require_last_push_approval* required_approving_review_count* required_review_thread_resolution* required_reviewers
required_status_checks: required_status_checks* strict_required_status_checks_policy* do_not_enforce_on_create
commit_message_pattern: {_PATTERN} | commit_author_email_pattern: {_PATTERN} | committer_email_pattern: {_PATTERN}
branch_name_pattern: {_PATTERN} | tag_name_pattern: {_PATTERN}
workflows: workflows* do_not_enforce_on_create
code_scanning: code_scanning_tools*
copilot_code_review: review_draft_pull_requests review_on_push
file_path_restriction: restricted_file_paths* | max_file_path_length: max_file_path_length*
file_extension_restriction: restricted_file_extensions* | max_file_size: max_file_size*
"""
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    kind.strip(): tuple(names.split())
    for line in _TYPES.replace("|", "\n").strip().splitlines()
    for kind, _, names in [line.partition(":")]
}
"""Rule type to its parameters."""
FILLED_IN: Mapping[str, Mapping[str, Any]] = {
    "pull_request": {"allowed_merge_methods": ["merge", "squash", "rebase"], "required_reviewers": []},
    "required_status_checks": {"do_not_enforce_on_create": False},
}
PUSH = ("file_path_restriction", "max_file_path_length", "file_extension_restriction", "max_file_size")
ACTORS = ("Integration", "OrganizationAdmin", "RepositoryRole", "Team", "DeployKey", "User")
MODES = ("always", "pull_request", "exempt")


def invalid(path: str, why: str) -> Invalid:
    """Return the error for a body that is not of the documented form."""
    return Invalid(422, f"Invalid request.\n\nInvalid property {path}: {why}.")


def rules(sent: Any, target: str) -> list[dict[str, Any]]:
    """Return rules as they are kept: parameters filled in, unknown ones left out as GitHub does. Raises Invalid."""
    if not isinstance(sent, list):
        raise invalid("/rules", f"`{sent}` is not of type `array`")
    return [_rule(rule, target, f"/rules/{number}") for number, rule in enumerate(sent)]


def _rule(sent: Any, target: str, path: str) -> dict[str, Any]:
    kind = str(sent.get("type")) if isinstance(sent, Mapping) else ""
    if kind not in PARAMETERS:
        raise invalid(path, "data matches no possible input. See `documentation_url`")
    if (kind in PUSH) != (target == "push"):
        raise Invalid(422, "Validation Failed", [f"Invalid rule '{kind}': Rule is not allowed for target {target}"])
    given = sent.get("parameters") or {}
    names = {name.rstrip("*"): name.endswith("*") for name in PARAMETERS[kind]}
    missing = [name for name, required in names.items() if required and given.get(name) is None]
    if missing:
        raise invalid(f"{path}/parameters", f"is missing required key {missing[0]}")
    count = given.get("required_approving_review_count", 0)
    if not (isinstance(count, int) and 0 <= count <= 10):
        raise invalid(f"{path}/parameters/required_approving_review_count", f"`{count}` is not between 0 and 10")
    kept = {name: given[name] for name in names if given.get(name) is not None}
    parameters = {**FILLED_IN.get(kind, {}), **kept}
    return {"type": kind, **({"parameters": parameters} if parameters else {})}


def conditions(sent: Any, target: str) -> dict[str, Any] | None:
    """Return conditions as they are kept: a ruleset for pushes has none. Raises Invalid."""
    if target == "push":
        return None
    if sent is None:
        return {"ref_name": {"exclude": [], "include": []}}
    names = sent.get("ref_name") if isinstance(sent, Mapping) else None
    if not isinstance(names, Mapping) or not all(isinstance(names.get(n), list) for n in ("include", "exclude")):
        raise invalid("/conditions", "ref_name needs include and exclude")
    wrong = [n for n in (*names["include"], *names["exclude"]) if not n.startswith(("refs/", "~"))]
    if wrong:
        raise Invalid(422, "Validation Failed", [f"Invalid target patterns: '{wrong[0]}'"])
    return {"ref_name": {"exclude": list(names["exclude"]), "include": list(names["include"])}}


def actors(store: Store, sent: Any, target: str) -> list[dict[str, Any]]:
    """Return bypass actors as they are kept. Raises Invalid."""
    if not isinstance(sent, list):
        raise invalid("/bypass_actors", f"`{sent}` is not of type `array`")
    kept = [_actor(store, actor, target, f"/bypass_actors/{number}") for number, actor in enumerate(sent)]
    keys = [(actor["actor_type"], actor["actor_id"]) for actor in kept]
    if len(set(keys)) != len(keys):
        raise Invalid(422, "Validation Failed", ["Bypass actors must be unique"])
    return kept


def _actor(store: Store, sent: Any, target: str, path: str) -> dict[str, Any]:
    kind, number, mode = sent.get("actor_type"), sent.get("actor_id"), sent.get("bypass_mode", "always")
    if kind not in ACTORS or mode not in MODES:
        raise invalid(path, "data matches no possible input. See `documentation_url`")
    if mode == "pull_request" and (target != "branch" or kind == "DeployKey"):
        raise Invalid(422, "Validation Failed", ["Bypass mode pull_request is only for branches"])
    if kind == "OrganizationAdmin":
        if not store.organization:
            raise Invalid(422, "Validation Failed", ["OrganizationAdmin is not for personal repositories"])
        number = 1
    elif kind == "DeployKey" and number is not None:
        raise Invalid(422, "Validation Failed", ["Actor DeployKey has no id"])
    elif kind != "DeployKey" and not isinstance(number, int):
        raise invalid(path, "is missing required key actor_id")
    unknown = (kind == "Team" and number not in store.teams) or (kind == "User" and number not in store.users)
    if unknown:
        raise Invalid(422, "Validation Failed", [f"Actor {kind} {number} must have access to the repository"])
    return {"actor_id": number, "actor_type": kind, "bypass_mode": mode}


def effective(store: Store, branch: str) -> Sequence[dict[str, Any]]:
    """Return the rules that bind a branch now, from the repository and from above it."""
    default = branch == store.branches[0]
    found = []
    for one in store.rulesets.values():
        included = ((one.conditions or {}).get("ref_name") or {}).get("include", [])
        hit = "~ALL" in included or f"refs/heads/{branch}" in included or (default and "~DEFAULT_BRANCH" in included)
        if one.enforcement == "active" and one.target == "branch" and hit:
            origin = {"ruleset_source_type": one.source_type, "ruleset_source": one.source, "ruleset_id": one.id}
            found += [{**rule, **origin} for rule in one.rules]
    return found
