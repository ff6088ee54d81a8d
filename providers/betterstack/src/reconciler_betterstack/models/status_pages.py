"""Status pages with their sections and what these show. Fields: vendor API documents and Terraform provider."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Address,
    AtLeastOne,
    Days,
    Essential,
    External,
    Handle,
    KeyedBy,
    ListOf,
    Live,
    NotBoth,
    OneOfIf,
    OnlyIf,
    Part,
    ProviderSettings,
    RefTo,
    RequiredIf,
    Resource,
    Secret,
    ServerDefault,
    Url,
    WriteOnly,
)
from reconciler_betterstack.models import checks
from reconciler_betterstack.models.common import BetterStackKind, NotNegative, Text
from reconciler_betterstack.models.escalations import GROUP, Id, MetadataType
from reconciler_betterstack.timezones import RailsZone

UNMANAGED_TYPES = (
    "WebhookIntegration",
    "EmailIntegration",
    "IncomingWebhook",
    "ResourceGroup",
    "LogsChart",
    "CatalogReference",
)
MANUAL = "ManuallyTrackedItem"
MATCHING = "incident_matching_metadata"
Marked = Literal["no_incident", "any_incident", "incident_matching_metadata"]


class RuleValue(Part):
    """One value that incident metadata is compared with."""

    type: Annotated[MetadataType, ServerDefault("String")] = "String"
    value: str = ""
    item_id: Id = ""
    name: str = ""
    email: str = ""


class MetadataRule(Part):
    """Which incidents count: those whose metadata under `key` has one of the values."""

    key: str
    values: Annotated[ListOf[RuleValue], Field(min_length=1)]


class PageResource(Part):
    """One row of a section: a monitor, a heartbeat, a group of them, or an item that people set by hand."""

    rules: ClassVar = (
        AtLeastOne(("resource", "resource_type"), when={}),
        NotBoth(("resource", "resource_type"), "resource names a managed object, which has its own type"),
        RequiredIf("resource_id", when={"resource_type": UNMANAGED_TYPES}),
        OnlyIf("resource_id", when={"resource_type": UNMANAGED_TYPES}),
        RequiredIf("mark_as_down_metadata_rule", when={"mark_as_down_for": (MATCHING,)}),
        RequiredIf("mark_as_degraded_metadata_rule", when={"mark_as_degraded_for": (MATCHING,)}),
    )

    public_name: Annotated[str, Field(min_length=1)]
    resource: Annotated[Handle, RefTo("monitors", "monitor_groups", "heartbeats", "heartbeat_groups")] = Field(
        "", description="collection/handle, as in monitors/homepage"
    )
    resource_type: Literal[
        "ManuallyTrackedItem",
        "WebhookIntegration",
        "EmailIntegration",
        "IncomingWebhook",
        "ResourceGroup",
        "LogsChart",
        "CatalogReference",
    ] = Field("ManuallyTrackedItem", description="ManuallyTrackedItem for an item set by hand; others with resource_id")
    resource_id: Id = ""
    explanation: Annotated[str, ServerDefault("")] = ""
    widget_type: Annotated[
        Literal["plain", "history", "intraday_history", "response_times"], ServerDefault("history")
    ] = Field("history", description="response_times for monitors only")
    mark_as_down_for: Annotated[Marked, ServerDefault("any_incident")] = "any_incident"
    mark_as_down_metadata_rule: MetadataRule | None = None
    mark_as_degraded_for: Annotated[Marked, ServerDefault("no_incident")] = "no_incident"
    mark_as_degraded_metadata_rule: MetadataRule | None = None


class Section(Part):
    """A headline of the page and the rows below it, in order."""

    name: str
    resources: Annotated[ListOf[PageResource], KeyedBy("public_name", ordered=True), ServerDefault(())] = ()


class NavigationLink(Part):
    """A link in the page's head."""

    text: str
    href: str


