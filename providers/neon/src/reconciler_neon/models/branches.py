"""Branches: copies of the data that share storage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from reconciler import (
    Address,
    Handle,
    Live,
    Never,
    OneOf,
    ProviderSettings,
    RefTo,
    Removal,
    Resource,
    ServerDefault,
)
from reconciler_neon.models.common import HANDLE, Found, NeonKind, own

SCHEMA_ONLY = "schema-only"
AT_CREATION = Never("Neon decides it when the branch is made, and never changes it")
ToTheSecond = Annotated[
    str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z$")
]


class Branch(NeonKind, collection="branches", identity="name"):
    """A branch, found by its name at every run: its id changes when a snapshot is restored."""

    data_bearing = True
    loses = "the data of the branch; Neon keeps a deleted branch for 7 days"

    name: Annotated[str, Field(min_length=1, max_length=256)] = Field("", description="unique in the project")
    default: Annotated[bool, OneOf(True), ServerDefault(False)] = Field(
        False, description="true makes it the default branch; the branch that was the default stops being it"
    )
    protected: Annotated[bool, ServerDefault(False)] = Field(
        False, description="cannot be deleted or reset, nor the project deleted. Not on the Free plan"
    )
    expires_at: Annotated[ToTheSecond | None, ServerDefault(None)] = Field(
        None, description='deleted by Neon then: "2027-01-31T00:00:00Z"; null: never'
    )
    parent: Annotated[Handle | None, RefTo("branches"), AT_CREATION] = Field(
        None, description="what it is made from; sent as parent_id. Without it the default branch"
    )
    init_source: Annotated[Literal["parent-data", "schema-only"], AT_CREATION, ServerDefault("parent-data")] = Field(
        "parent-data", description="schema-only makes a root branch with the tables of the parent and no rows"
    )

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the name itself, where it can be a handle: what is on the branch refers to it by that."""
        return live.title if re.fullmatch(HANDLE, live.title) else super().handle_for(live)

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to remove what production stands on, and what Neon refuses to delete."""
        going = {r.live.id for r in removals if r.after is None}
        parents = {str(branch.values.get("parent")) for branch in live if branch.id not in going}
        found = {r.address: _stays(r.live, parents) for r in removals if r.after is None}
        found |= {r.address: _expiring(r.live, r.after) for r in removals if r.after is not None}
        return {address: reason for address, reason in found.items() if reason}

    @classmethod
    def cross_check(cls, resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
        """Find two default branches, and branches that would expire although they may not."""
        defaults = [r for r in own(cls, resources) if r.spec.get("default")]
        for other in defaults[1:]:
            message = f"{defaults[0].address} is the default branch already; a project has one"
            yield other.address, "default", message, "write default: true for one branch"
        for branch in own(cls, resources):
            if branch.spec.get("expires_at") and (branch.spec.get("default") or branch.spec.get("protected")):
                what = "the default branch" if branch.spec.get("default") else "a protected branch"
                yield branch.address, "expires_at", f"{what} never expires", "remove expires_at"


def _stays(branch: Live, parents: set[str]) -> str:
    """Return why a branch must not be deleted; "" when it may."""
    if branch.values.get("default"):
        return "it is the default branch: production is on it"
    if branch.values.get("protected"):
        return "it is protected at Neon; merge `protected: false` first"
    if branch.id in parents:
        return "other branches were made from it, and Neon deletes no branch that has children"
    if branch.private.get("root") and branch.values.get("init_source") != SCHEMA_ONLY:
        return "it is a root branch, which Neon never deletes"
    return ""


def _expiring(branch: Live, after: Resource) -> str:
    """Return why a branch must not be changed so; "" when it may."""
    stays = branch.values.get("default") and after.spec.get("expires_at")
    return "it is the default branch, and Neon would delete it when it expires" if stays else ""
