"""The settings, options and filters of a simulated project: their defaults, and what a PUT may make of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler_sentry.sandbox.answers import Rejected, invalid
from reconciler_sentry.sandbox.store import Object, Store

SETTINGS: Mapping[str, Any] = {
    "digestsMinDelay": 300,
    "digestsMaxDelay": 1800,
    "subjectPrefix": "",
    "subjectTemplate": "$shortID - $title",
    "allowedDomains": ["*"],
    "resolveAge": 0,
    "dataScrubber": True,
    "dataScrubberDefaults": True,
    "safeFields": [],
    "sensitiveFields": [],
    "storeCrashReports": None,
    "securityToken": "",
    "securityTokenHeader": None,
    "verifySSL": False,
    "scrubIPAddresses": False,
    "scrapeJavaScript": True,
    "enableAutoReleaseCreation": True,
    "highlightTags": ["handled", "level"],
    "highlightContext": {},
    "groupingEnhancements": "",
    "fingerprintingRules": "",
    "defaultEnvironment": None,
    "relayPiiConfig": None,
    "scmSourceContextEnabled": True,
}
OPTIONS: Mapping[str, Any] = {
    "filters:blacklisted_ips": "",
    "filters:releases": "",
    "filters:error_messages": "",
    "filters:log_messages": "",
    "filters:react-hydration-errors": True,
    "filters:chunk-load-error": True,
    "quotas:spike-protection-disabled": False,
    "feedback:branding": True,
}
FILTERS: Mapping[str, Any] = {
    "browser-extensions": False,
    "filtered-transaction": True,
    "legacy-browsers": [],
    "localhost": False,
    "web-crawlers": True,
}
BROWSERS = [
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
NEVER_SET = ("groupingConfig", "secondaryGroupingConfig", "secondaryGroupingExpiry")
NOT_EMPTIED = ("name", "slug", "platform", "subjectTemplate")
LONGEST = {"name": 200, "slug": 100, "subjectPrefix": 200, "subjectTemplate": 200, "securityToken": 255}
LONGEST["securityTokenHeader"] = 64
PLANNED = ("filters:releases", "filters:error_messages", "filters:log_messages")
LOWERED = ("filters:blacklisted_ips", "filters:releases")
FOR_MEMBERS = {"isBookmarked", "autofixAutomationTuning", "seerScannerAutomation"}


def checked(made: Object, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a PUT changes; what nobody knows is ignored. Raises Rejected for wrong values."""
    changed: dict[str, Any] = {}
    for name in NEVER_SET:
        if name in body:
            raise invalid(name, "Grouping config can't be changed")
    for name, value in body.items():
        if name not in {*SETTINGS, "name", "slug", "platform"}:
            continue
        if name in NOT_EMPTIED and not value:
            continue
        if isinstance(value, str) and len(value) > LONGEST.get(name, 200_000):
            raise invalid(name, f"Ensure this field has no more than {LONGEST[name]} characters.")
        changed[name] = _value(name, value)
    low = changed.get("digestsMinDelay", made["settings"]["digestsMinDelay"])
    high = changed.get("digestsMaxDelay", made["settings"]["digestsMaxDelay"])
    if low > high and {"digestsMinDelay", "digestsMaxDelay"} & set(changed):
        raise invalid("digestsMinDelay", "The minimum delay on digests must be lower than the maximum.")
    return changed


def _value(name: str, value: Any) -> Any:
    expected = SETTINGS.get(name)
    if isinstance(expected, bool) and not isinstance(value, bool):
        raise invalid(name, "Must be a valid boolean.")
    match name:
        case "digestsMinDelay" | "digestsMaxDelay":
            if not isinstance(value, int) or not 60 <= value <= 3600:
                raise invalid(name, "Ensure this value is between 60 and 3600.")
        case "resolveAge":
            return value or 0
        case "allowedDomains" if not value:
            raise invalid(name, "Empty value will block all requests, use * to accept from all domains")
        case "sensitiveFields" if sum(map(len, value)) > 4000:
            raise invalid(name, "List of sensitive fields is too long.")
        case "relayPiiConfig":
            try:
                json.loads(value or "{}")
            except ValueError:
                raise invalid(name, "Invalid JSON") from None
            return value or None
        case "securityTokenHeader" | "defaultEnvironment" | "storeCrashReports":
            return value or None
    return value


def options(store: Store, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a PUT changes. Raises Rejected for what the plan does not have."""
    found: dict[str, Any] = {}
    for name, value in sent.items():
        if name not in OPTIONS or name.startswith("quotas:"):
            continue
        if name in PLANNED and "custom-inbound-filters" not in store.features:
            raise Rejected(400, {"detail": ["You do not have that feature enabled"]})
        if isinstance(OPTIONS[name], str) and not isinstance(value, str):
            raise Rejected(400, {"detail": f"{name} must be a string"})
        found[name] = value.lower() if name in LOWERED else value
    return found
