"""What a denial of Neon means. Neon documents no statuses and no codes for errors, so the message has to tell."""

from __future__ import annotations

import re

from reconciler import Denied, ProviderError

LIMITS = (
    "history window 6 hours on Free, 7 days on Launch, 30 days on Scale; scheduled snapshots and protected branches "
    "not on Free; allowed_ips on Scale only; 10 branches on Free and Launch, 25 on Scale"
)
_PLAN = re.compile(r"\b(plans?|subscription|upgrade|limits?|limit_exceeded|quota|not available for your)\b", re.I)
_DENIALS = (400, 402, 403, 406, 409, 412, 422, 428)


def judge(denied: Denied) -> ProviderError:
    """Return the error: a limit of the plan, a right that is missing, or what the status says."""
    said = denied.error.message
    if isinstance(denied.body, dict):
        said = f"{denied.body.get('code', '')} {denied.body.get('message', '')}".replace("_", " ")
    if denied.status == 402 or (denied.status in _DENIALS and _PLAN.search(said)):
        return denied.as_refused(
            f"choose another plan, or a value within this one: {LIMITS}", because="it is a limit of the Neon plan"
        )
    if denied.status == 403:
        right = "CAN_VIEW" if denied.call.operation.startswith("GET ") else "CAN_EDIT"
        return denied.as_missing_scope(f"the permission {right} on the project")
    return denied.error
