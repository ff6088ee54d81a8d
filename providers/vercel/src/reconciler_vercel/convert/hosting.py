"""Project settings. Pure. Only fields of the model are read, and only these are ever sent (`publicSource` is none)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler import FieldDiff, Live, Refused, SecretValue, Unknown, as_id
from reconciler_vercel.convert.payload import Payload, frozen, moment, promised
from reconciler_vercel.models.hosting import LONGEST_PASSWORD, Hosting

SWITCHES = {"webAnalytics": "/web/insights/toggle", "speedInsights": "/speed-insights/toggle"}
"""Products that are turned on and off by calls of their own."""
_CREATED = """
name framework buildCommand devCommand installCommand outputDirectory rootDirectory commandForIgnoringBuildStep
resourceConfig enableAffectedProjectsDeployments previewDeploymentsDisabled enablePreviewFeedback
enableProductionFeedback oidcTokenConfig ssoProtection
"""
CREATED = frozenset(_CREATED.split())
"""Fields that POST /v11/projects takes; the others are sent with a PATCH afterwards."""
_APART = {*SWITCHES, "redeploy", "resourceConfig", "trustedIps", "optionsAllowlist"}
_PLAIN = tuple(name for name in Hosting.model_fields if name not in _APART)
_KEPT = {
    "ssoProtection": ("deploymentType",),
    "passwordProtection": ("deploymentType",),
    "oidcTokenConfig": ("issuerMode",),
    "staticIps": ("enabled",),
    "resourceConfig": (
        "functionDefaultRegions",
        "fluid",
        "functionDefaultTimeout",
        "functionDefaultMemoryType",
        "functionZeroConfigFailover",
        "elasticConcurrencyEnabled",
        "buildMachineSelection",
        "isNSNBDisabled",
    ),
}
HIDDEN = "this token is not shown the addresses"


def to_live(project: Payload, redeploy: str, pending: tuple[str, ...]) -> Live:
    """Return a project as the API reports it. `redeploy` and `pending` tell of its deployments.

    Raises:
        ProtocolError: something that the API promises is missing, or is of another type.
    """
    with promised("a project"):
        name = str(project["name"])
        values = {field: _read(field, project[field]) for field in _PLAIN if project.get(field) is not None}
        config = project.get("resourceConfig") or {}
        values["resourceConfig"] = {k: frozen(config[k]) for k in _KEPT["resourceConfig"] if config.get(k) is not None}
        if project.get("trustedIps"):
            values["trustedIps"] = _trusted(project["trustedIps"])
        if project.get("optionsAllowlist"):
            paths = project["optionsAllowlist"]["paths"]
            values["optionsAllowlist"] = {"paths": tuple({"value": str(p["value"])} for p in paths)}
        values |= {field: is_on(project.get(field)) for field in SWITCHES}
        values.setdefault("ssoProtection", None)  # off, which is not what a new project has: `import` has to say it
        values["redeploy"] = redeploy
        return Live(
            kind="hosting",
            id=as_id(project["id"]),
            identity=(name,),
            values=values,
            name=name,
            pending=pending,
            created_at=moment(project.get("createdAt")),
        )


def _read(field: str, value: Any) -> Any:
    """Return a value as it is; of a mapping only the members that the model knows."""
    if field in _KEPT:
        return {k: frozen(value[k]) for k in _KEPT[field] if value.get(k) is not None}
    return frozen(value)


def _trusted(value: Payload) -> dict[str, Any]:
    """Return trusted addresses; some tokens are shown only that there are some."""
    rows = value.get("addresses")
    shown: dict[str, Any] = {"deploymentType": str(value["deploymentType"])}
    shown["protectionMode"] = value.get("protectionMode") or Unknown(HIDDEN)
    known = ("value", "note")
    addresses = tuple({k: row[k] for k in known if row.get(k)} for row in rows) if rows is not None else Unknown(HIDDEN)
    return {**shown, "addresses": addresses}


def is_on(product: Any) -> bool:
    """Return whether a product is on: it is there, and was not switched off or cancelled since it was switched on."""
    if not isinstance(product, Mapping) or not product.get("id"):
        return False
    since = product.get("enabledAt") or 0
    return not any((product.get(end) or -1) >= since for end in ("disabledAt", "canceledAt"))


def body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON that makes these fields so; null clears. What is no field of the project is left out.

    Raises Refused for a password that is longer than the vendor takes.
    """
    password = (fields.get("passwordProtection") or {}).get("password")
    if isinstance(password, SecretValue) and (size := len(password.reveal())) > LONGEST_PASSWORD:
        said = f"{password} has {size} characters, and Vercel takes {LONGEST_PASSWORD}"
        raise Refused(f"passwordProtection.password: {said}", fix="choose a shorter password")
    own = {*Hosting.model_fields} - {*SWITCHES, "redeploy"}
    return {name: _sent(value) for name, value in fields.items() if name in own}


def changed(fields: Mapping[str, Any], diffs: Iterable[FieldDiff]) -> dict[str, Any]:
    """Return the fields to send, of `resourceConfig` only the members that differ: an update merges."""
    members = {str(d.path[1]) for d in diffs if d.path[0] == "resourceConfig" and len(d.path) > 1}
    config = fields.get("resourceConfig")
    if not members or not isinstance(config, Mapping):
        return dict(fields)
    return {**fields, "resourceConfig": {k: v for k, v in config.items() if k in members}}


def _sent(value: Any) -> Any:
    if isinstance(value, SecretValue):
        return value.reveal()
    if isinstance(value, tuple):
        return [_sent(inner) for inner in value]
    if isinstance(value, Mapping):
        return {name: _sent(inner) for name, inner in value.items()}
    return value
