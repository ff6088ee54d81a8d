"""What a plan says about a change beyond its fields, or why it cannot work as written. Pure."""

from __future__ import annotations

from reconciler import Adopt, Change, Create, Preview, Recreate, Update
from reconciler_betterstack.convert.checks import POLICY_OVERRIDES

NOTES: dict[tuple[str, str], str] = {
    ("status_pages", "custom_domain"): (
        "the custom domain works once a DNS CNAME points to Better Stack: copy the target from the page's settings"
    ),
    ("monitors", "expiration_policy"): (
        "the expiration policy is kept per domain: it changes for every monitor on that domain and its subdomains"
    ),
    ("monitor_groups", "paused"): "pausing acts on the monitors that are in the group now, not on later ones",
    ("heartbeat_groups", "paused"): "pausing acts on the heartbeats that are in the group now, not on later ones",
}
"""By collection and changed field."""

JOINED = ("expiration_policy", "paused")  # a new object joins what is there; only a change surprises others


def preview(change: Change) -> Preview:
    """Return the notes of a change, and a hold when a live escalation policy would swallow its channel flags."""
    if not isinstance(change, Create | Recreate | Update | Adopt):
        return Preview()
    names = {str(diff.path[0]) for diff in change.fields if diff.cause != "released"}
    new = isinstance(change, Create | Recreate)
    told = [n for n in sorted(names) if not (new and n in JOINED)]
    notes = tuple(NOTES[change.kind, name] for name in told if (change.kind, name) in NOTES)
    flags = [flag for flag in POLICY_OVERRIDES if flag in names]
    if isinstance(change, Update | Adopt) and flags and "policy" not in change.desired.spec:
        policy = change.live.private.get("policy")
        if policy:
            return Preview(
                notes,
                hold=f"{', '.join(flags)} would be ignored: escalation policy {policy} is set on the live object",
                next="write `policy:` (null to take the policy away), or remove the flags",
            )
    return Preview(notes)
