"""What a plan says about a change beyond its fields, or why it cannot be made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import Adopt, Change, Create, Preview, Recreate, Update

CHECKS = "a check that nobody reports under this name blocks every merge: {}"
CLASSIC = (
    "protected_branches means classic branch protection, not rulesets; while no branch has any, everything may deploy"
)


def preview(change: Change) -> Preview:
    """Return the notes of a change, and a hold for a secret on its way into a variable."""
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return Preview()
    written = {str(diff.path[0]) for diff in change.fields if diff.cause != "released"}
    if change.kind == "actions_variables" and any(d.secret and d.path == ("value",) for d in change.fields):
        return Preview(
            hold="its value is taken from an output that is secret, and whoever reads the repository reads variables",
            next="make it an entry of actions_secrets",
        )
    notes = []
    if change.kind == "rulesets" and "rules" in written and (checks := _checks(change.desired.spec)):
        notes.append(CHECKS.format(", ".join(checks)))
    policy = change.desired.spec.get("deployment_branch_policy")
    if change.kind == "environments" and "deployment_branch_policy" in written and policy == "protected_branches":
        notes.append(CLASSIC)
    return Preview(tuple(notes))


def _checks(spec: Mapping[str, Any]) -> list[str]:
    rule = (spec.get("rules") or {}).get("required_status_checks") or {}
    return [str(check["context"]) for check in rule.get("required_status_checks") or ()]
