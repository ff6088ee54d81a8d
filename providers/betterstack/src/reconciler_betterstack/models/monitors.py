"""Monitors and their groups. Fields and value lists: vendor API documents and its Terraform provider 0.21.10."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, ValidationInfo, WithJsonSchema

from reconciler import (
    Address,
    AtLeastOne,
    Days,
    Essential,
    Expansion,
    Generated,
    Handle,
    KeyedBy,
    ListOf,
    Live,
    Milliseconds,
    NotBoth,
    OneOf,
    OneOfIf,
    OnlyIf,
    OutputRef,
    Part,
    ProviderSettings,
    RefTo,
    RequiredIf,
    Resource,
    Seconds,
    Secret,
    SecretRef,
    ServerDefault,
    SetOf,
    Sugar,
    WriteOnly,
    written,
)
from reconciler_betterstack.models import checks
from reconciler_betterstack.models.common import (
    POLICY_DECIDES,
    REGIONS,
    Alerting,
    BetterStackKind,
    NotNegative,
    Region,
    Text,
)

MonitorType = Literal[
    "status",
    "expected_status_code",
    "keyword",
    "keyword_absence",
    "ping",
    "tcp",
    "udp",
    "smtp",
    "pop",
    "imap",
    "dns",
    "playwright",
]
IN_MILLISECONDS = ("ping", "tcp", "udp", "smtp", "pop", "imap", "dns")
IN_SECONDS = ("status", "expected_status_code", "keyword", "keyword_absence")
MOST_FAILURES = 10
ExpirationDays = Annotated[Days, OneOf(1, 2, 3, 7, 14, 30, 60)]

_MILLISECONDS: TypeAdapter[int] = TypeAdapter(Milliseconds)
_SECONDS: TypeAdapter[int] = TypeAdapter(Seconds)


def _timeout(value: Any, info: ValidationInfo) -> Any:
    """Return `5s` in the unit that the monitor's type counts in; a bare number stays."""
    if not isinstance(value, str):
        return value
    unit = _MILLISECONDS if info.data.get("monitor_type") in IN_MILLISECONDS else _SECONDS
    return unit.validate_python(value)


def _joined(*ports: str) -> tuple[str, ...]:
    """Return every way to name one or more of the ports: `25`, `25,465`."""
    return tuple(",".join(some) for n in range(1, len(ports) + 1) for some in permutations(ports, n))


_SECRET: TypeAdapter[SecretRef | Generated | OutputRef] = TypeAdapter(Secret)


def _text_or_secret(value: Any) -> str | SecretRef | Generated | OutputRef:
    return value if isinstance(value, str) else _SECRET.validate_python(value)


TextOrSecret = Annotated[
    Secret | str,
    PlainValidator(_text_or_secret),
    WithJsonSchema({"anyOf": [{"type": "string"}, _SECRET.json_schema()]}),
]


