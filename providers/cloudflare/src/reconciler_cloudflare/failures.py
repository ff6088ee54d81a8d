"""What Cloudflare's refusals mean, by the codes in `errors[]`: the words that come with them are not documented.

Codes and their HTTP status: the vendor's published lists for R2 and for API authentication. Rate limits and server
errors never come here: the HTTP client waits and tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import CredentialRejected, Denied, NotFound, ProviderError, Unavailable
from reconciler_cloudflare.models.settings import READ, WRITE, ZONES

NO_BUCKET = 10006
NO_CORS = 10059
THROTTLED = frozenset({971, 6100, 10058})
BAD_TOKEN = frozenset({1000, 9103, 9106, 9109, 10000, 10002})
NOT_ALLOWED = frozenset({10003})

ADVICE: Mapping[int, tuple[str, str]] = {
    10005: ("the name is not one R2 takes", "use 3 to 63 of a-z, 0-9 and -, not at an end"),
    10008: (
        "the bucket is not empty: objects, unfinished multipart uploads or event notification rules are in it",
        "look at what is in it and remove that by hand if it may go; nothing here ever empties a bucket",
    ),
    10009: ("the account has as many buckets as it may have", "remove some, or ask Cloudflare for a higher limit"),
    10042: (
        "this is the plan: the account is not entitled to R2",
        "subscribe to R2 in the dashboard (R2 Object Storage); no other token would help",
    ),
    10069: ("a lock rule of the bucket protects objects", "loosen the lock by hand if that is meant"),
    10073: (
        "a bucket of this name is there and was not listed",
        "it may be in another jurisdiction: list that under `jurisdictions:`, write `jurisdiction:`, and adopt it",
    ),
    10081: ("a Data Catalog is active on the bucket", "switch it off by hand first if that is meant"),
}
"""By code: what it is about, and what to do."""


class NoCors(NotFound):
    """The bucket is there and has no CORS configuration (10059). Answered with 404, like a bucket that is not there."""


def codes_of(body: Any) -> frozenset[int]:
    """Return the error codes in a parsed body; none where it is of another form."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    found = (error.get("code") for error in errors if isinstance(error, Mapping)) if isinstance(errors, list) else ()
    return frozenset(code for code in found if isinstance(code, int))


def error_text(body: Any) -> str:
    """Return what the API says, each error as `code: message`."""
    return "; ".join(f"{error['code']}: {error['message']}" for error in body["errors"])


def judge(denied: Denied) -> ProviderError:
    """Return the error that an answer means, with what to do about it."""
    codes, error = codes_of(denied.body), denied.error
    told: dict[str, Any] = {"operation": denied.call.operation, "status": denied.status}
    if NO_CORS in codes:
        return NoCors(error.message, **told)
    if NO_BUCKET in codes:
        return NotFound(f"{error.message}; a bucket is only found under its own jurisdiction", **told)
    if codes & THROTTLED:
        return Unavailable(error.message, fix="the limit counts every program of this user; run it again later", **told)
    for code in sorted(codes & set(ADVICE)):
        because, fix = ADVICE[code]
        return denied.as_refused(fix, because=because)
    if denied.status == 403 or codes & NOT_ALLOWED:
        rejected = denied.as_missing_scope(_scope(denied))
        rejected.fix += "; new permissions take up to a minute"
        return rejected
    if codes & BAD_TOKEN:
        name = denied.call.credential or "the token"
        fix = f"check the value of {name}: it may be expired, revoked, or not a token at all (not the Global API Key)"
        return CredentialRejected(error.message, fix=fix, **told)
    if denied.status == 410:
        return denied.as_refused("update reconciler-cloudflare", because="this endpoint is retired")
    if denied.status == 409 and "/domains/custom" in denied.call.operation:
        return denied.as_refused(
            "look in the dashboard which bucket or record has the domain, and take it away there",
            because="the domain is in use elsewhere",
        )
    return error


def _scope(denied: Denied) -> str:
    """Return the permission group that a call needs, as the vendor names it."""
    if "/zones" in denied.call.operation:
        return ZONES
    return WRITE if denied.call.writes else READ
