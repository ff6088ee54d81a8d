"""Who may never lose an account: the last active admin, and the operator. Pure; the transaction checks it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler import Address, Live, Removal, Resource

LAST_ADMIN = "it would leave no active ADMIN, and only an ADMIN can manage accounts in the application"
OPERATOR = "it is the operator's own account (`operator:` in environment.yaml)"


def is_active_admin(live: Live) -> bool:
    """Return whether this account can sign in and manage others."""
    return live.values.get("role") == "ADMIN" and live.values.get("state") == "active"


def _stays_admin(after: Resource | None) -> bool:
    return after is not None and after.spec.get("role", "ADMIN") == "ADMIN" and after.spec.get("state") != "disabled"


def forbidden(removals: Iterable[Removal], live: Iterable[Live], operator: str | None) -> Mapping[Address, str]:
    """Return the removals and demotions that must never happen, each with its reason.

    Admins that the same plan creates do not count: until their password is handed over nobody can sign in as them.
    When the plan would remove all that are left, every one of these removals is named, not a choice of them.
    """
    found: dict[Address, str] = {}
    leaving = [r for r in removals if is_active_admin(r.live) and not _stays_admin(r.after)]
    gone = {r.live.id for r in leaving}
    if leaving and not any(is_active_admin(one) and one.id not in gone for one in live):
        found.update({r.address: LAST_ADMIN for r in leaving})
    for removal in removals:
        if operator is not None and removal.live.identity == (operator,):
            after = removal.after
            renamed = after is not None and after.identity != removal.live.identity
            if renamed or not _stays_admin(after):
                found[removal.address] = OPERATOR
    return found
