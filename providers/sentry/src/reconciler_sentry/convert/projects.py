"""Projects, their inbound filters and options: payload to YAML shape and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import Live, SecretValue, Unknown, as_id
from reconciler_sentry.convert.fields import Payload, checked, frozen, mappings, moment, plain_json
from reconciler_sentry.models.projects import InboundFilters, ProjectOptions, one_spelling

PLAIN = ("platform", "storeCrashReports", "resolveAge", "digestsMinDelay", "digestsMaxDelay")
TEXTS = (
    "name",
    "subjectPrefix",
    "subjectTemplate",
    "securityTokenHeader",
    "defaultEnvironment",
    "groupingEnhancements",
    "fingerprintingRules",
)
FLAGS = (
    "dataScrubber",
    "dataScrubberDefaults",
    "scrubIPAddresses",
    "verifySSL",
    "scrapeJavaScript",
    "enableAutoReleaseCreation",
    "scmSourceContextEnabled",
)
SETS = ("sensitiveFields", "safeFields", "allowedDomains")
APART = ("slug", "teams", "filters", "spikeProtection")
"""Fields that no PUT of the project takes, or that are calls of their own."""
NULL_CLEARS = ("defaultEnvironment", "storeCrashReports")
SPIKES = "quotas:spike-protection-disabled"
LINES = ("filters:blacklisted_ips", "filters:releases", "filters:error_messages", "filters:log_messages")
"""Options that are lists, kept as lines of one text."""
FILTERS = tuple(info.alias or name for name, info in InboundFilters.model_fields.items())
LEGACY = "legacy-browsers"


def live_of(payload: Any, filters: Any) -> Live:
    """Return a project with its filters as a live object."""
    project = checked(payload, "slug")
    values: dict[str, Any] = {"slug": str(project["slug"])}
    values |= {name: frozen(project[name]) for name in PLAIN if project.get(name) is not None}
    values |= {name: project[name] for name in TEXTS if project.get(name)}
    values |= {name: project[name] for name in FLAGS if isinstance(project.get(name), bool)}
    values |= {n: tuple(sorted(map(str, project[n]))) for n in SETS if isinstance(project.get(n), list)}
    values["teams"] = tuple(sorted(str(team["id"]) for team in mappings(project.get("teams"))))
    if isinstance(project.get("highlightTags"), list):
        values["highlightTags"] = frozen(project["highlightTags"])
    if isinstance(project.get("highlightContext"), Mapping):
        values["highlightContext"] = frozen(project["highlightContext"])
    if project.get("securityToken"):
        values["securityToken"] = SecretValue(str(project["securityToken"]), "security token of the project")
    if project.get("relayPiiConfig"):
        values["relayPiiConfig"] = _pii(str(project["relayPiiConfig"]))
    options = project.get("options") if isinstance(project.get("options"), Mapping) else {}
    values["options"] = _options(options or {})
    if isinstance((options or {}).get(SPIKES), bool):
        values["spikeProtection"] = not (options or {})[SPIKES]
    values["filters"] = _filters(filters)
    slug = values["slug"]
    created = moment(project.get("dateCreated"))
    return Live("sentry_project", as_id(project["id"]), (slug,), values, name=slug, created_at=created)


def _pii(text: str) -> Any:
    try:
        return one_spelling(text)
    except ValueError:
        return Unknown("what Sentry has there is no JSON")


def _options(options: Payload) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for info in ProjectOptions.model_fields.values():
        name = str(info.alias)
        value = options.get(name)
        if name in LINES and (isinstance(value, str) or (value is None and name in options)):
            found[name] = tuple(sorted({line.strip() for line in (value or "").splitlines() if line.strip()}))
        elif isinstance(value, bool):
            found[name] = value
    return found


def _filters(filters: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in mappings(filters):
        name, active = str(item.get("id")), item.get("active")
        if name == LEGACY:
            found[name] = _browsers(active)
        elif name in FILTERS and isinstance(active, bool):
            found[name] = active
    return found


def _browsers(active: Any) -> Any:
    if isinstance(active, list):
        return tuple(sorted(map(str, active)))
    return Unknown("Sentry says only that it is on, not for which browsers") if active else ()


def body(fields: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the PUT that makes these fields so; "" when there is nothing for it. `live` is what is there now.

    `highlightContext` is replaced as a whole at Sentry, so what is not managed in it is sent along; options are not.
    """
    sent: dict[str, Any] = {}
    for name, value in fields.items():
        if name in APART:
            continue
        if name == "options":
            sent[name] = {key: _option(key, inner) for key, inner in (value or {}).items()}
        elif name == "highlightContext":
            sent[name] = plain_json({**(live.get(name) or {}), **(value or {})})
        elif value is None:
            sent[name] = None if name in NULL_CLEARS else ""
        else:
            sent[name] = plain_json(value)
    return sent


def _option(name: str, value: Any) -> Any:
    return "\n".join(sorted(value or ())) if name in LINES else value


def filter_body(name: str, value: Any) -> dict[str, Any]:
    """Return the body of one inbound filter."""
    return {"subfilters": sorted(value or ())} if name == LEGACY else {"active": bool(value)}