class StatusPage(BetterStackKind, collection="status_pages", identity="subdomain"):
    """A public status page with its sections and rows."""

    loses = "the page, its address, its subscribers and its history of announcements"
    rules: ClassVar = (
        RequiredIf("password", when={"password_enabled": (True,)}),
        OneOfIf("password_enabled", (False,), when={"require_sso": (True,)}),
    )

    subdomain: str = Field("", pattern=r"^[a-z0-9-]+$", description="unique over all customers of Better Stack")
    company_name: str = Field(min_length=1)
    company_url: Url
    timezone: RailsZone = Field(description="Rails time zone name, such as Berlin or UTC")
    custom_domain: Annotated[Text | None, ServerDefault(None)] = Field(
        None, description="needs a DNS CNAME first; copy its target from the dashboard. null removes it"
    )
    contact_url: Annotated[Text | None, ServerDefault(None)] = Field(None, description="https://... or mailto:...")
    history: Annotated[Annotated[Days, Field(ge=7, le=365)], ServerDefault(90)] = Field(
        90, description="how much of the past is shown"
    )
    min_incident_length: Annotated[NotNegative | None, ServerDefault(None)] = Field(
        None, description="incidents shorter than this are not shown"
    )
    subscribable: Annotated[bool, Essential(), ServerDefault(False)] = False
    published: Annotated[bool, Essential(), ServerDefault(True)] = Field(True, description="false: nobody can see it")
    hide_from_search_engines: Annotated[bool, ServerDefault(False)] = False
    design: Annotated[Literal["v1", "v2"], ServerDefault("v1")] = "v1"
    theme: Annotated[Literal["light", "dark"], ServerDefault("light")] = Field("light", description="design v2 only")
    layout: Annotated[Literal["vertical", "horizontal"], ServerDefault("vertical")] = Field(
        "vertical", description="design v2 only"
    )
    automatic_reports: Annotated[bool, ServerDefault(False)] = False
    announcement: Annotated[Text | None, ServerDefault(None)] = None
    announcement_embed_visible: Annotated[bool, ServerDefault(False)] = False
    announcement_embed_link: Annotated[Text | None, ServerDefault(None)] = None
    announcement_embed_css: Annotated[Text | None, ServerDefault(None)] = None
    navigation_links: Annotated[Annotated[ListOf[NavigationLink], Field(max_length=4)], ServerDefault(())] = Field(
        (), description="at most 4; design v2 only"
    )
    logo_remote_url: Annotated[Text | None, ServerDefault(None)] = Field(None, description="where to fetch the logo")
    dark_logo_remote_url: Annotated[Text | None, ServerDefault(None)] = None
    custom_css: Annotated[Text | None, ServerDefault(None)] = None
    custom_javascript: Annotated[Text | None, ServerDefault(None)] = Field(None, description="custom domain only")
    google_analytics_id: Annotated[Text | None, ServerDefault(None)] = None
    whitelabeled: Annotated[bool, ServerDefault(False)] = False
    ip_allowlist: Annotated[ListOf[str], ServerDefault(())] = Field(
        (), description="addresses, CIDR ranges, and lines starting with #; billed by the vendor"
    )
    password_enabled: Annotated[bool, ServerDefault(False)] = False
    password: Annotated[Secret | None, WriteOnly()] = Field(None, description="required with password_enabled")
    require_sso: Annotated[bool, ServerDefault(False)] = Field(False, description="excludes password_enabled")
    status_page_group: Annotated[str | None, External("status_page_groups", create=GROUP), ServerDefault(None)] = Field(
        None, description="a group of pages, by its name; sent as status_page_group_id"
    )
    sections: Annotated[ListOf[Section], KeyedBy("name", ordered=True), Essential(), ServerDefault(())] = Field(
        (), description="headlines with their rows, in the order of the page; wholly owned"
    )

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find rows that show one object twice, widgets that do not fit, and scripts without a custom domain."""
        yield from checks.page_rows(checks.own(cls, resources))
        for resource in checks.own(cls, resources):
            spec = resource.spec
            if spec.get("custom_javascript") and not spec.get("custom_domain"):
                message = "custom_javascript works only on a custom domain, and the page has none"
                yield resource.address, "custom_javascript", message, "write custom_domain too, or remove the line"

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Say that a password cannot be read."""
        protected = live.values.get("password_enabled") is True
        return "it is protected by a password, which the API never returns; write it by hand" if protected else ""
