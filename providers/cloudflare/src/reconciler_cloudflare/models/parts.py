"""The parts of a bucket: custom domains, CORS rules, lifecycle rules. Field names and limits: the vendor's API."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler import (
    AtLeastOne,
    Essential,
    External,
    ListOf,
    Never,
    OnlyIf,
    Part,
    RequiredIf,
    Seconds,
    ServerDefault,
    SetOf,
)

TlsVersion: TypeAlias = Literal["1.0", "1.1", "1.2", "1.3"]
STRONG_TLS = ("1.2", "1.3")
HOSTNAME = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$"
UTC_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
ZONE = "add the domain to this Cloudflare account first (dashboard, Add a domain): R2 takes domains of its zones only"
STAYS = "a domain stays in its zone: take it off the list, apply, and list it again"
MOST_AGE = 86_400  # seconds; browsers may stop at 2 hours
_ORIGIN = re.compile(r"^(\*|[a-z][a-z0-9+.-]*://[^\s/?#]+)$")

Hostname = Annotated[str, Field(pattern=HOSTNAME, max_length=253)]
Text = Annotated[str, Field(min_length=1)]


def _check_origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise PydanticCustomError(
            "origin",
            "is no origin: scheme://host[:port] without a path, or *",
            {"fix": "write https://learn.aigurus.com, without anything behind the host, not even a slash"},
        )
    return value


Origin = Annotated[str, AfterValidator(_check_origin), WithJsonSchema({"type": "string", "pattern": _ORIGIN.pattern})]


class CustomDomain(Part):
    """A domain under which the bucket is public while it is enabled. Its DNS record is Cloudflare's own."""

    domain: Hostname
    zone: Annotated[Hostname, External("zones", create=ZONE), Never(STAYS)] = Field(
        description="the zone of this account that the domain is in, by its name; sent as zoneId"
    )
    enabled: Annotated[bool, Essential()] = Field(
        True, description="false shuts the domain and keeps its certificate and DNS record"
    )
    minTLS: TlsVersion | None = Field(
        None, description='lowest TLS version, as text: "1.2". Required where public; R2 takes 1.0 when it is omitted'
    )
    ciphers: SetOf[Text] | None = Field(None, description="BoringSSL names; empty for R2's own choice")


class CorsAllowed(Part):
    """What browsers may ask for, and from where."""

    methods: Annotated[SetOf[Literal["GET", "PUT", "POST", "DELETE", "HEAD"]], Field(min_length=1)]
    origins: Annotated[SetOf[Origin], Field(min_length=1)] = Field(
        description="scheme://host[:port] without a path or a slash at the end, or *"
    )
    headers: Annotated[SetOf[Text], ServerDefault(())] = Field(
        frozenset(), description="request headers that may be sent; none when omitted"
    )


class CorsRule(Part):
    """One CORS rule. What is not written in it is not there: a PUT replaces the whole list."""

    id: Text | None = Field(None, description="a name for people; R2 may make one up, which then means nothing")
    allowed: CorsAllowed
    exposeHeaders: Annotated[SetOf[Text], ServerDefault(())] = Field(
        frozenset(), description="response headers that scripts may read"
    )
    maxAgeSeconds: Annotated[Seconds, Field(ge=0, le=MOST_AGE)] | None = Field(
        None, description="how long browsers may keep the answer to a preflight request"
    )


class Condition(Part):
    """When a lifecycle rule acts on an object: at an age, or from a date on."""

    rules: ClassVar = (
        RequiredIf("maxAge", when={"type": ("Age",)}),
        OnlyIf("maxAge", when={"type": ("Age",)}),
        RequiredIf("date", when={"type": ("Date",)}),
        OnlyIf("date", when={"type": ("Date",)}),
    )

    type: Literal["Age", "Date"]
    maxAge: Annotated[Seconds, Field(ge=0)] | None = Field(
        None, description="in seconds, not in days as S3 has it; 30d is understood"
    )
    date: Annotated[str, Field(pattern=UTC_TIME)] | None = Field(None, description="UTC, as 2027-01-31T00:00:00Z")


class AgeCondition(Part):
    """When unfinished multipart uploads are dropped."""

    type: Literal["Age"]
    maxAge: Annotated[Seconds, Field(ge=0)]


class DeleteTransition(Part):
    """Objects are deleted."""

    condition: Condition


class AbortTransition(Part):
    """Unfinished multipart uploads are dropped."""

    condition: AgeCondition


class StorageClassTransition(Part):
    """Objects move to a cheaper class."""

    condition: Condition
    storageClass: Literal["InfrequentAccess"]


class Conditions(Part):
    """Which objects a lifecycle rule is about."""

    prefix: str = Field(description='only keys that start so; "" for all')


class LifecycleRule(Part):
    """One lifecycle rule. What is not written in it is not there: a PUT replaces the whole list."""

    rules: ClassVar = (
        AtLeastOne(
            ("deleteObjectsTransition", "abortMultipartUploadsTransition", "storageClassTransitions"),
            when={},
        ),
    )

    id: Text
    enabled: Annotated[bool, Essential()] = True
    conditions: Conditions
    deleteObjectsTransition: DeleteTransition | None = None
    abortMultipartUploadsTransition: AbortTransition | None = None
    storageClassTransitions: ListOf[StorageClassTransition] | None = None
