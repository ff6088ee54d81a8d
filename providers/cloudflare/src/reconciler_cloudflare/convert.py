"""Payloads of the R2 API to the shape of the YAML, and back. Pure.

The API is asked in camelCase and answers buckets in snake_case. Members it adds without notice are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias, get_args

from reconciler import Live, ProtocolError
from reconciler_cloudflare import domains
from reconciler_cloudflare.models.buckets import LocationHint
from reconciler_cloudflare.models.checks import is_abort_of_all

Payload: TypeAlias = Mapping[str, Any]
HOSTS = {"default": "", "eu": "eu.", "fedramp": "fedramp."}
"""What stands before `r2.cloudflarestorage.com`, for the jurisdictions whose endpoint is documented."""


class Ref(NamedTuple):
    """Which bucket: it is found only under its own jurisdiction. As text, this is the live id."""

    jurisdiction: str
    name: str

    @property
    def id(self) -> str:
        """The live id, `default/ai-gurus-public-prod`."""
        return f"{self.jurisdiction}/{self.name}"

    @classmethod
    def of(cls, live: Live) -> Ref:
        """Return which bucket a live object is."""
        name, jurisdiction = live.identity
        return cls(jurisdiction, name)


@dataclass(frozen=True, slots=True)
class Details:
    """What a bucket's own endpoints say: payloads, each checked to be of the documented form."""

    managed: Payload
    domains: tuple[Payload, ...]
    cors: tuple[Payload, ...]
    lifecycle: tuple[Payload, ...]


def result_of(body: Any) -> Payload:
    """Return `result` of a success envelope. Raises ProtocolError where there is none."""
    result = body.get("result") if isinstance(body, Mapping) else None
    if not isinstance(result, Mapping):
        raise _misshapen("an answer without a result")
    return result


def rules_of(result: Payload) -> tuple[Payload, ...]:
    """Return the rules in a result; none where the list is null or not there. Raises ProtocolError."""
    found = result.get("rules") or []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise _misshapen("rules that are no list of objects")
    return tuple(found)


def faces_of(managed: Payload, custom: Payload) -> tuple[Payload, tuple[Payload, ...]]:
    """Return the managed domain and the custom ones. Raises ProtocolError where they do not say who can read a bucket.

    Nothing is taken for granted here: a domain that is not listed, or not said to be on, would read as private.
    """
    found = custom.get("domains")
    if isinstance(found, list) and all(isinstance(d, Mapping) and _is_face(d) for d in found) and _is_face(managed):
        return managed, tuple(found)
    raise _misshapen("domains that are not of the documented form")


def _is_face(domain: Payload) -> bool:
    return isinstance(domain.get("domain"), str) and isinstance(domain.get("enabled"), bool)


def live_of(account: str, bucket: Payload, ref: Ref, details: Details) -> Live:
    """Return a bucket with all its details in the shape of the YAML. Raises ProtocolError."""
    try:
        return _live_of(account, bucket, ref, details)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise _misshapen(f"something about bucket {ref.name} that is not of the documented form") from None


def unread(ref: Ref, reason: str) -> Live:
    """Return a bucket that was listed and could not be read."""
    return Live("buckets", ref.id, (ref.name, ref.jurisdiction), {}, name=ref.name, unknown=reason)


def _live_of(account: str, bucket: Payload, ref: Ref, details: Details) -> Live:
    abort = next((rule for rule in details.lifecycle if is_abort_of_all(rule)), None)
    others = tuple(_lifecycle_rule(rule) for rule in details.lifecycle if rule is not abort)
    values: dict[str, Any] = {
        "name": ref.name,
        "jurisdiction": ref.jurisdiction,
        "storageClass": bucket.get("storage_class") or "Standard",
        "access": access_of(details),
        "custom_domains": tuple(domains.values(domain) for domain in details.domains),
        "cors": tuple(_cors_rule(rule) for rule in details.cors),
        "lifecycle_rules": others,
        "abort_multipart_after": abort and int(abort["abortMultipartUploadsTransition"]["condition"]["maxAge"]),
    }
    location = str(bucket.get("location") or "").lower()
    if location in get_args(LocationHint):
        values["locationHint"] = location
    return Live(
        kind="buckets",
        id=ref.id,
        identity=(ref.name, ref.jurisdiction),
        values=values,
        outputs=_outputs(account, ref, details),
        name=ref.name,
        pending=tuple(note for d in details.domains if d["enabled"] and (note := domains.pending(d))),
        created_at=created_at(bucket),
        private={"abort_rule": str(abort["id"]) if abort else ""},
    )


