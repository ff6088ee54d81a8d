"""The project. Fields: the vendor's document and its server's source, which takes more than the document lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from reconciler import (
    Address,
    Expansion,
    External,
    Hours,
    ListOf,
    Never,
    Part,
    ProviderSettings,
    Resource,
    Seconds,
    Secret,
    SetOf,
    written,
)
from reconciler_sentry.models import checks
from reconciler_sentry.models.common import TEAM, Line, LowerLine, SentryKind, Text

LegacyBrowser = Literal[
    "ie",
    "edge",
    "safari",
    "firefox",
    "chrome",
    "opera",
    "android",
    "opera_mini",
    "ie_pre_9",
    "ie9",
    "ie10",
    "ie11",
    "opera_pre_15",
    "android_pre_4",
    "safari_pre_6",
    "opera_mini_pre_8",
    "edge_pre_79",
]
DigestDelay = Annotated[Seconds, Field(ge=60, le=3600)]
RENAMED = "the instance in environment.yaml names the project by its slug: rename it in Sentry, then in both files"


class InboundFilters(Part):
    """Events that Sentry drops before they count. Each is a call of its own."""

    browser_extensions: bool | None = Field(None, alias="browser-extensions")
    localhost: bool | None = None
    filtered_transaction: bool | None = Field(None, alias="filtered-transaction", description="health checks")
    web_crawlers: bool | None = Field(None, alias="web-crawlers")
    legacy_browsers: SetOf[LegacyBrowser] | None = Field(
        None, alias="legacy-browsers", description="replaced as a whole; an empty list is off"
    )


class ProjectOptions(Part):
    """Options that have no field of their own. Lists here are newline-joined texts at Sentry."""

    blacklisted_ips: SetOf[LowerLine] | None = Field(
        None, alias="filters:blacklisted_ips", description="addresses and networks; kept in lower case"
    )
    releases: SetOf[LowerLine] | None = Field(
        None, alias="filters:releases", description="releases to drop, * allowed; kept in lower case; needs the plan"
    )
    error_messages: SetOf[Line] | None = Field(
        None, alias="filters:error_messages", description="messages to drop, * allowed; needs the plan"
    )
    log_messages: SetOf[Line] | None = Field(None, alias="filters:log_messages", description="needs the plan")
    react_hydration_errors: bool | None = Field(
        None, alias="filters:react-hydration-errors", description="true drops them"
    )
    chunk_load_error: bool | None = Field(None, alias="filters:chunk-load-error", description="true drops them")


class SentryProject(SentryKind, collection="sentry_project", identity="slug"):
    """The project of this instance: scrubbing, filters, grouping, and who may send.

    `groupingConfig` and its relatives cannot be set by the API, and are no fields here.
    """

    data_bearing = True
    loses = "every event, issue, replay and client key of the project"

    slug: Annotated[str, Never(RENAMED)] = Field("", max_length=100, description="`project:` of the instance")
    name: Text | None = Field(None, max_length=200, description="50 characters at most on creation")
    platform: Text | None = Field(None, description="javascript-nextjs, python, …; cannot be cleared")
    teams: SetOf[Annotated[str, External("teams", create=TEAM)]] = Field(
        frozenset(), description="teams that own the project, by slug; needed to create it"
    )
    dataScrubber: bool | None = Field(None, description="scrub on Sentry's side; the organisation may force it on")
    dataScrubberDefaults: bool | None = Field(None, description="with the default rules: passwords, keys, cards")
    scrubIPAddresses: bool | None = Field(None, description="keep no addresses of users")
    sensitiveFields: SetOf[Line] = Field(
        frozenset(), description="further names to scrub; together 4000 characters at most"
    )
    safeFields: SetOf[Line] = Field(frozenset(), description="names never to scrub")
    relayPiiConfig: Text | None = Field(
        None, description="advanced scrubbing: JSON as a text, compared by its meaning; null takes it away"
    )
    allowedDomains: Annotated[SetOf[Line], Field(min_length=1)] = Field(
        frozenset(), description='origins that may send from browsers; "*" for all; never empty'
    )
    resolveAge: Annotated[Hours, Field(ge=0)] | None = Field(
        None, description="resolve issues that were not seen for so long; 0 or null: never"
    )
    subjectPrefix: Text | None = Field(None, max_length=200, description="of e-mails")
    subjectTemplate: Text | None = Field(None, max_length=200, description="of e-mails; cannot be emptied")
    digestsMinDelay: DigestDelay | None = Field(None, description="between e-mails about one thing, at least")
    digestsMaxDelay: DigestDelay | None = Field(
        None, description="and at most. An hour is the longest: Sentry has no daily digest"
    )
    securityToken: Secret | None = Field(None, description="sent when Sentry fetches source maps; shown by the API")
    securityTokenHeader: Text | None = Field(None, max_length=64, description="the header it is sent in")
    verifySSL: bool | None = None
    scrapeJavaScript: bool | None = Field(None, description="fetch scripts and source maps from the site")
    enableAutoReleaseCreation: bool | None = None
    scmSourceContextEnabled: bool | None = None
    defaultEnvironment: Text | None = Field(None, description="shown first; null: all")
    storeCrashReports: Annotated[int, Field(ge=-1)] | None = Field(None, description="null: as the organisation says")
    groupingEnhancements: Text | None = Field(None, description="stack trace rules, one a line")
    fingerprintingRules: Text | None = Field(None, description="one a line")
    highlightTags: ListOf[Line] = Field((), description="shown on top of an issue")
    highlightContext: Mapping[str, ListOf[Line]] = Field({}, description="context keys to show, by context")
    filters: InboundFilters | None = None
    options: ProjectOptions | None = None
    spikeProtection: bool | None = Field(None, description="drop sudden floods of events; depends on the plan")

    def expand(self) -> Expansion:
        """Return the fields with `relayPiiConfig` in one spelling, and null hours as 0, which is how they are kept.

        Raises ValueError when `relayPiiConfig` is no JSON.
        """
        expansion = Expansion(written(self))
        spec = dict(expansion.spec)
        if "resolveAge" in spec and spec["resolveAge"] is None:
            spec["resolveAge"] = 0
        if self.relayPiiConfig is not None:
            spec["relayPiiConfig"] = one_spelling(self.relayPiiConfig)
        return replace(expansion, spec=spec)

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find another project than the instance's, bounds of digests that cross, and too long lists."""
        yield from checks.projects(checks.own(cls.collection, resources), getattr(settings, "project", ""))


PLANNED_OPTIONS: tuple[str, ...] = ("filters:releases", "filters:error_messages", "filters:log_messages")
"""Options that need the feature `custom-inbound-filters` of the plan; Sentry answers 400 without it."""


def one_spelling(text: str) -> str:
    """Return JSON with sorted keys and without spaces. Raises ValueError when it is none."""
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except ValueError:
        raise ValueError(
            "relayPiiConfig is no JSON; write the JSON of the advanced scrubbing rules as a text"
        ) from None
