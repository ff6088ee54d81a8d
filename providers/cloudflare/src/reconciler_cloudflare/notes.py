"""What a plan says about a change of a bucket beyond its fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler import Adopt, Change, Create, Live, Preview, Recreate, Update
from reconciler_cloudflare.models.buckets import DEFAULT_ABORT

PUBLIC_DEV = (
    "r2.dev is switched on: anyone can read every object, throttled, without cache, and around the WAF, Access and "
    "token rules of custom domains. Never for production"
)
HINT = "the location is a hint: R2 follows it as far as it can, and only at the first creation of this name"
LATER = "the storage class is that of later uploads: objects that are there keep theirs"
CORS = "browsers may see the old CORS rules for up to 30 s"
LIFECYCLE = "lifecycle rules reach objects that are there within about 24 h"
ATTACH = "{} is attached and serves once ownership and certificate are active; its DNS record is Cloudflare's own"
REMOVE = "{} is removed at once, with its certificate and DNS record; cached copies stay until they expire"
CLOSED = "the bucket is closed at once: links through {} stop working, but for cached copies"
GAP = "r2.dev is switched off at once: nothing is readable until the custom domain is active. Attach that first"
DELETES = "lifecycle rule {} deletes objects for good, {}"
CARRIED = "the rule that R2 gives each bucket ({}) is carried over; `abort_multipart_after: null` removes it"


def preview(change: Change) -> Preview:
    """Return the notes of a change."""
    match change:
        case Create(desired=desired) | Recreate(desired=desired):
            return Preview(tuple(dict.fromkeys(_notes(desired.spec, set(desired.spec), None))))
        case Update(desired=desired, live=live) | Adopt(desired=desired, live=live):
            names = {str(diff.path[0]) for diff in change.fields if diff.cause != "released"}
            return Preview(tuple(dict.fromkeys(_notes(desired.spec, names, live))))
        case _:
            return Preview()


def _notes(spec: Mapping[str, Any], names: set[str], live: Live | None) -> Iterator[str]:
    """Yield what to say of the fields in `names`; `live` is None for a new bucket."""
    before: Mapping[str, Any] = live.values if live else {}
    access = spec.get("access") if "access" in names else None
    if access == "public-dev":
        yield PUBLIC_DEV
    if access == "private" and live and "public_url" in live.outputs:
        yield CLOSED.format(live.outputs["public_url"])
    if access == "public-cdn" and before.get("access") == "public-dev":
        yield GAP
    if "custom_domains" in names:
        had = {domain["domain"] for domain in before.get("custom_domains", ())}
        wanted = {domain["domain"] for domain in spec.get("custom_domains") or ()}
        yield from (ATTACH.format(name) for name in sorted(wanted - had))
        yield from (REMOVE.format(name) for name in sorted(had - wanted))
    if live is None and "locationHint" in names:
        yield HINT
    if live and "storageClass" in names:
        yield LATER
    if live and "cors" in names:
        yield CORS
    if "lifecycle_rules" in names:
        yield from _lifecycle(spec, live)


def _lifecycle(spec: Mapping[str, Any], live: Live | None) -> Iterator[str]:
    if live:
        yield LIFECYCLE
    for rule in spec.get("lifecycle_rules") or ():
        if rule["enabled"] and rule.get("deleteObjectsTransition"):
            yield DELETES.format(rule["id"], _reach(rule))
    age: Any = live.values.get("abort_multipart_after") if live else DEFAULT_ABORT
    if age is not None and "abort_multipart_after" not in spec:
        name = f"{live.private['abort_rule']}: " if live else ""
        yield CARRIED.format(f"{name}unfinished multipart uploads are dropped after {_days(age)}")


def _reach(rule: Mapping[str, Any]) -> str:
    """Return which objects a rule deletes, and when."""
    prefix, condition = rule["conditions"]["prefix"], rule["deleteObjectsTransition"]["condition"]
    which = f"those whose key starts with {prefix}" if prefix else "all of them"
    return (
        f"{which}, {_days(condition['maxAge'])} after upload"
        if "maxAge" in condition
        else (f"{which}, from {condition.get('date')} on")
    )


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return f"{seconds} s" if rest else f"{days} {'day' if days == 1 else 'days'}"