class RequestHeader(Part):
    """One request header. Better Stack keeps an id for each; the tool takes care of those."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
    value: TextOrSecret = Field(
        description="a text only for harmless headers such as Cache-Control; for any other {secret: NAME}"
    )


class Check(BetterStackKind):
    """What is checked, how, and when it counts as failed: the fields of a monitor before those about alerting."""

    pronounceable_name: str = Field("", min_length=1, description="how alerts call it; unique in the team")
    monitor_type: Annotated[MonitorType, Essential()] = Field(
        description="status expects any 2xx; expected_status_code the listed ones; keyword a text in the body"
    )
    url: Annotated[str, Essential()] = Field(
        "", min_length=1, description="a URL; for ping, tcp, udp, smtp, pop, imap and dns a host"
    )
    expected_status_codes: SetOf[Annotated[int, Field(ge=100, le=599)]] = frozenset()
    required_keyword: Text | None = Field(
        None, description="text that must be in the answer; keyword_absence: must not"
    )
    port: str = Field(
        "", pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$", description='a text, also for one port: "25"; several: "80,443"'
    )
    check_frequency: Annotated[Annotated[Seconds, Field(ge=30)], Essential(), ServerDefault(180)] = Field(
        180, description="reported values: 30, 45, 60, 120, 180, 300, 600, 900, 1800 (unconfirmed; the plan decides)"
    )
    failures_before_incident: Annotated[int, OneOf(*range(1, MOST_FAILURES + 1)), Sugar()] = Field(
        1,
        description="consecutive failed checks before an incident: a confirmation_period of (n - 1) x check_frequency",
    )
    confirmation_period: Annotated[NotNegative, ServerDefault(0)] = Field(
        0,
        description="how long it must stay down before an incident starts; "
        "reported values: 0, 5, 10, 15, 30, 60, 120, 180, 300 (unconfirmed)",
    )
    recovery_period: Annotated[NotNegative, ServerDefault(180)] = Field(
        180,
        description="how long it must stay up before the incident ends; "
        "reported values: 0, 60, 180, 300, 900, 1800, 3600, 7200 (unconfirmed)",
    )
    request_timeout: Annotated[int, BeforeValidator(_timeout, json_schema_input_type=int | str)] = Field(
        30, description="a bare number is milliseconds for ping, tcp, udp, smtp, pop, imap and dns, else seconds"
    )
    regions: Annotated[SetOf[Region], ServerDefault(REGIONS)] = Field(
        frozenset(REGIONS), description="where checks come from"
    )
    ssl_expiration: Annotated[ExpirationDays | None, ServerDefault(None)] = Field(
        None, description="days before the certificate ends that an alert is sent; null: never"
    )
    domain_expiration: Annotated[ExpirationDays | None, ServerDefault(None)] = Field(
        None, description="days before the domain registration ends that an alert is sent; null: never"
    )
    expiration_policy: Annotated[Handle | None, RefTo("escalations"), ServerDefault(None)] = Field(
        None,
        description="escalation policy for certificate and domain alerts, sent as expiration_policy_id; null e-mails "
        "the whole team. Stored per domain: all monitors on it and its subdomains share one",
    )
    monitor_group: Annotated[Handle | None, RefTo("monitor_groups"), ServerDefault(None)] = None
    verify_ssl: Annotated[bool, ServerDefault(True)] = True
    follow_redirects: Annotated[bool, ServerDefault(True)] = True
    remember_cookies: Annotated[bool, ServerDefault(True)] = True
    http_method: Annotated[Literal["GET", "HEAD", "POST", "PUT", "PATCH"], ServerDefault("GET")] = "GET"
    request_body: Annotated[Text | None, ServerDefault(None)] = Field(
        None, description="sent with the request; for dns the name that is asked for"
    )
    request_headers: Annotated[ListOf[RequestHeader], KeyedBy("name"), ServerDefault(())] = ()
    auth_username: Secret | None = Field(None, description="compared only where the API returns it (unconfirmed)")
    auth_password: Annotated[Secret | None, WriteOnly()] = Field(None, description="never compared")
    proxy_host: Secret | None = Field(
        None, description="may hold user:password@host; compared only where the API returns it (unconfirmed)"
    )
    proxy_port: Annotated[Annotated[int, Field(ge=1, le=65535)] | None, ServerDefault(None)] = None
    ip_version: Annotated[Literal["ipv4", "ipv6"] | None, ServerDefault(None)] = Field(None, description="null: both")
    playwright_script: Text | None = None
    scenario_name: Text | None = None
    environment_variables: Annotated[Mapping[str, Secret], ServerDefault({})] = Field(
        {}, description="for the script; variables that are not named here are left as they are"
    )


class Monitor(Alerting, Check, collection="monitors", identity="pronounceable_name"):
    """A check of one address, from several places, every few minutes.

    Value lists of check_frequency, confirmation_period and recovery_period vary with monitor type and plan; the vendor
    does not publish them, so only the server refuses a value.
    """

    loses = "its history of checks, response times and availability"
    rules: ClassVar = (
        *POLICY_DECIDES,
        NotBoth(("failures_before_incident", "confirmation_period"), "the first is turned into the second"),
        RequiredIf("check_frequency", when={"failures_before_incident": tuple(range(1, MOST_FAILURES + 1))}),
        RequiredIf("url", when={"monitor_type": (*IN_SECONDS, *IN_MILLISECONDS)}),
        AtLeastOne(("url", "scenario_name"), when={"monitor_type": ("playwright",)}),
        RequiredIf("expected_status_codes", when={"monitor_type": ("expected_status_code",)}),
        OnlyIf("expected_status_codes", when={"monitor_type": ("expected_status_code",)}),
        RequiredIf("required_keyword", when={"monitor_type": ("keyword", "keyword_absence", "udp")}),
        RequiredIf("request_body", when={"monitor_type": ("dns",)}),
        RequiredIf("port", when={"monitor_type": ("tcp", "udp", "smtp", "pop", "imap")}),
        OneOfIf("port", _joined("25", "465", "587"), when={"monitor_type": ("smtp",)}),
        OneOfIf("port", _joined("110", "995"), when={"monitor_type": ("pop",)}),
        OneOfIf("port", _joined("143", "993"), when={"monitor_type": ("imap",)}),
        OneOfIf(
            "request_timeout",
            (500, 1000, 2000, 3000, 5000),
            when={"monitor_type": IN_MILLISECONDS},
            unit="milliseconds",
        ),
        OneOfIf(
            "request_timeout",
            (15, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900),
            when={"monitor_type": ("playwright",)},
            unit="seconds",
        ),
        OneOfIf("request_timeout", (2, 3, 5, 10, 15, 30, 45, 60), when={"monitor_type": IN_SECONDS}, unit="seconds"),
        OnlyIf("playwright_script", when={"monitor_type": ("playwright",)}),
        OnlyIf("scenario_name", when={"monitor_type": ("playwright",)}),
        OnlyIf("environment_variables", when={"monitor_type": ("playwright",)}),
    )

    def expand(self) -> Expansion:
        """Turn `failures_before_incident` into the confirmation period that so many checks take."""
        spec = written(self)
        failures = spec.pop("failures_before_incident", None)
        if not isinstance(failures, int) or "check_frequency" not in spec:
            return Expansion(spec)
        period = (failures - 1) * self.check_frequency
        text = f"failures_before_incident: {failures} at a check_frequency of {self.check_frequency} s"
        return Expansion({**spec, "confirmation_period": period}, {"confirmation_period": text})

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find what only shows across fields and monitors: domains, groups, literal secrets."""
        yield from checks.expiration_policies(checks.own(cls, resources))
        yield from checks.paused_with_group(resources, "monitor_group", "monitor_groups")
        yield from checks.literal_headers(checks.own(cls, resources))

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Say that two headers of one name cannot be written as one list."""
        twice = live.private.get("twice")
        return f"it has several request headers named {twice}; leave one in Better Stack" if twice else ""


class MonitorGroup(BetterStackKind, collection="monitor_groups", identity="name"):
    """A group of monitors in the dashboard."""

    loses = "the grouping; its monitors stay"

    name: str = Field("", min_length=1)
    paused: Annotated[bool, ServerDefault(False)] = Field(
        False, description="acts on the members it has when it changes, not on those added later"
    )
    sort_index: Annotated[int | None, ServerDefault(None)] = None
