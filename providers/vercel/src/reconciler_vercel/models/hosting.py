"""Settings of a project. Fields: vendor's OpenAPI documents of 2025-10 and 2026-09; rules: its Terraform provider."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler import (
    Address,
    Essential,
    Follows,
    KeyedBy,
    ListOf,
    OneOf,
    Part,
    ProviderSettings,
    Resource,
    Seconds,
    Secret,
    ServerDefault,
    SetOf,
    WriteOnly,
)
from reconciler_vercel.models.common import VercelKind, settings_of

NODE = ("24.x", "22.x", "20.x", "18.x", "16.x", "14.x", "12.x", "10.x")
"""What the vendor's documents list: 24.x since September 2026, odd versions never."""
NAME = r"^[a-z0-9._-]+$"
LONGEST_PASSWORD = 72
Command = Annotated[str, Field(min_length=1, max_length=256)]
Region = Annotated[str, Field(pattern=r"^[a-z]{3}[0-9]$")]
Protected = Literal["all", "preview", "prod_deployment_urls_and_all_previews", "all_except_custom_domains"]


class ResourceConfig(Part):
    """Where functions run, and with what. Members that are not written stay as they are."""

    functionDefaultRegions: SetOf[Region] | None = Field(None, description="more than one needs a plan above Hobby")
    fluid: bool | None = None
    functionDefaultTimeout: Annotated[Seconds, Field(ge=1, le=900)] | None = None
    functionDefaultMemoryType: str | None = Field(None, description="standard_legacy, standard, performance, …")
    functionZeroConfigFailover: bool | None = None
    elasticConcurrencyEnabled: bool | None = None
    buildMachineSelection: Literal["elastic", "fixed"] | None = Field(
        None, description="elastic: Vercel moves the build machine's type by itself"
    )
    isNSNBDisabled: bool | None = None


class Protection(Part):
    """Which deployments ask for a Vercel account."""

    deploymentType: Protected


class PasswordProtection(Part):
    """Which deployments ask for a password. Needs an add-on."""

    deploymentType: Protected
    password: Annotated[Secret | None, WriteOnly()] = Field(None, description=f"at most {LONGEST_PASSWORD} characters")


class TrustedAddress(Part):
    """An address, or a range of them."""

    value: Annotated[str, Field(min_length=1)]
    note: Annotated[str, Field(max_length=20), ServerDefault("")] = ""


class TrustedIps(Part):
    """Addresses from which protected deployments open. Enterprise only."""

    deploymentType: Protected | Literal["production"]
    protectionMode: Literal["additional", "exclusive"]
    addresses: Annotated[ListOf[TrustedAddress], KeyedBy("value")]


class AllowedPath(Part):
    """A path that answers OPTIONS without protection."""

    value: Annotated[str, Field(pattern=r"^/")]


class OptionsAllowlist(Part):
    """Paths that answer OPTIONS without protection."""

    paths: Annotated[ListOf[AllowedPath], KeyedBy("value")]


class OidcTokens(Part):
    """Who issues the OIDC tokens that deployments get."""

    issuerMode: Literal["team", "global"]


class StaticIps(Part):
    """Fixed addresses for what deployments call."""

    enabled: bool


class Hosting(VercelKind, collection="hosting", identity="name"):
    """The project: how it is built, where it runs, who may open it. Build settings act from the next deployment on."""

    data_bearing = True
    on_remove: ClassVar[Literal["delete", "retain", "disable"]] = "retain"
    loses = "the project with its deployments, domains and environment variables"

    name: Annotated[str, Field(max_length=100, pattern=NAME)] = ""
    framework: str | None = Field(None, description="nextjs, …; null is Other. The vendor's list grows often")
    buildCommand: Command | None = Field(None, description="null: as the framework has it")
    devCommand: Command | None = None
    installCommand: Command | None = None
    outputDirectory: Command | None = None
    rootDirectory: Command | None = None
    commandForIgnoringBuildStep: Command | None = None
    nodeVersion: Annotated[str, OneOf(*NODE)] | None = None
    resourceConfig: ResourceConfig | None = None
    autoExposeSystemEnvs: bool | None = None
    autoAssignCustomDomains: bool | None = None
    directoryListing: Annotated[bool, ServerDefault(False)] = False
    gitForkProtection: bool | None = None
    gitLFS: bool | None = None
    customerSupportCodeVisibility: bool | None = None
    sourceFilesOutsideRootDirectory: bool | None = None
    enableAffectedProjectsDeployments: bool | None = Field(
        None, description="Vercel turns an unset one to false once rootDirectory is set"
    )
    protectedSourcemaps: bool | None = None
    enableExternalRewriteCaching: bool | None = None
    previewDeploymentsDisabled: bool | None = None
    previewDeploymentSuffix: str | None = None
    enablePreviewFeedback: bool | None = None
    enableProductionFeedback: bool | None = None
    skewProtectionMaxAge: Annotated[Seconds, Field(ge=0)] | None = None
    oidcTokenConfig: OidcTokens | None = None
    staticIps: StaticIps | None = None
    ssoProtection: Annotated[Protection | None, Essential()] = Field(
        None, description="null is off. New projects have it on, so say what you want"
    )
    passwordProtection: PasswordProtection | None = None
    trustedIps: TrustedIps | None = None
    optionsAllowlist: OptionsAllowlist | None = None
    webAnalytics: bool | None = Field(None, description="the application has to load @vercel/analytics too")
    speedInsights: bool | None = Field(None, description="the application has to load @vercel/speed-insights too")
    redeploy: Annotated[Literal["auto"] | None, Follows("env")] = Field(
        None, description="auto: production is built again after its variables changed; left out, that is pending"
    )

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find handles that are no names, and a second project in an instance that is for one."""
        project = settings_of(settings).project
        own = [r for r in resources if r.address.collection == cls.collection]
        for resource in own:
            if not re.fullmatch(NAME, resource.identity[0]) or len(resource.identity[0]) > 100:
                message = "the handle is the name: at most 100 lower-case letters, digits, and any of . _ -"
                yield resource.address, "", message, "write `name:`"
            if project and not project.startswith("prj_") and resource.identity[0] != project:
                message = f"it is project {resource.identity[0]}, and this instance is for {project}"
                yield resource.address, "name", message, "add an instance for it under `providers:`"
        if project and project.startswith("prj_"):
            for resource in own[1:]:
                message = f"this instance is for one project, and {own[0].address} is it"
                yield resource.address, "", message, "add an instance for it under `providers:`"
