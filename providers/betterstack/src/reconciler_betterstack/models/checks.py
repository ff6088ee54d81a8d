"""What only shows across fields or objects: problems as (address, field, message, fix). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from reconciler import Address, Kind, Resource

Found: TypeAlias = Iterator[tuple[Address, str, str, str]]

_HARMLESS = """
accept accept-charset accept-encoding accept-language cache-control connection content-encoding content-language
content-type dnt expect host if-match if-modified-since if-none-match if-range if-unmodified-since origin pragma prefer
range referer te upgrade-insecure-requests user-agent x-requested-with
"""
HARMLESS_HEADERS = frozenset(_HARMLESS.split())
"""Request headers (lower case) whose value is never a secret. The value of any other header is treated as one."""

_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "or", "org"))


def is_harmless(header: str) -> bool:
    """Return whether the value of this request header may be written and shown as text."""
    return header.lower() in HARMLESS_HEADERS


def own(kind: type[Kind], resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources of one kind."""
    return tuple(r for r in resources if r.address.collection == kind.collection)


def registered_domain(address: str) -> str:
    """Return the domain that certificates and registrations belong to: `example.com` for `https://www.example.com/`.

    Takes the last two labels, three under a country's `co`, `com` and the like. An IP address is its own domain;
    "" when there is no host. Better Stack does not publish its own rule.
    """
    try:
        host = (urlsplit(address if "://" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if country else -2 :])


def expiration_policies(resources: Iterable[Resource]) -> Found:
    """Find monitors on one domain that disagree about the expiration policy, of which the domain has only one."""
    first: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        domain = registered_domain(str(resource.spec.get("url", "")))
        if "expiration_policy" not in resource.spec or not domain:
            continue
        other = first.setdefault((resource.provider, domain), resource)
        mine, theirs = resource.spec["expiration_policy"], other.spec["expiration_policy"]
        if mine != theirs:
            message = (
                f"expiration_policy {_shown(mine)} and {_shown(theirs)} of {other.address} are both for {domain}; "
                "Better Stack keeps one for the domain and its subdomains"
            )
            yield (
                resource.address,
                "expiration_policy",
                message,
                "write the same policy in both, or in one only",
            )


def paused_with_group(resources: Iterable[Resource], field: str, groups: str) -> Found:
    """Find members that say whether they are paused while their group says it too."""
    resources = tuple(resources)
    pausing = {r.address.handle for r in resources if r.address.collection == groups and "paused" in r.spec}
    for resource in resources:
        group = resource.spec.get(field)
        if group in pausing and "paused" in resource.spec:
            message = f"paused is also written in {groups}/{group}, and writing it there changes all members"
            yield resource.address, "paused", message, "write paused in one of the two places only"


def literal_headers(resources: Iterable[Resource]) -> Found:
    """Find header values written out although the header may carry a secret."""
    for resource in resources:
        for header in _parts(resource.spec.get("request_headers")):
            name = str(header.get("name", ""))
            if isinstance(header.get("value"), str) and not is_harmless(name):
                message = f"the value of the request header {name} may be a secret and is written out"
                fix = (
                    "write {secret: NAME}; a text is accepted for " + ", ".join(sorted(HARMLESS_HEADERS)[:4]) + ", ..."
                )
                yield resource.address, "request_headers", message, fix


def page_rows(resources: Iterable[Resource]) -> Found:
    """Find rows of a status page that repeat an object, and widgets that their object does not have."""
    for resource in resources:
        shown: set[Any] = set()
        for section in _parts(resource.spec.get("sections")):
            for row in _parts(section.get("resources")):
                what = row.get("resource") or (row.get("resource_type"), row.get("resource_id"))
                if row.get("resource_type") != "ManuallyTrackedItem" and what in shown:
                    message = f"{row.get('public_name')!r} shows {_shown(what)}, which the page shows already"
                    yield resource.address, "sections", message, "remove one of the two rows"
                shown.add(what)
                if row.get("widget_type") == "response_times" and not str(what).startswith("monitors/"):
                    message = f"widget_type response_times of {row.get('public_name')!r} works for a monitor only"
                    yield resource.address, "sections", message, "choose plain, history or intraday_history"


def _parts(value: Any) -> Iterable[Mapping[str, Any]]:
    return value if isinstance(value, tuple | list) else ()


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(str(v) for v in value)
    return "null" if value is None else str(value)
