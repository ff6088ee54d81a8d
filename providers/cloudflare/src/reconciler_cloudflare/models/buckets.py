"""Buckets: one object in YAML over half a dozen endpoints of the vendor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from reconciler import (
    Address,
    Essential,
    Expansion,
    KeyedBy,
    Kind,
    ListOf,
    Live,
    Never,
    OnlyAtCreation,
    OutputField,
    ProviderSettings,
    Removal,
    RequiredIf,
    Resource,
    Seconds,
    ServerDefault,
    written,
)
from reconciler_cloudflare.models import checks
from reconciler_cloudflare.models.parts import CorsRule, CustomDomain, LifecycleRule
from reconciler_cloudflare.models.settings import CloudflareSettings, Jurisdiction

LocationHint: TypeAlias = Literal["apac", "eeur", "enam", "weur", "wnam", "oc"]
DEFAULT_ABORT = 604_800  # seconds: 7 days
RENAMED = "a bucket cannot be renamed: make a second one and move the objects"
MOVED = "the jurisdiction of a bucket is fixed when it is made: make a second one and move the objects"


class Bucket(Kind, collection="buckets", identity=("name", "jurisdiction"), provider="cloudflare"):
    """An R2 bucket: who can read it and under which domain, what browsers may do, what becomes of old objects."""

    settings: ClassVar[type[ProviderSettings]] = CloudflareSettings
    data_bearing = True
    loses = "the bucket and its domains for good; R2 refuses while objects are in it, and nothing here empties it"
    rules: ClassVar = (RequiredIf("custom_domains", when={"access": ("public-cdn",)}),)
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "public_url": OutputField(
            "https:// and its enabled custom domain (the first by name), else its r2.dev domain",
            absent="nobody can read the bucket: no custom domain of it is enabled, and r2.dev is off",
            remedy="make it public (`access: public-cdn` with an enabled domain)",
        ),
        "endpoint": OutputField("the S3 endpoint of the account, for the jurisdiction of the bucket"),
    }

    name: Annotated[str, Field(pattern=checks.NAME, max_length=63), Never(RENAMED)] = ""
    jurisdiction: Annotated[Jurisdiction, Never(MOVED), ServerDefault("default")] = Field(
        "default", description="has to be listed under `jurisdictions:` of the provider"
    )
    locationHint: Annotated[LocationHint, OnlyAtCreation()] | None = Field(
        None, description="best effort, and honoured at the first creation of a name only: never compared"
    )
    storageClass: Annotated[Literal["Standard", "InfrequentAccess"], ServerDefault("Standard")] = Field(
        "Standard", description="of later uploads; objects that are there keep theirs"
    )
    access: Annotated[Literal["private", "public-cdn", "public-dev"], Essential(), ServerDefault("private")] = Field(
        "private",
        description="R2 has no ACLs. private: r2.dev off and no custom domain enabled; public-cdn: r2.dev off and a "
        "custom domain enabled; public-dev: r2.dev on, throttled and around every WAF rule, never for production",
    )
    custom_domains: Annotated[
        Annotated[ListOf[CustomDomain], Field(max_length=50)], KeyedBy("domain"), ServerDefault(())
    ] = Field((), description="a domain that is not listed is removed, with its certificate and DNS record")
    cors: Annotated[ListOf[CorsRule], ServerDefault(())] = Field(
        (), description="what browsers may do from other origins; empty: nothing. Takes up to 30 s"
    )
    lifecycle_rules: Annotated[
        Annotated[ListOf[LifecycleRule], Field(max_length=1000)], KeyedBy("id"), ServerDefault(())
    ] = Field((), description="all rules but the one of abort_multipart_after; takes up to 24 h on existing objects")
    abort_multipart_after: Annotated[
        Annotated[Seconds, Field(ge=1)] | None, Essential(), ServerDefault(DEFAULT_ABORT)
    ] = Field(
        DEFAULT_ABORT,
        description="the rule that R2 gives each new bucket: unfinished multipart uploads are dropped after so long. "
        "Not written: that rule stays as it is; null: it goes",
    )

    def expand(self) -> Expansion:
        """Return the fields; in lists, which are wholly owned, with what is not written as not there."""
        spec = written(self)
        whole: Mapping[str, Any] = {
            "custom_domains": lambda: tuple({**written(d), "enabled": d.enabled} for d in self.custom_domains),
            "cors": lambda: tuple(_whole_cors(rule) for rule in self.cors),
            "lifecycle_rules": lambda: tuple(_whole_lifecycle(rule) for rule in self.lifecycle_rules),
        }
        return Expansion({name: whole[name]() if name in whole else value for name, value in spec.items()})

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return name and jurisdiction: names may repeat across jurisdictions."""
        return (str(spec.get("name", handle)), str(spec.get("jurisdiction", "default")))

    @classmethod
    def alarming(cls, live: Live) -> str:
        """Say of a bucket that nobody manages that anyone can read it."""
        if live.values.get("access") in ("public-cdn", "public-dev"):
            return f"anyone can read it, at {live.outputs.get('public_url', 'a public address')}"
        return ""

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to remove the only domain that serves: removal takes effect at once, certificate and all."""
        return {r.address: reason for r in removals if (reason := checks.drops_serving_domain(r.live, r.after))}

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find what fields contradict each other, weak TLS, and what the provider's settings leave out."""
        mine = tuple(r for r in resources if r.address.collection == cls.collection)
        for resource in mine:
            yield from checks.names(resource, settings)
            yield from checks.domains(resource)
            yield from checks.lifecycle(resource)
        yield from checks.shared_domains(mine)

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Say what `import` cannot write: domains that could not be read, or that are public with an old TLS."""
        return checks.unimportable(live)


def _whole_cors(rule: CorsRule) -> dict[str, Any]:
    allowed = {"headers": (), **written(rule.allowed)}
    return {"exposeHeaders": (), "maxAgeSeconds": None, **written(rule), "allowed": allowed}


def _whole_lifecycle(rule: LifecycleRule) -> dict[str, Any]:
    nothing = dict.fromkeys(("deleteObjectsTransition", "abortMultipartUploadsTransition"))
    given = {"enabled": rule.enabled, **nothing, **written(rule)}
    return {**given, "storageClassTransitions": given.get("storageClassTransitions") or None}
