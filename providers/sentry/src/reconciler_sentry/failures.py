"""What Sentry's refusals mean: retired endpoints, missing scopes, plan limits, a renamed project. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler import Denied, ProviderError

SCOPES: tuple[tuple[str, str, str], ...] = (
    (r"GET", r"/(detectors|workflows)/", "alerts:read"),
    (r"POST|PUT|DELETE", r"/(detectors|workflows)/", "alerts:write"),
    (r"DELETE", r"/projects/[^/]+/[^/]+/(keys/[^/]+/)?$", "project:admin"),
    (r"GET", r"/projects/[^/]+/[^/]+/", "project:read"),
    (r"POST|PUT|DELETE", r"/projects/[^/]+/[^/]+/|/teams/[^/]+/[^/]+/projects/|/spike-protections/", "project:write"),
    (r"GET", r"/members/", "member:read"),
    (r".*", r"", "org:read"),
)
"""Which scope a call needs, by method and path; the first that fits. From the vendor's document."""
_PLAN = re.compile(
    r"\b(plans?|upgrade|subscription|quota|not enabled|feature|maximum number|limit(ed)? (of|to))\b", re.I
)
_DYNAMIC = re.compile(r"\b(anomal|detection_?type|dynamic|percent)", re.I)


class Disturbed(ProviderError):
    """Sentry made an update, and changed with it what was to stay. Sending it again would only hide that."""


def error_text(body: Any) -> str:
    """Return what Sentry says in an error: `detail` as a text or an object, or texts by field, nested as sent."""
    if isinstance(body, Mapping) and "detail" in body:
        detail = body["detail"]
        return str(detail.get("message") or detail.get("code") or "") if isinstance(detail, Mapping) else str(detail)
    return "; ".join(_by_field(body, ""))


def _by_field(body: Any, path: str) -> Iterator[str]:
    if isinstance(body, Mapping):
        for name, inner in body.items():
            here = path if name in ("nonFieldErrors", "non_field_errors") else f"{path}.{name}" if path else str(name)
            yield from _by_field(inner, here)
    elif isinstance(body, list):
        for index, inner in enumerate(body):
            yield from _by_field(inner, f"{path}[{index}]" if isinstance(inner, Mapping) else path)
    elif body not in (None, ""):
        yield f"{path}: {body}" if path else str(body)


def judge(denied: Denied) -> ProviderError:
    """Return the error that a definite answer of Sentry means."""
    text, code = error_text(denied.body), _code(denied.body)
    if denied.status == 410:
        return denied.as_refused(
            "update the tool: this call was retired in favour of monitors (detectors) and alerts (workflows)",
            because="Sentry has retired this endpoint, which says nothing about the object",
        )
    if code == "sudo-required":
        return denied.as_refused(
            "use the token of an internal integration (Sentry, Settings, Developer Settings): it is never asked",
            because="Sentry wants the password entered again, which only a person can do",
        )
    if code == "resource-moved" or denied.status in (301, 302):
        slug = _extra(denied.body).get("slug")
        return denied.as_refused(
            f"write `project: {slug or '<its new slug>'}` under the provider in environment.yaml",
            because="the project was renamed" + (f" to {slug}" if slug else ""),
        )
    if denied.status == 402 or (denied.status in (400, 403, 428) and _is_plan(denied, text)):
        return denied.as_refused(
            "take a plan that has it (Sentry, Settings, Subscription), or write the object without it",
            because="this is a limit of the organisation's plan, not of the token",
        )
    if denied.status == 403:
        return denied.as_missing_scope(f"the scope {_scope(denied.call.operation)}")
    if denied.status == 409:
        return denied.as_refused("choose another name or slug, or adopt the object that has it with `lifecycle.id`")
    return denied.error


def _is_plan(denied: Denied, text: str) -> bool:
    """Return whether a refusal speaks of the plan; for a monitor also one that only names its way of detection."""
    if _PLAN.search(text):
        return True
    writes_detector = "/detectors/" in denied.call.operation and denied.call.writes
    return writes_detector and denied.status == 403 and bool(_DYNAMIC.search(text))


def _scope(operation: str) -> str:
    method, _, path = operation.partition(" ")
    return next(scope for verb, pattern, scope in SCOPES if re.fullmatch(verb, method) and re.search(pattern, path))


def _code(body: Any) -> str:
    detail = body.get("detail") if isinstance(body, Mapping) else None
    return str(detail.get("code") or "") if isinstance(detail, Mapping) else ""


def _extra(body: Any) -> Mapping[str, Any]:
    detail = body.get("detail") if isinstance(body, Mapping) else None
    extra = detail.get("extra") if isinstance(detail, Mapping) else None
    return extra if isinstance(extra, Mapping) else {}