def access_of(details: Details) -> str:
    """Return who can read a bucket, from its managed r2.dev domain and its custom ones, which are independent."""
    if details.managed["enabled"]:
        return "public-dev"
    return "public-cdn" if any(domain["enabled"] for domain in details.domains) else "private"


def _outputs(account: str, ref: Ref, details: Details) -> dict[str, str]:
    enabled = sorted(str(domain["domain"]) for domain in details.domains if domain["enabled"])
    if details.managed["enabled"]:
        enabled.append(str(details.managed["domain"]))
    outputs = {"public_url": f"https://{enabled[0]}"} if enabled else {}
    if ref.jurisdiction in HOSTS:
        outputs["endpoint"] = f"https://{account}.{HOSTS[ref.jurisdiction]}r2.cloudflarestorage.com"
    return outputs


def created_at(bucket: Payload) -> datetime | None:
    """Return when a bucket was made, or None where that is not told."""
    return moment(bucket.get("creation_date"))


def moment(value: Any) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None for anything else."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _cors_rule(rule: Payload) -> dict[str, Any]:
    allowed, age = rule["allowed"], rule.get("maxAgeSeconds")
    values = {
        "id": rule.get("id") or None,
        "allowed": {name: _set(allowed.get(name)) for name in ("methods", "origins", "headers")},
        "exposeHeaders": _set(rule.get("exposeHeaders")),
        "maxAgeSeconds": int(age) if isinstance(age, float) and age.is_integer() else age,
    }
    return {name: value for name, value in values.items() if value is not None}


def _set(value: Any) -> tuple[str, ...]:
    return tuple(sorted(str(v) for v in value or ()))


def _lifecycle_rule(rule: Payload) -> dict[str, Any]:
    transitions = tuple(
        {"condition": _condition(move["condition"]), "storageClass": move["storageClass"]}
        for move in rule.get("storageClassTransitions") or ()
    )
    values: dict[str, Any] = {
        "id": str(rule["id"]),
        "enabled": bool(rule["enabled"]),
        "conditions": {"prefix": str((rule.get("conditions") or {}).get("prefix") or "")},
        "storageClassTransitions": transitions or None,
    }
    for name in ("deleteObjectsTransition", "abortMultipartUploadsTransition"):
        if rule.get(name):
            values[name] = {"condition": _condition(rule[name]["condition"])}
    return {name: value for name, value in values.items() if value is not None}


def _condition(condition: Payload) -> dict[str, Any]:
    known = {name: condition[name] for name in ("type", "maxAge", "date") if condition.get(name) is not None}
    when = moment(known.get("date"))
    return {**known, "date": f"{when:%Y-%m-%dT%H:%M:%SZ}"} if when else known


def sent(value: Any) -> Any:
    """Return a part of a spec as JSON, without members that are null or empty lists: what is not there is not sent."""
    if isinstance(value, Mapping):
        return {name: sent(inner) for name, inner in value.items() if inner is not None and inner != ()}
    return [sent(inner) for inner in value] if isinstance(value, tuple) else value


def lifecycle_body(live: Sequence[Payload], wanted: Mapping[str, Any]) -> list[Any]:
    """Return the whole list of lifecycle rules to put in place of the live one.

    `wanted` may hold `lifecycle_rules` and `abort_multipart_after`; what it does not hold is carried over as it stands,
    members that no model knows included. A wanted rule with the id of R2's own takes its place.
    """
    own = next((rule for rule in live if is_abort_of_all(rule)), None)
    others: list[Any] = [rule for rule in live if rule is not own]
    if "lifecycle_rules" in wanted:
        others = [sent(rule) for rule in wanted["lifecycle_rules"]]
    if "abort_multipart_after" in wanted:
        own = _abort_rule(own, wanted["abort_multipart_after"], [str(rule.get("id")) for rule in others])
    if own is None or any(rule.get("id") == own.get("id") for rule in others):
        return others
    return [own, *others]


def _abort_rule(own: Payload | None, seconds: int | None, taken: Sequence[str]) -> Payload | None:
    """Return the rule that drops unfinished uploads after so long, under the id it has or a new one; None for never."""
    if seconds is None:
        return None
    number, new = 1, "abort-multipart-uploads"
    while new in taken:
        number, new = number + 1, f"abort-multipart-uploads-{number + 1}"
    condition = {"type": "Age", "maxAge": seconds}
    fits = own is not None and own.get("id") not in taken
    base = own if own and fits else {"id": new, "enabled": True, "conditions": {"prefix": ""}}
    return {**base, "abortMultipartUploadsTransition": {"condition": condition}}


def _misshapen(what: str) -> ProtocolError:
    return ProtocolError(
        f"Cloudflare sent {what}; nothing of this answer is used",
        fix="run it again; if it stays so, the API has changed",
    )
