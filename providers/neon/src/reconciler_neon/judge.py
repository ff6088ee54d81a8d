"""What a denial of Neon means. Neon documents no statuses and no codes for errors, so the message has to tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler import Denied, ProviderError

LIMITS = (
    "history window 6 hours on Free, 7 days on Launch, 30 days on Scale; scheduled snapshots and protected branches "
    "not on Free; allowed_ips on Scale only; 10 branches on Free and Launch, 25 on Scale"
)
_PLAN = re.compile(r"\b(plans?|subscription|upgrade|limits?|quota)\b", re.I)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")  # names that people gave: a branch may be called plan-b
_DENIALS = (400, 402, 403, 406, 409, 412, 422, 428)


def judge(denied: Denied) -> ProviderError:
    """Return the error: a limit of the plan, a right that is missing, or what the status says."""
    if denied.status == 402 or (denied.status in _DENIALS and _PLAN.search(_said(denied.body))):
        return denied.as_refused(
            f"choose another plan, or a value within this one: {LIMITS}", because="it is a limit of the Neon plan"
        )
    if denied.status == 410:
        return denied.as_refused("update reconciler-neon", because="this endpoint is retired")
    if denied.status == 403 and "/connection_uri" in denied.call.operation:
        return denied.as_missing_scope("the right to read role passwords (CAN_EDIT on the project)")
    if denied.status == 403:
        right = "CAN_VIEW" if denied.call.operation.startswith("GET ") else "CAN_EDIT"
        return denied.as_missing_scope(f"the permission {right} on the project")
    return denied.error


def _said(body: Any) -> str:
    """Return what Neon says in its own words: the code, such as BRANCHES_LIMIT_EXCEEDED, and the message."""
    if not isinstance(body, Mapping):
        return ""
    code = str(body.get("code") or "").replace("_", " ")
    return f"{code} {_QUOTED.sub('', str(body.get('message') or ''))}"
