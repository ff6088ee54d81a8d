"""Environments: three kinds of protection rules read back into the fields that set them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler import Live, as_id
from reconciler_github.convert.payloads import moment, promised
from reconciler_github.models.environments import Environment

POLICIES = ("protected_branches", "custom_branch_policies")
Policy = tuple[str, str]
"""Type (branch or tag) and pattern."""


@promised("an environment")
def to_live(payload: Mapping[str, Any], policies: Sequence[Mapping[str, Any]] | None) -> Live:
    """Return an environment. `policies` are its branch policies; None where it has no custom ones.

    Its name is its id: every call takes it by name.
    """
    settings = settings_of(payload)
    reviewers = tuple(sorted(f"{r['type']}/{r['id']}" for r in settings["reviewers"]))
    values: dict[str, Any] = {
        "name": payload["name"],
        "wait_timer": settings["wait_timer"],
        "reviewers": reviewers,
        "prevent_self_review": settings["prevent_self_review"],
    }
    chosen = [name for name in POLICIES if (settings["deployment_branch_policy"] or {}).get(name)]
    if chosen:
        values["deployment_branch_policy"] = chosen[0]
    if policies is not None:
        there = keyed(policies)
        values["branch_policies"] = {
            kind: tuple(sorted(name for of, name in there if of == kind)) for kind in ("branch", "tag")
        }
    name = as_id(payload["name"])
    created = moment(payload.get("created_at"))
    return Live(Environment.collection, name, (name.lower(),), values, name=name, created_at=created)


@promised("an environment")
def settings_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a PUT would have to send to leave an environment as it is: all of it, since a PUT resets the rest."""
    rules = {rule["type"]: rule for rule in payload.get("protection_rules") or ()}
    review = rules.get("required_reviewers", {})
    return {
        "wait_timer": int(rules.get("wait_timer", {}).get("wait_timer", 0)),
        "prevent_self_review": bool(review.get("prevent_self_review", False)),
        "reviewers": [{"type": r["type"], "id": int(r["reviewer"]["id"])} for r in review.get("reviewers") or ()],
        "deployment_branch_policy": _policy(payload.get("deployment_branch_policy")),
    }


def _policy(payload: Mapping[str, Any] | None) -> dict[str, bool] | None:
    return None if payload is None else {name: bool(payload[name]) for name in POLICIES}


@promised("an environment")
def is_custom(payload: Mapping[str, Any]) -> bool:
    """Return whether branch policies of its own decide what may deploy to an environment."""
    return bool((payload.get("deployment_branch_policy") or {}).get("custom_branch_policies"))


@promised("a list of branch policies")
def keyed(policies: Iterable[Mapping[str, Any]]) -> dict[Policy, str]:
    """Return the ids of branch policies. Without a type one is for branches."""
    return {(str(p.get("type") or "branch"), str(p["name"])): str(p["id"]) for p in policies}


def to_body(spec: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the whole body of a PUT: these fields over the settings that are there now."""
    body: dict[str, Any] = {
        "wait_timer": 0,
        "prevent_self_review": False,
        "reviewers": [],
        "deployment_branch_policy": None,
        **(settings or {}),
    }
    if "wait_timer" in spec:
        body["wait_timer"] = spec["wait_timer"]
    if "prevent_self_review" in spec:
        body["prevent_self_review"] = spec["prevent_self_review"]
    if "reviewers" in spec:
        body["reviewers"] = [_reviewer(name) for name in spec["reviewers"] or ()]
    if "deployment_branch_policy" in spec:
        chosen = spec["deployment_branch_policy"]
        body["deployment_branch_policy"] = {name: name == chosen for name in POLICIES} if chosen else None
    return body


def _reviewer(reference: str) -> dict[str, Any]:
    kind, _, number = reference.partition("/")
    return {"type": kind, "id": int(number)}


def wanted_policies(spec: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the patterns that should be there, by type; types that are not written are not in it."""
    written = spec.get("branch_policies") or {}
    return {kind: frozenset(names or ()) for kind, names in written.items()}
