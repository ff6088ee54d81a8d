"""Public faces of a bucket: reading custom domains, and from the access wanted to the calls that bring it about. Pure.

The managed r2.dev domain and the custom domains are independent: a bucket is private when none of them is enabled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from reconciler import Unknown

Payload: TypeAlias = Mapping[str, Any]
AWAY = "Cloudflare's certificate service did not answer, so the domain was only read in part"
MANAGED = "domains/managed"
CUSTOM = "domains/custom"


def values(domain: Payload) -> dict[str, Any]:
    """Return a custom domain. What the absent certificate service would have said is unknown, and no difference."""
    status = domain.get("status") or {}
    away = "unknown" in (status.get("ownership"), status.get("ssl"))
    hidden: Any = Unknown(AWAY) if away else None
    ciphers = domain.get("ciphers")
    found = {
        "domain": str(domain["domain"]),
        "zone": domain.get("zoneId") or hidden,
        "enabled": bool(domain["enabled"]),
        "minTLS": domain.get("minTLS") or hidden,
        "ciphers": tuple(sorted(ciphers)) if ciphers else hidden or (),
    }
    return {name: value for name, value in found.items() if value is not None}


OWNERSHIP = {
    "pending": "Cloudflare is checking that the zone leads here; nobody has to act unless it stays so for an hour",
    "blocked": "a hold on the zone blocks it: the owner of the zone has to lift that (Enterprise zone hold)",
    "deactivated": "its DNS record is gone or leads elsewhere: who keeps the zone's DNS has to remove what is there",
    "error": "Cloudflare could not verify it: look at the bucket's settings in the dashboard",
}
CERTIFICATE = {
    "initializing": "the certificate is being ordered; nobody has to act",
    "pending": "the certificate is being issued; nobody has to act unless it stays so for a day (CAA records)",
    "deactivated": "its certificate was withdrawn: look at the bucket's settings in the dashboard",
    "error": "no certificate could be issued: check the zone's CAA records, then the bucket's settings",
}


def pending(domain: Payload) -> str:
    """Return why an attached domain does not serve yet and who must act; "" when it serves, or nobody knows."""
    status, name = domain.get("status") or {}, domain["domain"]
    for what, texts in (("ownership", OWNERSHIP), ("ssl", CERTIFICATE)):
        state = str(status.get(what, "unknown"))
        if state not in ("active", "unknown"):
            return f"{name}: {texts.get(state, f'its {what} is {state[:40]!r}: look in the dashboard')}"
    return ""


class Step(NamedTuple):
    """One call below the path of a bucket. `body` None: without one."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None


class AccessPlan(NamedTuple):
    """The calls that change who can read a bucket: what shuts comes before anything that can fail, what opens after."""

    shut: tuple[Step, ...]
    opened: tuple[Step, ...]


def plan_access(wanted: Mapping[str, Any], managed: Payload, live: Sequence[Payload]) -> AccessPlan:
    """Return the calls that make `access` and `custom_domains`, as far as `wanted` holds them, so.

    A list of domains is wholly owned. Where only `access: private` is wanted, enabled domains are switched off and
    stay attached. A zone is given by its id. Only members that differ are sent: the API merges.
    """
    access, there = wanted.get("access"), {str(domain["domain"]): domain for domain in live}
    listed = {d["domain"]: d for d in wanted["custom_domains"]} if "custom_domains" in wanted else None
    shut: list[Step] = []
    opened: list[Step] = []
    if managed["enabled"] and access in ("private", "public-cdn"):
        shut.append(Step("PUT", MANAGED, {"enabled": False}))
    for name, domain in there.items():
        path = f"{CUSTOM}/{name}"
        if listed is None:
            if access == "private" and domain["enabled"]:
                shut.append(Step("PUT", path, {"enabled": False}))
        elif name not in listed:
            shut.append(Step("DELETE", path))
        elif body := dict(_differing(listed[name], domain)):
            (opened if listed[name]["enabled"] else shut).append(Step("PUT", path, body))
    for name, domain in (listed or {}).items():
        if name not in there:
            opened.append(Step("POST", CUSTOM, _attached(domain)))
    if access == "public-dev" and not managed["enabled"]:
        opened.append(Step("PUT", MANAGED, {"enabled": True}))
    return AccessPlan(tuple(shut), tuple(opened))


def _differing(wanted: Mapping[str, Any], live: Payload) -> Iterator[tuple[str, Any]]:
    for name in ("enabled", "minTLS"):
        if wanted.get(name) is not None and wanted[name] != live.get(name):
            yield name, wanted[name]
    ciphers = wanted.get("ciphers")
    if ciphers is not None and sorted(ciphers) != sorted(live.get("ciphers") or ()):
        yield "ciphers", list(ciphers)


def _attached(domain: Mapping[str, Any]) -> dict[str, Any]:
    body = {"domain": domain["domain"], "zoneId": domain["zone"], "enabled": domain["enabled"]}
    if domain.get("minTLS"):
        body["minTLS"] = domain["minTLS"]
    if domain.get("ciphers"):
        body["ciphers"] = list(domain["ciphers"])
    return body
