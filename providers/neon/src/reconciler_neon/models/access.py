"""Roles and databases, which every branch has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from reconciler import Address, Handle, Live, Never, ProviderSettings, RefTo, Removal, Resource, ServerDefault
from reconciler_neon.models.common import LONGEST, Found, Name, NeonKind, no_such_handle, on_named_branches

NO_UPDATE = "Neon has no update for roles: add the other one beside it, apply, then remove this one"
OF_ITS_BRANCH = Never("what is on a branch cannot be moved to another one")


class OnBranch(NeonKind):
    """What roles and databases have alike."""

    @classmethod
    def handle_for(cls, live: Live) -> str:
        """Return the name on the default branch, `name@branch` elsewhere: every branch starts as a copy."""
        at = "" if live.private.get("on_default") else f"@{live.values.get('branch')}"
        return super().handle_for(replace(live, name=f"{live.title}{at}"))

    @classmethod
    def cross_check(cls, resources: tuple[Resource, ...], settings: ProviderSettings) -> Found:
        """Find objects on a branch whose handle is not its name, and names that PostgreSQL has no room for."""
        yield from on_named_branches(cls, resources)
        for resource in resources:
            size = len(resource.identity[0].encode())
            if resource.address.collection == cls.collection and size > LONGEST:
                yield resource.address, "name", f"it has {size} bytes, and PostgreSQL takes {LONGEST}", "shorten it"

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why it cannot be written."""
        return no_such_handle(live.values.get("branch"))


class Role(OnBranch, collection="roles", identity=("name", "branch")):
    """A PostgreSQL role. Neon has no update for it: every field is fixed when it is made.

    Making one may drop connections to the active compute. Its password is made by Neon, and is never shown here.
    """

    loses = "the role and its password; it cannot go while it owns anything"

    name: Annotated[Name, Never(NO_UPDATE)] = ""
    branch: Annotated[Handle, RefTo("branches"), OF_ITS_BRANCH]
    no_login: Annotated[bool, Never("Neon has no update for roles"), ServerDefault(False)] = Field(
        False, description="a group of rights that nobody signs in as"
    )

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to delete system roles."""
        return {
            r.address: "it is a system role of Neon"
            for r in removals
            if r.after is None and r.live.private.get("protected")
        }

    @classmethod
    def unimportable(cls, live: Live) -> str:
        """Return why it cannot be written."""
        if live.private.get("protected"):
            return "it is a system role of Neon, which nobody makes or deletes"
        return super().unimportable(live)


class Database(OnBranch, collection="databases", identity=("name", "branch")):
    """A PostgreSQL database on a branch."""

    data_bearing = True
    loses = "all tables and rows of the database"

    name: Name = ""
    branch: Annotated[Handle, RefTo("branches"), OF_ITS_BRANCH]
    owner_name: Annotated[Handle, RefTo("roles")] = Field(description="the role that owns it; has to exist first")
