"""Environments: who must approve a deployment, how long it waits, and from where it may come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from reconciler import (
    Address,
    External,
    Minutes,
    Never,
    OnlyIf,
    Part,
    ProviderSettings,
    Resource,
    ServerDefault,
    SetOf,
)
from reconciler_github.models.common import GitHubKind, Text

MOST_REVIEWERS = 6
INVITE = "give this user or team read access to the repository (Settings, Collaborators and teams), or mend its name"
REVIEWER = r"^(User|Team)/[A-Za-z0-9][A-Za-z0-9._-]*$"


def _reviewer(value: str) -> str:
    if not re.fullmatch(REVIEWER, value):
        raise ValueError("write User/login or Team/slug")
    kind, _, name = value.partition("/")
    return f"{kind}/{name.lower()}"


Reviewer = Annotated[
    str,
    AfterValidator(_reviewer),
    WithJsonSchema({"type": "string", "pattern": REVIEWER}),
    External("reviewers", create=INVITE),
]
"""`User/login` or `Team/slug`, in lower case: GitHub compares neither by case."""


class BranchPolicies(Part):
    """Patterns of names from which may be deployed; `*` does not match a slash."""

    branch: Annotated[SetOf[Text], ServerDefault(())] = frozenset()
    tag: Annotated[SetOf[Text], ServerDefault(())] = frozenset()


class Environment(GitHubKind, collection="environments", identity="name"):
    """A place that workflows deploy to, with its gates. Its secrets and variables are collections of their own."""

    loses: ClassVar[str] = "its secrets, variables, custom gates and the history of deployments to it are lost"
    rules: ClassVar = (OnlyIf("branch_policies", when={"deployment_branch_policy": ("custom_branch_policies",)}),)

    name: Annotated[
        Annotated[str, Field(min_length=1, max_length=255)],
        Never("GitHub cannot rename an environment: make a second one, and move its secrets"),
    ] = ""
    wait_timer: Annotated[Annotated[Minutes, Field(ge=0, le=43_200)], ServerDefault(0)] = 0
    reviewers: Annotated[SetOf[Reviewer], Field(max_length=MOST_REVIEWERS), ServerDefault(())] = Field(
        frozenset(),
        description="User/login or Team/slug; one of them has to approve. [] for nobody. In a private repository "
        "on the Enterprise plan only",
    )
    prevent_self_review: Annotated[bool, ServerDefault(False)] = Field(
        False, description="who started a deployment cannot approve it; needs reviewers"
    )
    deployment_branch_policy: Literal["protected_branches", "custom_branch_policies"] | None = Field(
        None,
        description="null: from everywhere. protected_branches means classic branch protection, not rulesets; without "
        "any, everything may deploy. custom_branch_policies: what branch_policies names",
    )
    branch_policies: BranchPolicies | None = None

    @classmethod
    def identify(cls, handle: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the name in lower case: names are not compared by case."""
        return (str(spec.get("name", handle)).lower(),)

    @classmethod
    def identity_fields(cls, handle: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `spec` as it is: a handle that differs from the live name by case only is no wish to rename it."""
        return spec

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find what GitHub would forget: a self-review rule without reviewers."""
        for resource in resources:
            unasked = resource.spec.get("prevent_self_review") and not resource.spec.get("reviewers")
            if resource.address.collection == cls.collection and unasked:
                message = "prevent_self_review belongs to required reviewers, and there are none"
                yield resource.address, "prevent_self_review", message, "name reviewers, or remove it"
