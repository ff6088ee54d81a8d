"""What every kind shares: the settings of an instance, which is one repository seen by one token."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler import Kind, ProviderSettings, Rate, Secret, SecretRef, TokenSettings

Text = Annotated[str, Field(min_length=1)]
"""A text that is there."""


class GitHubSettings(TokenSettings):
    """One repository. Its token must administrate it: the GITHUB_TOKEN that a workflow is given cannot."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")] = Field(
        description="owner/name, as its address shows it"
    )
    token: Secret = Field(
        SecretRef("GITHUB_TOKEN"), description="a fine-grained personal access token, or one of a GitHub App"
    )

    base_url: ClassVar[str] = "https://api.github.com"
    url_variable: ClassVar[str] = "GITHUB_API_URL"
    # 900 points a minute are allowed, 1 for a read and 5 for a write; the hourly budget is learnt from the headers.
    default_rate: ClassVar[Rate | None] = Rate(per_second=10, burst=30)
    rights_to_plan: ClassVar[tuple[str, ...]] = (
        "Metadata: read (rulesets, the repository, its collaborators)",
        "Actions: read (environments and their branch policies)",
        "Administration: read (teams as reviewers; with write it also sees who bypasses a ruleset)",
        "Secrets: read and Variables: read (of the repository)",
        "Environments: read (secrets and variables of environments)",
    )
    rights_to_apply: ClassVar[tuple[str, ...]] = (
        "Administration: write (rulesets, environments)",
        "Secrets: write and Variables: write (of the repository)",
        "Environments: write (secrets and variables of environments)",
    )
    unproven: ClassVar[tuple[str, ...]] = (
        "Nothing of this provider has been run against api.github.com.",
        "That a PUT of an environment resets what it leaves out is assumed: the whole object is always sent.",
        "That names of environments are compared without case is taken from GitHub's guide, not its API documents.",
        "The status of a variable that exists already (409 or 422) is not documented; both are understood.",
        "The wording of plan limits is recognised by `upgrade`, `Enterprise`, `GitHub Pro`, `GitHub Team`.",
    )


class GitHubKind(Kind, provider="github"):
    """A kind of GitHub."""

    settings: ClassVar[type[ProviderSettings]] = GitHubSettings
