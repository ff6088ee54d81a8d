"""Which properties project requests may have, of which type, and which need a plan or an add-on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler_vercel.sandbox.answers import Allowed, Refusal, bad, checked
from reconciler_vercel.sandbox.store import Project, World

_COMMANDS = ("buildCommand", "devCommand", "installCommand", "outputDirectory", "rootDirectory")
_SWITCHES = """
autoExposeSystemEnvs autoAssignCustomDomains directoryListing gitForkProtection gitLFS customerSupportCodeVisibility
sourceFilesOutsideRootDirectory enableAffectedProjectsDeployments protectedSourcemaps enableExternalRewriteCaching
skipGitConnectDuringLink serverlessFunctionZeroConfigFailover
"""
_NULLABLE = "previewDeploymentsDisabled enablePreviewFeedback enableProductionFeedback"
PATCH: Allowed = {
    "name": "string",
    "framework": "string?",
    **{name: "string?" for name in (*_COMMANDS, "commandForIgnoringBuildStep", "previewDeploymentSuffix")},
    "nodeVersion": "string",
    "serverlessFunctionRegion": "string?",
    "resourceConfig": "object",
    **{name: "boolean" for name in _SWITCHES.split()},
    **{name: "boolean?" for name in _NULLABLE.split()},
    "skewProtectionMaxAge": "number",
    "skewProtectionBoundaryAt": "number",
    "oidcTokenConfig": "object",
    "staticIps": "object",
    **{n: "object?" for n in ("ssoProtection", "passwordProtection", "trustedIps", "optionsAllowlist")},
    "connectConfigurations": "array",
    # In neither document, and taken from the vendor's own Terraform provider.
    "gitComments": "object",
    "gitProviderOptions": "object",
    "productionDeploymentsFastLane": "boolean",
}
_CREATED = """
name framework buildCommand devCommand installCommand outputDirectory rootDirectory commandForIgnoringBuildStep
resourceConfig enableAffectedProjectsDeployments previewDeploymentsDisabled enablePreviewFeedback
enableProductionFeedback oidcTokenConfig ssoProtection serverlessFunctionRegion skipGitConnectDuringLink
serverlessFunctionZeroConfigFailover
"""
CREATE: Allowed = {
    **{name: PATCH[name] for name in _CREATED.split()},
    "environmentVariables": "array",
    "gitRepository": "object",
}
PARTS: Mapping[str, Allowed] = {
    "resourceConfig": {
        "functionDefaultRegions": "array",
        "fluid": "boolean",
        "functionDefaultTimeout": "number",
        "functionDefaultMemoryType": "string",
        "functionZeroConfigFailover": "boolean",
        "elasticConcurrencyEnabled": "boolean",
        "buildMachineType": "string?",
        "buildMachineSelection": "string",
        "buildQueue": "object",
        "isNSNBDisabled": "boolean",
    },
    "ssoProtection": {"deploymentType": "string"},
    "passwordProtection": {"deploymentType": "string", "password": "string?"},  # nosec B105  # the type of its value
    "trustedIps": {"deploymentType": "string", "addresses": "array", "protectionMode": "string"},
    "optionsAllowlist": {"paths": "array"},
    "oidcTokenConfig": {"enabled": "boolean", "issuerMode": "string"},
    "staticIps": {"enabled": "boolean"},
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "ssoProtection": ("deploymentType",),
    "passwordProtection": ("deploymentType",),
    "trustedIps": ("deploymentType", "addresses", "protectionMode"),
    "optionsAllowlist": ("paths",),
    "staticIps": ("enabled",),
}
NODE = ("24.x", "22.x", "20.x", "18.x", "16.x", "14.x", "12.x", "10.x")
LONGEST = 256
NAME = re.compile(r"[a-z0-9._-]{1,100}")


def accepted(body: dict[str, Any], world: World) -> dict[str, Any]:
    """Return settings that may be stored. Raises Refusal for what is wrong, and for what the plan does not have."""
    for name, part in body.items():
        if part is not None and name in PARTS:
            checked(part, PARTS[name], REQUIRED.get(name, ()), name)
        if isinstance(part, str) and name in (*_COMMANDS, "commandForIgnoringBuildStep") and len(part) > LONGEST:
            raise bad(f"Invalid request: `{name}` should NOT be longer than {LONGEST} characters.")
    if "name" in body and not NAME.fullmatch(body["name"]):
        raise bad("Invalid request: `name` must be lowercase and at most 100 characters.")
    if body.get("nodeVersion", NODE[0]) not in NODE:
        raise bad("Invalid request: `nodeVersion` should be equal to one of the allowed values.")
    regions = (body.get("resourceConfig") or {}).get("functionDefaultRegions")
    if regions is not None and (not regions or any(len(r) > 4 for r in regions)):
        raise bad("Invalid request: `resourceConfig.functionDefaultRegions` should be a list of regions.")
    if regions and len(regions) > 1 and world.plan == "hobby":
        raise Refusal(402, "payment_required", "Deploying Serverless Functions to multiple regions needs a Pro plan.")
    if body.get("passwordProtection") and "protection" not in world.addons:
        raise Refusal(428, "precondition_required", "Advanced Deployment Protection is not available.")
    if body.get("trustedIps") and "trusted_ips" not in world.addons:
        raise bad("Trusted IPs are only available on Enterprise plans.")
    return body


def merge(project: Project, body: Mapping[str, Any]) -> None:
    """Store settings: what is left out stays, null and "" clear. `resourceConfig` merges member by member."""
    for name, value in body.items():
        if name == "name":
            continue
        if name == "resourceConfig":
            project.settings[name] = {**project.settings[name], **value}
        elif name == "optionsAllowlist" and value:
            project.settings[name] = {"paths": [{"value": p["value"]} for p in value["paths"]]}
        elif value in (None, ""):
            project.settings[name] = None
        else:
            project.settings[name] = value
    if project.settings.get("rootDirectory") and project.settings.get("enableAffectedProjectsDeployments") is None:
        project.settings["enableAffectedProjectsDeployments"] = False
