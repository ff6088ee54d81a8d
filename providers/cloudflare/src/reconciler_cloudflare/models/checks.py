"""What only shows across fields or objects of buckets: problems as (address, field, message, fix). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from reconciler import Address, Live, ProviderSettings, Resource, Unknown
from reconciler_cloudflare.models.parts import STRONG_TLS
from reconciler_cloudflare.models.settings import CloudflareSettings

Found: TypeAlias = Iterator[tuple[Address, str, str, str]]
NAME = r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"


def names(resource: Resource, settings: ProviderSettings) -> Found:
    """Find a handle that is no bucket name, and buckets that this instance would never see."""
    name, jurisdiction = resource.identity
    if not re.fullmatch(NAME, name):
        message = f"{name!r} is no bucket name: 3 to 63 of a-z, 0-9 and -, not at an end"
        yield resource.address, "name", message, "write `name:`, or another handle"
    if not isinstance(settings, CloudflareSettings):
        return
    if jurisdiction not in settings.jurisdictions:
        message = f"buckets of jurisdiction {jurisdiction} are not listed by this provider instance"
        fix = f"write `jurisdictions: [{', '.join(settings.jurisdictions)}, {jurisdiction}]` under it"
        yield resource.address, "jurisdiction", message, fix
    if not looked_at(name, settings):
        message = f"{name} is left out by `only_buckets:` of this provider instance"
        yield resource.address, "name", message, "add it there"


def looked_at(name: str, settings: CloudflareSettings) -> bool:
    """Return whether a bucket of this name is read and reported."""
    return settings.only_buckets is None or any(fnmatchcase(name, pattern) for pattern in settings.only_buckets)


def domains(resource: Resource) -> Found:
    """Find an access that its domains contradict, a weak TLS version, and domains outside their zone."""
    spec = resource.spec
    access, listed = spec.get("access"), _mappings(spec.get("custom_domains"))
    enabled = [domain for domain in listed if domain["enabled"]]
    if access == "private" and enabled:
        message = f"access is private, and {enabled[0]['domain']} is enabled"
        yield resource.address, "custom_domains", message, "write `enabled: false` for it, or `access: public-cdn`"
    if access == "public-cdn" and not enabled:
        message = "access is public-cdn, and no custom domain is enabled"
        yield resource.address, "custom_domains", message, "add one, or write `access: private`"
    for domain in listed:
        name, zone = domain["domain"], domain["zone"]
        if domain["enabled"] and access != "public-dev" and domain.get("minTLS") not in STRONG_TLS:
            message = f"{name} is public without TLS 1.2 or newer: R2 takes 1.0 when minTLS is not written"
            yield resource.address, "custom_domains", message, 'write `minTLS: "1.2"`'
        if name != zone and not name.endswith(f".{zone}"):
            message = f"{name} is not in the zone {zone}"
            yield resource.address, "custom_domains", message, "name the zone that holds the domain"


def shared_domains(resources: tuple[Resource, ...]) -> Found:
    """Find a domain that two buckets claim."""
    taken: dict[str, Address] = {}
    for resource in resources:
        for domain in _mappings(resource.spec.get("custom_domains")):
            other = taken.setdefault(domain["domain"], resource.address)
            if other != resource.address:
                message = f"{domain['domain']} is also a domain of {other}"
                yield resource.address, "custom_domains", message, "a domain leads to one bucket; keep it at one"


def lifecycle(resource: Resource) -> Found:
    """Find a rule that is a field of its own: the one that R2 gives each bucket."""
    for rule in _mappings(resource.spec.get("lifecycle_rules")):
        if is_abort_of_all(rule):
            message = (
                f"{rule['id']} only drops unfinished multipart uploads of all keys, as the rule of each new bucket"
            )
            age = rule["abortMultipartUploadsTransition"]["condition"]["maxAge"]
            yield resource.address, "lifecycle_rules", message, f"write `abort_multipart_after: {age}` in its place"


def is_abort_of_all(rule: Mapping[str, Any]) -> bool:
    """Return whether a rule, as the API or as the YAML has it, drops unfinished uploads of all keys and does no more.

    This is how the rule that R2 gives each new bucket is known: its id is not documented.
    """
    others = rule.get("deleteObjectsTransition") or rule.get("storageClassTransitions")
    everything = (rule.get("conditions") or {}).get("prefix") == ""
    return bool(everything and rule.get("enabled") and rule.get("abortMultipartUploadsTransition") and not others)


def drops_serving_domain(live: Live, after: Resource | None) -> str:
    """Return why a change must not run: it removes the only domains that a bucket is read by. "" when it may run.

    A domain that somebody added beside the declared one is no such domain, and closing the bucket is meant to end it.
    """
    if after is None or after.spec.get("access") == "private" or "custom_domains" not in after.spec:
        return ""
    wanted = {d["domain"]: d["enabled"] for d in _mappings(after.spec["custom_domains"])}
    attached = _mappings(live.values.get("custom_domains"))
    gone = sorted(d["domain"] for d in attached if d["enabled"] and d["domain"] not in wanted)
    if not gone or any(wanted.get(d["domain"]) for d in attached):
        return ""
    return (
        f"{', '.join(gone)} would be removed at once, and nothing else serves the bucket: list the new one beside it "
        "until it is active, or first write it with `enabled: false`"
    )


def unimportable(live: Live) -> str:
    """Return why a live bucket cannot be written by `import`; "" when it can."""
    for domain in _mappings(live.values.get("custom_domains")):
        version = domain.get("minTLS")
        if isinstance(version, Unknown) or isinstance(domain.get("zone"), Unknown):
            return f"{domain['domain']} could not be read as a whole this time; run it again"
        weak = domain["enabled"] and live.values.get("access") != "public-dev" and version not in STRONG_TLS
        if weak:
            return f"{domain['domain']} is public and takes TLS {version or '1.0'}: raise it to 1.2 first"
    if any(is_abort_of_all(rule) for rule in _mappings(live.values.get("lifecycle_rules"))):
        return "two lifecycle rules drop unfinished multipart uploads of all keys: remove one of them first"
    return ""


def _mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(v for v in value if isinstance(v, Mapping)) if isinstance(value, tuple | list) else ()
